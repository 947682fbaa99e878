from concurrent.futures import ThreadPoolExecutor

import keras
import numpy as np

model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
model.predict(np.zeros((1, 2)), verbose=0)


def handle(request):
    return model.predict(np.array([request]), verbose=0)[0, 0]  # KI201


with ThreadPoolExecutor(max_workers=1) as pool:
    answers = list(pool.map(handle, [(0.1 * n, 1.0) for n in range(14)]))
print(len(answers))
