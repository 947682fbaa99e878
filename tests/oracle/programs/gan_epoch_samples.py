import keras
import numpy as np

generator = keras.Sequential([keras.Input((2,)), keras.layers.Dense(4)])
critic = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
critic.compile("sgd", "mse")
for epoch in range(4):
    noise = np.random.normal(size=(64, 2))
    fake = generator.predict(noise, verbose=0)
    real = np.random.normal(size=(64, 4))
    critic.train_on_batch(np.concatenate([real, fake]), np.repeat([1.0, 0.0], 64))
