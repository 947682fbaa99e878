import keras
import numpy as np

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
waiting = [np.random.rand(4) for _ in range(96)]
answers = []
while waiting:
    batch, waiting = waiting[:8], waiting[8:]
    answers.extend(model.predict(np.stack(batch), verbose=0))  # KI203
print(len(answers))
