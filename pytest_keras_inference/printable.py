"""Text of somebody else's making, as a terminal, a log or a page may show it.

The name of a file, a line of source, a value of the settings: what stands in it could move the cursor, turn the
direction of the text, end the line or speak to the service that reads the log.
"""

from __future__ import annotations

IN_LINE = ("##[", "##vso[")
"""What begins a command to a CI service anywhere in a line of a log, and what at the start of one, behind blanks."""
AT_START = "::"


def printable(text: str, keep: str = "") -> str:
    r"""The text with everything that is no letter, mark, sign or blank written as Python escapes it: `\n`, `\x1b`.

    What is in `keep` stays as it is. So that the text can stand at the start of a line, or be one, the first character
    of what a CI service would obey is escaped too.
    """
    if not text.isprintable():
        text = "".join(
            character if character.isprintable() or character in keep else _escaped(character) for character in text
        )
    start = text.lstrip()
    if start.startswith(AT_START):
        text = f"{text[: len(text) - len(start)]}{_hex(start[0])}{start[1:]}"
    if "##" in text:
        for mark in IN_LINE:
            text = text.replace(mark, f"{_hex(mark[0])}{mark[1:]}")
    return text


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def _hex(character: str) -> str:
    return f"\\x{ord(character):02x}"
