import keras
import numpy as np

n_steps, n_features = 4, 1
model = keras.Sequential([keras.Input((n_steps, n_features)), keras.layers.SimpleRNN(3), keras.layers.Dense(1)])


def forecast(model, last, horizon):
    batch = last.reshape((1, n_steps, n_features))
    values = []
    for _ in range(horizon):
        predicted = model.predict(batch, verbose=0)[0]  # KI202
        values.append(predicted)
        batch = np.append(batch[:, 1:, :], [[predicted]], axis=1)
    return np.array(values)


print(forecast(model, np.random.rand(n_steps), 11))
