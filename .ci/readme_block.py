"""Print the Nth shell block of the README's section "Quick start" (1 or 2)."""

import pathlib
import re
import sys


def blocks(text: str) -> list[str]:
    """The shell blocks of the section, in order, without their fences."""
    section = re.search(r"^## Quick start\n(.*?)(?=^## )", text, re.MULTILINE | re.DOTALL)
    if section is None:
        raise SystemExit("README.md has no section 'Quick start'")
    return [found.strip() for found in re.findall(r"```(?:sh|bash|shell)\n(.*?)```", section.group(1), re.DOTALL)]


if __name__ == "__main__":
    readme = pathlib.Path(__file__).resolve().parent.parent / "README.md"
    print(blocks(readme.read_text(encoding="utf-8"))[int(sys.argv[1]) - 1])
