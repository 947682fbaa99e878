import keras
import numpy as np

model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
surface = np.zeros((4, 4))
for i, a in enumerate(np.linspace(0, 1, 4)):
    for j, b in enumerate(np.linspace(0, 1, 4)):
        surface[i, j] = model.predict(np.array([[a, b]]), verbose=0)[0, 0]  # KI201
print(surface.sum())
