import keras
import numpy as np
import tensorflow as tf

generator = keras.Sequential([keras.Input((2,)), keras.layers.Dense(4)])
discriminator = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
entropy = keras.losses.BinaryCrossentropy(from_logits=True)


def generator_step(noise):
    with tf.GradientTape() as tape:
        fake = generator.predict(noise, verbose=0)  # KI101
        loss = entropy(tf.ones((len(noise), 1)), discriminator(fake, training=False))
    return tape.gradient(loss, generator.trainable_variables)


print(generator_step(np.random.normal(size=(8, 2))))
