import keras
import numpy as np

LABELS = ("fine", "rude")


class Moderator:
    model = None

    @classmethod
    def load(cls):
        if cls.model is None:
            cls.model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, activation="softmax")])
        return cls.model

    def check(self, comment):
        vector = np.array([[len(comment), comment.count("!"), comment.count(" "), comment.isupper()]], dtype="float32")
        return LABELS[int(np.argmax(self.load().predict(vector, verbose=0)))]  # KI201


moderator = Moderator()
for comment in ("Nice!", "WHAT", "I agree", "no", "Stop it!!") * 3:
    print(moderator.check(comment))
