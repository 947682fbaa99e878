import random

import keras
import numpy as np

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
model.compile("sgd", "mse")
memory = [(np.random.rand(4), random.randrange(2), random.random(), np.random.rand(4)) for _ in range(100)]


def learn(batch_size=64, gamma=0.95):
    batch = random.sample(memory, batch_size)
    states = np.array([item[0] for item in batch])
    following = np.array([item[3] for item in batch])
    targets = model.predict(states, verbose=0)
    best = model.predict(following, verbose=0).max(axis=1)
    for row, (_, action, reward, _) in enumerate(batch):
        targets[row, action] = reward + gamma * best[row]
    model.train_on_batch(states, targets)


for _ in range(3):
    learn()
