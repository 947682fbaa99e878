"""What writes models and other objects to files, and reads them, by the names of what is called."""

from __future__ import annotations

TRAINS_OR_SAVES = frozenset(
    {"save", "save_model", "save_weights", "ModelCheckpoint"}
    | {"fit", "train_on_batch", "fit_generator", "apply_gradients"}
)
"""What changes the weights of a model between two makings of it, or saves them."""

FILES_WITHOUT_MODELS = (".jpg", ".jpeg", ".png", ".npy", ".npz", ".wav", ".mp3", ".csv", ".pdf")
"""How files end that hold no model."""

PICKLES = frozenset({"pickle", "joblib", "dill", "cloudpickle", "sklearn.externals.joblib", "pandas"})
"""Packages that write any object to a file."""
