import keras
import numpy as np

classifier = keras.Sequential([keras.Input((5,)), keras.layers.Dense(2, activation="softmax")])
x_test, y_test = np.random.rand(15, 5), np.random.randint(0, 2, 15)
correct = 0
for i in range(len(x_test)):
    prediction = classifier.predict(x_test[i : i + 1], verbose=0)  # KI201
    correct += int(np.argmax(prediction) == y_test[i])
print(correct / len(x_test))
