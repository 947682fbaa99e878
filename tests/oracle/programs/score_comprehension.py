import keras
import numpy as np

encoder = keras.Sequential([keras.Input((6,)), keras.layers.Dense(2)])
rows = np.random.rand(20, 6)
codes = np.array([encoder.predict(row.reshape(1, -1), verbose=0)[0] for row in rows])  # KI201
print(codes.shape)
