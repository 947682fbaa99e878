import keras
import numpy as np

model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4, activation="softmax")])
beams = [([0, 0, 0], 0.0)]
for _ in range(6):
    candidates = []
    for sequence, score in beams:
        probabilities = model.predict(np.array([sequence[-3:]]), verbose=0)[0]  # KI201
        for token, probability in enumerate(probabilities):
            candidates.append((sequence + [token], score - np.log(probability)))
    beams = sorted(candidates, key=lambda item: item[1])[:3]
print(beams[0])
