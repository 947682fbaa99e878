import keras
import numpy as np

series = np.sin(np.arange(40) / 3)
window = 5
model = keras.Sequential([keras.Input((window,)), keras.layers.Dense(1)])
history = list(series[:20])
forecast = []
for _ in range(12):
    x = np.array(history[-window:]).reshape(1, window)
    following = model.predict(x, verbose=0)[0, 0]  # KI202
    forecast.append(following)
    history.append(following)
print(forecast)
