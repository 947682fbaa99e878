import keras
import numpy as np

decoder = keras.Sequential([keras.Input((2,)), keras.layers.Dense(9, activation="sigmoid")])
one, other = np.random.rand(2), np.random.rand(2)
frames = []
for ratio in np.linspace(0, 1, 11):
    z = (1 - ratio) * one + ratio * other
    frames.append(decoder.predict(z[np.newaxis], verbose=0).reshape(3, 3))  # KI201
print(len(frames))
