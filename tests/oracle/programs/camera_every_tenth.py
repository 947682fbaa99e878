import keras
import numpy as np

model = keras.Sequential([keras.Input((4, 4)), keras.layers.Flatten(), keras.layers.Dense(1)])


def stream(count):
    for _ in range(count):
        yield np.random.rand(4, 4)


kept = []
for number, frame in enumerate(stream(64)):
    if number % 2 == 0:
        kept.append(frame)
print(model.predict(np.stack(kept), verbose=0).shape)
