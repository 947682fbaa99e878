"""What Python imports when it starts a program for `keras_inference run`: it begins the watch and takes itself away.

Python looks for a module of this name before it runs a program. The environment leads it here, and is put back before
anything of the program runs, so that the program and what it starts find what they would find without the watch.
"""

import os
import sys
from importlib import import_module


def _begin() -> None:
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [path for path in sys.path if os.path.abspath(path) != here]
    sys.path_importer_cache.pop(here, None)
    found = sys.path[:]
    sys.path.append(os.path.dirname(os.path.dirname(os.path.dirname(here))))
    try:
        from pytest_keras_inference.program import inside
    finally:
        sys.path[:] = found
    inside.begin()


def _make_way() -> None:
    """Import the module that Python would have found here; without one, tell Python that there is none."""
    del sys.modules["sitecustomize"]
    import_module("sitecustomize")


_begin()
_make_way()
