import queue

import keras
import numpy as np

jobs, answers = queue.Queue(), []
for number in range(12):
    jobs.put((number, np.random.rand(4)))
jobs.put(None)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
while True:
    job = jobs.get()
    if job is None:
        break
    number, features = job
    answers.append((number, model.predict(features.reshape(1, 4), verbose=0)))  # KI202
print(len(answers))
