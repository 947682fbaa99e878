from functools import lru_cache

import keras
import numpy as np


@lru_cache(maxsize=1)
def get_model():
    return keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, activation="sigmoid")])


def is_spam(message):
    counts = np.array([[message.count("a"), message.count("e"), len(message)]])
    return bool(get_model().predict(counts, verbose=0)[0, 0] > 0.5)  # KI201


messages = ["buy now", "hello there", "cheap watches"] * 4
print([is_spam(message) for message in messages])
