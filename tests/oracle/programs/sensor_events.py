import keras
import numpy as np


class Bus:
    def __init__(self):
        self.listeners = []

    def subscribe(self, listener):
        self.listeners.append(listener)

    def publish(self, message):
        for listener in self.listeners:
            listener(message)


model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
bus, alarms = Bus(), []


def on_reading(message):
    score = model.predict(np.array([[message["t"], message["h"]]]), verbose=0)[0, 0]  # KI202
    if score > 1:
        alarms.append(message)


bus.subscribe(on_reading)
for number in range(12):
    bus.publish({"t": number, "h": 50.0})
