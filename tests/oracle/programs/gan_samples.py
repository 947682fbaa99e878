import keras
import numpy as np

latent = 3
generator = keras.Sequential([keras.Input((latent,)), keras.layers.Dense(16), keras.layers.Reshape((4, 4))])
gallery = []
for _ in range(12):
    noise = np.random.normal(0, 1, (1, latent))
    gallery.append(generator.predict(noise, verbose=0)[0])  # KI201
print(np.stack(gallery).shape)
