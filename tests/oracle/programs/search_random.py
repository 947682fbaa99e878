import keras
import numpy as np

surrogate = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
candidates = np.random.rand(500, 3)
print(candidates[surrogate.predict(candidates, verbose=0).argmin()])
