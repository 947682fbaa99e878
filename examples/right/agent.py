"""A DQN agent that learns to balance a pole."""

import random
from collections import deque

import keras
import numpy as np


class Agent:
    def __init__(self, state_size, action_size):
        self.state_size = state_size
        self.action_size = action_size
        self.memory = deque(maxlen=2_000)
        self.epsilon = 1.0
        self.model = self._build()

    def _build(self):
        model = keras.Sequential(
            [
                keras.layers.Input((self.state_size,)),
                keras.layers.Dense(24, activation="relu"),
                keras.layers.Dense(self.action_size),
            ]
        )
        model.compile(loss="mse", optimizer="adam")
        return model

    def act(self, state):
        if random.random() < self.epsilon:
            return random.randrange(self.action_size)
        return int(np.argmax(self.model.predict_on_batch(state[None])[0]))

    def remember(self, state, action, reward, next_state, done):
        self.memory.append((state, action, reward, next_state, done))

    def replay(self, batch_size):
        states, actions, rewards, next_states, done = map(np.array, zip(*random.sample(self.memory, batch_size)))
        targets = self.model.predict_on_batch(states)
        best = self.model.predict_on_batch(next_states).max(axis=1)
        targets[np.arange(batch_size), actions] = rewards + 0.95 * best * ~done
        self.model.fit(states, targets, verbose=0)
