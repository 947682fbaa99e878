"""`python -m lint_rules` is the command `keras-inference`, where no other package of that name is in the way."""

from __future__ import annotations

import gc
import os
import sys


def run() -> int:
    """The command as a process of its own, which ends with it: nothing that was read is taken apart before.

    Garbage is not looked for either, from the imports on; commands that go on for long begin to.
    """
    gc.disable()
    from lint_rules.cli import main
    from lint_rules.streams import let_go, open_missing

    open_missing()
    try:
        code = main()
    finally:
        let_go()
        gc.freeze()
    if sys.gettrace() is None and sys.getprofile() is None:
        # To take the modules apart takes a tenth of a short run. Nothing of ours waits for the end of the process; what
        # measures it would.
        os._exit(code)
    return code


if __name__ == "__main__":
    raise SystemExit(run())
