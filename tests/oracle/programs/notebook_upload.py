# %%
import keras
import numpy as np

model = keras.Sequential([keras.Input((4, 4)), keras.layers.Flatten(), keras.layers.Dense(2, activation="softmax")])

# %%
uploaded = {f"image_{n}.png": np.random.rand(4, 4) for n in range(11)}

# %%
for name in uploaded:
    image = uploaded[name]
    x = np.expand_dims(image, axis=0)
    images = np.vstack([x])
    classes = model.predict(images, batch_size=10, verbose=0)  # KI201
    print(name, "dog" if classes[0][0] > 0.5 else "cat")
