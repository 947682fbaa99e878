"""Reads code: finds wrong uses of `model(x)` and `model.predict(x)`."""
