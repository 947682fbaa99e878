import keras
import numpy as np
import tensorflow as tf

teacher = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, activation="softmax")])
student = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, activation="softmax")])
optimizer = keras.optimizers.Adam()
for _ in range(3):
    x = np.random.rand(40, 4).astype("float32")
    with tf.GradientTape() as tape:
        wanted = teacher(x, training=False)
        loss = tf.reduce_mean(keras.losses.kl_divergence(wanted, student(x, training=True)))
    optimizer.apply_gradients(zip(tape.gradient(loss, student.trainable_variables), student.trainable_variables))
