"""Text of somebody else's making, as a terminal, a log or a page may show it.

The name of a file, a line of source, a value of the settings: what stands in it could move the cursor, turn the
direction of the text, end the line or speak to the service that reads the log.
"""

from __future__ import annotations

import re

IN_LINE = ("##[", "##vso[")
"""What begins a command to a CI service anywhere in a line of a log."""
AT_START = "::"
"""What does so at the start of a line, behind blanks."""
ACTIVE = (
    "\x00-\x1f\x7f-\x9f"  # control characters: line ends, tabs, escape sequences of seven and of eight bits
    "\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"  # line and paragraph ends of Unicode, marks of direction
    "\u200b\u2060-\u2065\u206a-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f"  # what nobody sees
    "\ud800-\udfff"  # what is no character: bytes of a name that are no UTF-8
)
"""The characters, as the inside of a class of `re`, that do something other than be seen. Blanks of any width and what
joins letters are not among them: they belong to the texts of many languages."""
_ACTIVE = f"[{ACTIVE}]"


def printable(text: str, keep: str = "") -> str:
    r"""The text with every active character written as Python escapes it: `\n`, `\x1b`, `\u202e`.

    What is in `keep` stays as it is. So that the text can stand at the start of a line, or be one, the first character
    of what a CI service would obey is escaped too.
    """
    if not text.isprintable():
        text = re.sub(_ACTIVE, lambda found: found[0] if found[0] in keep else _escaped(found[0]), text)
    start = text.lstrip()
    if start.startswith(AT_START):
        text = f"{text[: len(text) - len(start)]}{_hex(start[0])}{start[1:]}"
    if "##" in text:
        for mark in IN_LINE:
            text = text.replace(mark, f"{_hex(mark[0])}{mark[1:]}")
    return text


def printable_lines(text: str, keep: str = "") -> str:
    """The lines of a text, each of them printable."""
    return "\n".join(printable(line, keep) for line in text.split("\n"))


def _escaped(character: str) -> str:
    if "\udc80" <= character <= "\udcff":  # a byte of a name that is no UTF-8
        return _hex(chr(ord(character) - 0xDC00))
    return character.encode("unicode_escape").decode("ascii")


def _hex(character: str) -> str:
    return f"\\x{ord(character):02x}"
