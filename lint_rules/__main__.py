"""`python -m lint_rules` is the command `keras-inference`."""

from __future__ import annotations

from lint_rules.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
