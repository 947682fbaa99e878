import keras
import numpy as np
import tensorflow as tf

model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(3)])
image = tf.Variable(np.random.rand(1, 6).astype("float32"))
with tf.GradientTape() as tape:
    scores = model.predict(image, verbose=0)  # KI101
    top = tf.reduce_max(scores)
print(tape.gradient(top, image))
