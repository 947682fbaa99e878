import keras
import numpy as np

x, y = np.random.rand(40, 3), np.random.rand(40, 1)
folds = np.array_split(np.arange(40), 4)
errors = []
for held_out in folds:
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    training = np.setdiff1d(np.arange(40), held_out)
    model.fit(x[training], y[training], verbose=0)
    errors.append(float(np.mean((model.predict(x[held_out], verbose=0) - y[held_out]) ** 2)))
print(np.mean(errors))
