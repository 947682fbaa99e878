import keras
import numpy as np

text = "the quick brown fox jumps over the lazy dog"
characters = sorted(set(text))
index = {character: number for number, character in enumerate(characters)}
length = 5
model = keras.Sequential(
    [keras.Input((length, len(characters))), keras.layers.LSTM(4), keras.layers.Dense(len(characters), activation="softmax")]
)


def generate(seed, count):
    written = seed
    for _ in range(count):
        x = np.zeros((1, length, len(characters)))
        for position, character in enumerate(written[-length:]):
            x[0, position, index[character]] = 1.0
        probabilities = model.predict(x, verbose=0)[0]  # KI202
        written += characters[int(np.argmax(probabilities))]
    return written


print(generate("the q", 12))
