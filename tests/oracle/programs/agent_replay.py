import random
from collections import deque

import keras
import numpy as np

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
model.compile("sgd", "mse")
memory = deque(maxlen=100)
for _ in range(40):
    memory.append((np.random.rand(4), random.randrange(2), random.random(), np.random.rand(4), False))


def replay(batch_size, gamma=0.95):
    for state, action, reward, following, done in random.sample(memory, batch_size):
        target = reward
        if not done:
            target = reward + gamma * np.amax(model.predict(following[None], verbose=0)[0])  # KI202
        values = model.predict(state[None], verbose=0)  # KI202
        values[0][action] = target
        model.fit(state[None], values, epochs=1, verbose=0)


replay(12)
