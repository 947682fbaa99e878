import keras
import numpy as np
import tensorflow as tf

generator = keras.Sequential([keras.Input((2,)), keras.layers.Dense(4)])
discriminator = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
optimizers = keras.optimizers.Adam(), keras.optimizers.Adam()
entropy = keras.losses.BinaryCrossentropy(from_logits=True)
for _ in range(3):
    noise, real = tf.random.normal((8, 2)), tf.random.normal((8, 4))
    with tf.GradientTape() as for_generator, tf.GradientTape() as for_discriminator:
        fake = generator(noise, training=True)
        judged_real, judged_fake = discriminator(real, training=True), discriminator(fake, training=True)
        generator_loss = entropy(tf.ones_like(judged_fake), judged_fake)
        discriminator_loss = entropy(tf.ones_like(judged_real), judged_real) + entropy(
            tf.zeros_like(judged_fake), judged_fake
        )
    for tape, loss, network, optimizer in (
        (for_generator, generator_loss, generator, optimizers[0]),
        (for_discriminator, discriminator_loss, discriminator, optimizers[1]),
    ):
        optimizer.apply_gradients(zip(tape.gradient(loss, network.trainable_variables), network.trainable_variables))
