# %%
import keras
import numpy as np

# %%
model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, activation="softmax")])
samples = np.random.rand(12, 3)

# %%
names = ["cat", "dog"]
for i in range(12):
    guess = model.predict(samples[i].reshape(1, 3), verbose=0)  # KI201
    print(i, names[guess.argmax()])

# %%
all_at_once = model.predict(samples, verbose=0)
print(all_at_once.shape)
