import keras
import numpy as np

vocabulary, window = 20, 6
model = keras.Sequential(
    [keras.Input((window,)), keras.layers.Embedding(vocabulary, 4), keras.layers.Flatten(), keras.layers.Dense(vocabulary)]
)
tokens = [3, 7]
while len(tokens) < 14:
    padded = keras.utils.pad_sequences([tokens], maxlen=window)
    scores = model.predict(padded, verbose=0)  # KI202
    tokens.append(int(scores[0].argmax()))
print(tokens)
