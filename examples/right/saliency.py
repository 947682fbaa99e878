"""Which pixels a classifier looks at, and an actor that learns from a critic."""

import keras
import tensorflow as tf

classifier = keras.applications.ResNet50(weights=None)


def saliency(image, label):
    """How much each pixel moves the score of a label."""
    pixels = tf.Variable(image[None])
    with tf.GradientTape() as tape:
        score = classifier(pixels, training=False)[0, label]
    return tape.gradient(score, pixels)


def train_actor(actor, critic, states, optimizer):
    with tf.GradientTape() as tape:
        actions = actor(states, training=True)
        loss = -tf.reduce_mean(critic([states, actions], training=False))
    gradients = tape.gradient(loss, actor.trainable_variables)
    optimizer.apply_gradients(zip(gradients, actor.trainable_variables))


def main(states):
    actor = keras.Sequential([keras.layers.Input((8,)), keras.layers.Dense(2, activation="tanh")])
    state, action = keras.Input((8,)), keras.Input((2,))
    value = keras.layers.Dense(1)(keras.layers.Concatenate()([state, action]))
    critic = keras.Model([state, action], value)
    train_actor(actor, critic, states, keras.optimizers.Adam())
