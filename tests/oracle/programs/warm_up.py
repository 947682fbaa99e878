import time

import keras
import numpy as np

model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
x = np.random.rand(64, 3)
model.predict(x, verbose=0)
begin = time.perf_counter()
model.predict(x, verbose=0)
print(time.perf_counter() - begin)
