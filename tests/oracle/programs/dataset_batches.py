import keras
import numpy as np
import tensorflow as tf

model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
dataset = tf.data.Dataset.from_tensor_slices(np.random.rand(48, 3).astype("float32")).batch(4)
outputs = []
for batch in dataset:
    outputs.append(model.predict(batch, verbose=0))  # KI203
print(np.concatenate(outputs).shape)
