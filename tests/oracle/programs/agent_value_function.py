import random

import keras
import numpy as np


class Cart:
    """A cart that is to stay in the middle."""

    def reset(self):
        self.steps = 0
        self.state = np.zeros(4, "float32")
        return self.state

    def step(self, action):
        self.steps += 1
        self.state = self.state + (0.1 if action else -0.1)
        return self.state, 1.0, self.steps >= 12, {}


class DQNAgent:
    def __init__(self, state_size, action_size):
        self.action_size = action_size
        self.epsilon = 0.0
        self.model = keras.Sequential(
            [keras.Input((state_size,)), keras.layers.Dense(8, activation="relu"), keras.layers.Dense(action_size)]
        )

    def act(self, state):
        if random.random() < self.epsilon:
            return random.randrange(self.action_size)
        values = self.model.predict(state, verbose=0)  # KI202
        return int(np.argmax(values[0]))


agent, env = DQNAgent(4, 2), Cart()
state, done = env.reset(), False
while not done:
    action = agent.act(np.reshape(state, (1, 4)))
    state, reward, done, _ = env.step(action)
