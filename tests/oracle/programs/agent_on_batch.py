import keras
import numpy as np

policy = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, activation="softmax")])


def choose(observation):
    probabilities = policy.predict_on_batch(observation[np.newaxis])[0]
    return np.random.choice(2, p=probabilities / probabilities.sum())


observation = np.zeros(3, "float32")
for _ in range(15):
    observation = observation + choose(observation)
