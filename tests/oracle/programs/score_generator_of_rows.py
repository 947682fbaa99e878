import keras
import numpy as np


def read_rows(count):
    for number in range(count):
        yield np.full((1, 3), number / count, dtype="float32")


regressor = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
answers = []
for row in read_rows(14):
    answers.append(regressor.predict(row, verbose=0).item())  # KI201
print(answers)
