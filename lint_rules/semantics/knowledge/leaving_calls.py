"""Calls of the standard library and of pytest that change where the program goes on: data for the control flow."""

from __future__ import annotations

# They raise SystemExit (or an exception that ends a test): `finally` and handlers still run.
RAISING_CALLS = frozenset(
    {
        "builtins.exit",
        "builtins.quit",
        "pytest.exit",
        "pytest.fail",
        "pytest.skip",
        "pytest.xfail",
        "sys.exit",
    }
)

# They end the process on the spot.
ENDING_CALLS = frozenset(
    {
        "os._exit",
        "os.abort",
        "os.execl",
        "os.execle",
        "os.execlp",
        "os.execlpe",
        "os.execv",
        "os.execve",
        "os.execvp",
        "os.execvpe",
    }
)

# Context managers that end an exception of their block, by their last name: what follows the block runs then.
SWALLOWING_MANAGERS = frozenset({"assertRaises", "assertRaisesRegex", "raises", "suppress"})
