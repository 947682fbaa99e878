import keras
import numpy as np

data = np.random.rand(16)
model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
history = [value for value in data[:4]]
predictions = []
for t in range(12):
    yhat = model.predict(np.array([history[-3:]]), verbose=0)  # KI201
    predictions.append(yhat[0, 0])
    history.append(data[4 + t])
print(np.mean((np.array(predictions) - data[4:]) ** 2))
