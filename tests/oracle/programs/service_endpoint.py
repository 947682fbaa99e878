import keras
import numpy as np


class Application:
    """Calls one function for each request."""

    def __init__(self):
        self.routes = {}

    def route(self, path):
        def register(function):
            self.routes[path] = function
            return function

        return register


app = Application()
model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])


@app.route("/predict")
def predict(payload):
    features = np.array([payload["features"]], dtype="float32")
    return {"score": float(model.predict_on_batch(features)[0, 0])}


for number in range(12):
    app.routes["/predict"]({"features": [number, 1.0]})
