import queue
import threading

import keras
import numpy as np

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
requests = queue.Queue()


def clients():
    for _ in range(128):
        requests.put(np.random.rand(4))


threading.Thread(target=clients).start()
answers = []
while len(answers) < 128:
    batch = [requests.get() for _ in range(64)]
    answers.extend(model.predict(np.stack(batch), verbose=0))
print(len(answers))
