import keras
import numpy as np

source = keras.Input((6,))
encoded = keras.layers.Dense(2, name="code")(source)
autoencoder = keras.Model(source, keras.layers.Dense(6)(encoded))
encoder = keras.Model(source, encoded)
x = np.random.rand(40, 6)
print(encoder.predict(x, verbose=0).shape, autoencoder.predict(x, verbose=0).shape)
