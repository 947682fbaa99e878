import keras
import numpy as np
import tensorflow as tf


class Trainer:
    def __init__(self, network):
        self.network = network
        self.optimizer = keras.optimizers.SGD(0.05)

    def forward(self, x):
        return self.network.predict(x, verbose=0)  # KI101

    def loss(self, x, y):
        return tf.reduce_mean((self.forward(x) - y) ** 2)

    def train(self, x, y):
        with tf.GradientTape() as tape:
            loss = self.loss(x, y)
        gradients = tape.gradient(loss, self.network.trainable_variables)
        return [gradient for gradient in gradients if gradient is not None]


trainer = Trainer(keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]))
trainer.train(np.random.rand(5, 2), np.random.rand(5, 1).astype("float32"))
