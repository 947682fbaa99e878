import keras
import numpy as np

classifier = keras.Sequential([keras.Input((6, 6, 1)), keras.layers.Flatten(), keras.layers.Dense(3, activation="softmax")])


def detect(gray):
    return [(2 * n, n, 6, 6) for n in range(2)]


def label_faces(gray):
    names = []
    for x, y, w, h in detect(gray):
        roi = gray[y : y + h, x : x + w].astype("float32") / 255
        roi = roi.reshape(1, 6, 6, 1)
        emotion = classifier.predict(roi, verbose=0)[0]  # KI201
        names.append(int(emotion.argmax()))
    return names


for _ in range(8):
    label_faces(np.random.randint(0, 255, (20, 20), dtype="uint8"))
