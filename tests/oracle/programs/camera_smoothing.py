from collections import deque

import keras
import numpy as np

detector = keras.Sequential([keras.Input((4, 4, 1)), keras.layers.Flatten(), keras.layers.Dense(2, activation="softmax")])
recent = deque(maxlen=3)


def process(frame):
    resized = frame[::2, ::2, np.newaxis]
    recent.append(detector.predict(resized[np.newaxis, ...], verbose=0)[0])  # KI201
    return np.mean(recent, axis=0)


for frame in np.random.rand(12, 8, 8):
    process(frame)
