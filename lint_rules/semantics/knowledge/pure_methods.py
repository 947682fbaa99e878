"""Methods that change nothing of their object."""

from __future__ import annotations

PURE_METHODS = frozenset(
    """
    __len__ add_scalar argmax astype close compile copy count debug decode encode endswith error evaluate fit
    fit_generator flatten flush format get imshow index info isOpened items join keys log lower max mean min numpy
    plot predict predict_classes predict_on_batch predict_proba print putText ravel rectangle replace reshape save
    savefig shape show sleep split squeeze startswith strip sum summary title tolist train_on_batch transpose upper
    values warning write
    """.split()
)
"""Methods that leave their object as it is, of those that code calls in loops."""

GIVES_THE_SAME_AGAIN = frozenset(
    {"join", "Path", "str", "abspath", "dirname", "realpath", "format", "getenv", "len", "open", "read", "get_layer"}
)
"""Functions and methods whose result follows from what they are given."""

PURE_BUILTINS = frozenset({"abs", "bool", "float", "int", "len", "range", "round", "str"})
"""Functions of Python that depend on their arguments alone."""

GETTERS = frozenset({"argmax", "max", "mean", "tolist", "predict", "predict_on_batch"})
"""Methods that only read their object, for all that is known of it."""
