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
    if not _is_measured():
        # To take the modules apart takes a tenth of a short run, and nothing of ours waits for the end of the process.
        os._exit(code)
    return code


def _is_measured() -> bool:
    """Whether something, coverage say, watches the process and writes at its end what it has seen."""
    if sys.gettrace() is not None or sys.getprofile() is not None:
        return True
    monitoring = getattr(sys, "monitoring", None)  # since Python 3.12
    return monitoring is not None and any(monitoring.get_tool(tool) is not None for tool in range(6))


if __name__ == "__main__":
    raise SystemExit(run())
