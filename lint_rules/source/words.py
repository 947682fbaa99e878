"""The words in the bytes of a file, found without parsing it."""

from __future__ import annotations

from lint_rules.regex import lazy_pattern

# Everything that is no part of a name becomes a space. Bytes above 127 are letters in UTF-8 names, as in Python.
_NAMES = bytes(byte if byte > 127 or bytes([byte]).isalnum() or byte == ord("_") else ord(" ") for byte in range(256))

# In code the quotes of such a key are escaped.
_PICTURE = lazy_pattern(rb'"(?:image|video|audio|application)/[\w.+-]+":\s*"')


def split_words(data: bytes) -> list[bytes]:
    """The names in some bytes in order, and the words of strings and comments."""
    return data.translate(_NAMES).split()


def names_in(data: bytes, notebook: bool = False) -> frozenset[str]:
    """The different words in the bytes of a file."""
    text = (without_escapes(data) if notebook else data).translate(_NAMES)
    return frozenset(text.decode("utf-8", "replace").split())


def without_escapes(data: bytes) -> bytes:
    """The bytes of a notebook so that words can be told apart: in JSON a line end is written \\n, and the first word of
    a line seems to begin with the letter n. Pictures, which most of a notebook can be, hold no words."""
    return _without_pictures(data).replace(rb"\n", b" ").replace(rb"\t", b" ")


def _without_pictures(data: bytes) -> bytes:
    """The bytes without what pictures hold, which is searched for its end alone: a pattern looks at each byte."""
    kept: list[bytes] = []
    begin = 0
    while (picture := _PICTURE.search(data, begin)) is not None:
        end = data.find(b'"', picture.end())
        if end < 0:
            break
        kept.append(data[begin : picture.start()])
        begin = end + 1
    return b"".join((*kept, data[begin:])) if kept else data
