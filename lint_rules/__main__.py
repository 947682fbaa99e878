"""`python -m lint_rules` is the command `keras-inference`, where no other package of that name is in the way."""

from __future__ import annotations

import gc

from lint_rules.cli import main


def run() -> int:
    """The command as a process of its own, which ends with it: nothing that was read is taken apart before."""
    code = main()
    gc.freeze()
    return code


if __name__ == "__main__":
    raise SystemExit(run())
