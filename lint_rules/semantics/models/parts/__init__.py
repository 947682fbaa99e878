"""The kinds of models and layers, and how the parts of each are read from the code that makes it."""
