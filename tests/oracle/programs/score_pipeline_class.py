import keras
import numpy as np


class Pipeline:
    def __init__(self, model, mean, scale):
        self.model, self.mean, self.scale = model, mean, scale

    def prepare(self, record):
        return (np.asarray(record, dtype="float32") - self.mean) / self.scale

    def classify(self, record):
        return self.model.predict(self.prepare(record).reshape(1, -1), verbose=0)[0]  # KI201


pipeline = Pipeline(keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)]), 0.5, 2.0)
records = [(0.1 * n, 0.2 * n, 0.3 * n) for n in range(12)]
results = {}
for number, record in enumerate(records):
    results[number] = pipeline.classify(record)
