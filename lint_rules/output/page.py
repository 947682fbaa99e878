"""The page of a rule, which is Markdown, in the colours of a terminal."""

from __future__ import annotations

from lint_rules.regex import lazy_pattern

_CODE = lazy_pattern(r"`([^`\n]+)`")
_BOLD, _CYAN, _DIM, _OFF = "\x1b[1m", "\x1b[36m", "\x1b[2m", "\x1b[0m"


def coloured(page: str) -> str:
    """The page with bold headings and code in a colour; not a character more or less is seen."""
    lines, fenced = [], False
    for line in page.split("\n"):
        if line.startswith("```"):
            fenced = not fenced
            lines.append(f"{_DIM}{line}{_OFF}")
        elif fenced:
            lines.append(f"{_CYAN}{line}{_OFF}" if line else line)
        elif line.startswith("#"):
            lines.append(f"{_BOLD}{line}{_OFF}")
        else:
            lines.append(_CODE.sub(lambda found: f"{_CYAN}{found[0]}{_OFF}", line))
    return "\n".join(lines)
