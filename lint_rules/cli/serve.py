"""`server`: serve an editor."""

from __future__ import annotations

import argparse
import gc
from typing import NoReturn


def run(_arguments: argparse.Namespace) -> NoReturn:
    """Serve an editor until it has gone."""
    from lint_rules.server import serve

    gc.enable()
    serve()
