import keras
import numpy as np

q_network = keras.Sequential([keras.Input((1,)), keras.layers.Dense(3)])
position, path = 5, []
rng = np.random.default_rng(0)
while len(path) < 20:
    if rng.random() < 0.1:
        action = int(rng.integers(3))
    else:
        action = int(np.argmax(q_network.predict(np.array([[position]]), verbose=0)))  # KI202
    position = max(0, min(10, position + action - 1))
    path.append(position)
