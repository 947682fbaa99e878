import keras
import numpy as np

model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
model.compile("sgd", "mse")
x, y = np.random.rand(12, 3), np.random.rand(12, 1)
losses = []
for i in range(len(x)):
    losses.append(model.evaluate(x[i : i + 1], y[i : i + 1], verbose=0))  # KI201
print(max(losses))
