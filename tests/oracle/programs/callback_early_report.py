import keras
import numpy as np


class Report(keras.callbacks.Callback):
    def on_train_end(self, logs=None):
        held_out = np.random.rand(33, 2)
        print(self.model.predict(held_out, verbose=0).std())


model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
model.compile("sgd", "mse")
model.fit(np.random.rand(32, 2), np.random.rand(32, 1), verbose=0, callbacks=[Report()])
