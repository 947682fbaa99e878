import keras
import numpy as np


class Composer:
    def __init__(self, model, steps):
        self.model = model
        self.steps = steps

    def compose(self, start):
        pattern = list(start)
        melody = []
        for _ in range(self.steps):
            network_input = np.reshape(pattern, (1, len(pattern), 1)) / 12.0
            prediction = self.model.predict(network_input, verbose=0)  # KI202
            note = int(np.argmax(prediction))
            melody.append(note)
            pattern = [*pattern[1:], note]
        return melody


network = keras.Sequential([keras.Input((4, 1)), keras.layers.Flatten(), keras.layers.Dense(12, activation="softmax")])
print(Composer(network, 16).compose([0, 4, 7, 11]))
