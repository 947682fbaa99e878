import keras
import numpy as np


class FakeCapture:
    def __init__(self, count):
        self.count = count

    def isOpened(self):
        return self.count > 0

    def read(self):
        self.count -= 1
        return self.count >= 0, np.random.randint(0, 255, (12, 12, 3), dtype="uint8")

    def release(self):
        self.count = 0


model = keras.Sequential([keras.Input((12, 12, 3)), keras.layers.Flatten(), keras.layers.Dense(2, activation="softmax")])
cap = FakeCapture(13)
while cap.isOpened():
    ok, frame = cap.read()
    if not ok:
        break
    blob = np.expand_dims(frame / 255.0, 0)
    label = int(np.argmax(model.predict(blob, verbose=0)[0]))  # KI202
cap.release()
