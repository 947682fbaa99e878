import keras
import numpy as np

model = keras.Sequential([keras.Input((3,)), keras.layers.Dropout(0.5), keras.layers.Dense(1)])
x = np.random.rand(4, 3)
draws = np.stack([model(x, training=True).numpy() for _ in range(20)])
print(draws.std(axis=0))
