"""`python -m lint_rules` is the command `keras-inference`, where no other package of that name is in the way."""

from __future__ import annotations

import gc

from lint_rules.cli import main
from lint_rules.streams import let_go, open_missing


def run() -> int:
    """The command as a process of its own, which ends with it: nothing that was read is taken apart before."""
    open_missing()
    try:
        return main()
    finally:
        let_go()
        gc.freeze()


if __name__ == "__main__":
    raise SystemExit(run())
