# %%
import keras
import numpy as np

window = 4
model = keras.Sequential([keras.Input((window, 1)), keras.layers.LSTM(2), keras.layers.Dense(1)])
seed = np.random.rand(window)

# %%
current = seed.reshape(1, window, 1)
future = []
for _ in range(10):
    value = model.predict(current, verbose=0)  # KI202
    future.append(value[0, 0])
    current = np.concatenate([current[:, 1:], value.reshape(1, 1, 1)], axis=1)

# %%
print(np.array(future))
