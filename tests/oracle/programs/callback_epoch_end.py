import keras
import numpy as np


class Watcher(keras.callbacks.Callback):
    def __init__(self, x):
        super().__init__()
        self.x = x
        self.seen = []

    def on_epoch_end(self, epoch, logs=None):
        self.seen.append(self.model.predict(self.x, verbose=0).mean())


model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
model.compile("sgd", "mse")
x, y = np.random.rand(64, 2), np.random.rand(64, 1)
model.fit(x, y, epochs=3, verbose=0, callbacks=[Watcher(x)])
