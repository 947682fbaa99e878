import keras
import numpy as np

embed = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
gallery = {name: np.random.rand(1, 4) for name in ("ann", "bob", "cem", "dee")}


def distance(one, other):
    return float(np.linalg.norm(embed.predict(one, verbose=0) - embed.predict(other, verbose=0)))  # KI201


def who(photo):
    return min(gallery, key=lambda name: distance(photo, gallery[name]))


for _ in range(3):
    print(who(np.random.rand(1, 4)))
