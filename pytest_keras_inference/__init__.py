"""Watches code run: a pytest plugin that checks how Keras models are called."""
