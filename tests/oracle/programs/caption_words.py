import keras
import numpy as np

words = ["<start>", "a", "dog", "runs", "<end>"]
image_input = keras.Input((8,))
word_input = keras.Input((4,))
merged = keras.layers.Concatenate()([image_input, keras.layers.Dense(4)(word_input)])
captioner = keras.Model([image_input, word_input], keras.layers.Dense(len(words), activation="softmax")(merged))
photo = np.random.rand(1, 8)


def describe(photo, length=12):
    caption = [0]
    for _ in range(length):
        sequence = keras.utils.pad_sequences([caption], maxlen=4)
        chosen = int(np.argmax(captioner.predict([photo, sequence], verbose=0)))  # KI202
        caption.append(chosen)
    return " ".join(words[number] for number in caption)


print(describe(photo))
