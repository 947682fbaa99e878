"""Libraries that are known by name, and what shows that a package of such a name is the library itself.

A project can be the library's own repository, a fork, or hold a copy. What the library offers is known by its names
(`keras_names`, `library`, ...), and its source builds that with far too much indirection to be read; all that it
imports of itself would be followed for answers that the names give.
"""

from __future__ import annotations

from collections.abc import Mapping

_OF_KERAS = ("layers", "models", "optimizers")

LIBRARY_PARTS: Mapping[str, tuple[str, ...]] = {
    "keras": _OF_KERAS,
    "keras_core": _OF_KERAS,
    "tf_keras": _OF_KERAS,
    "tensorflow": ("python.framework", "python.ops", "python.eager"),
    "torch": ("autograd", "nn", "optim"),
    "jax": ("_src", "numpy"),
    "numpy": ("fft", "linalg", "random"),
}
"""The name of each library, and modules that a package of that name has where it is the library."""
