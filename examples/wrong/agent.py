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
        return int(np.argmax(self.model.predict(state[None], verbose=0)[0]))

    def remember(self, state, action, reward, next_state, done):
        self.memory.append((state, action, reward, next_state, done))

    def replay(self, batch_size):
        states, targets = [], []
        for state, action, reward, next_state, done in random.sample(self.memory, batch_size):
            target = self.model.predict(state[None], verbose=0)[0]
            target[action] = reward
            if not done:
                target[action] += 0.95 * np.max(self.model.predict(next_state[None], verbose=0)[0])
            states.append(state)
            targets.append(target)
        self.model.fit(np.array(states), np.array(targets), verbose=0)
