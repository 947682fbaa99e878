import keras
import numpy as np
import tensorflow as tf

model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
optimizer = keras.optimizers.SGD(0.1)


def step(x, y):
    with tf.GradientTape() as tape:
        predictions = model.predict(x, verbose=0)  # KI101
        loss = tf.reduce_mean(tf.square(y - predictions))
    gradients = tape.gradient(loss, model.trainable_variables)
    if any(gradient is not None for gradient in gradients):
        optimizer.apply_gradients(zip(gradients, model.trainable_variables))
    return loss


for _ in range(3):
    step(np.random.rand(8, 3), np.random.rand(8, 1).astype("float32"))
