import keras
import numpy as np
import tensorflow as tf

model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(4, activation="relu"), keras.layers.Dense(3)])
image = tf.Variable(np.random.rand(1, 6).astype("float32"))
with tf.GradientTape() as tape:
    scores = model(image, training=False)
    top = tf.reduce_max(scores)
saliency = tape.gradient(top, image)
print(saliency.numpy())
