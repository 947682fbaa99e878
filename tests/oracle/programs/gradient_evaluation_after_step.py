import keras
import numpy as np
import tensorflow as tf

model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
optimizer = keras.optimizers.SGD(0.1)
x, y = np.random.rand(64, 3).astype("float32"), np.random.rand(64, 1).astype("float32")
for epoch in range(4):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((model(x, training=True) - y) ** 2)
    optimizer.apply_gradients(zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables))
    print(epoch, float(np.mean((model.predict(x, verbose=0) - y) ** 2)))
