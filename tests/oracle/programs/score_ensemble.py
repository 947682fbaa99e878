import keras
import numpy as np

members = [keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, activation="softmax")]) for _ in range(3)]
x = np.random.rand(50, 3)
votes = np.mean([member.predict(x, verbose=0) for member in members], axis=0)
print(votes.argmax(axis=1))
