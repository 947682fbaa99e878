"""What trains a model, by what it is called."""

from __future__ import annotations

TRAINS_BY_NAME = frozenset(
    """
    backward experience_replay learn optimize replay train train_actor train_agent train_batch train_critic
    train_discriminator train_epoch train_generator train_long_memory train_model train_models train_replay
    train_short_memory train_step update_model update_network update_policy update_weights
    """.split()
)
"""Methods that train by every convention; they count where the code does not show what they do."""

WITHOUT_KERAS = ("sklearn.", "PIL.", "scipy.", "numpy.", "cv2.", "skimage.", "pandas.", "matplotlib.")
"""Packages whose `fit` and the like leave Keras models alone."""

APPLIES = ("apply_gradients", "apply", "minimize", "assign_sub", "assign_add", "assign", "update_step", "set_weights")
"""Methods that bring gradients, or new values, into weights."""
