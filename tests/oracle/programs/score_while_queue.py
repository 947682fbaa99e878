import keras
import numpy as np

model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
pending = [np.random.rand(3) for _ in range(13)]
done = []
while pending:
    sample = pending.pop()
    done.append(model.predict(np.array([sample]), verbose=0)[0])  # KI201
print(len(done))
