"""The words in the bytes of a file, found without parsing it."""

from __future__ import annotations

from lint_rules.regex import lazy_pattern

# Everything that is no part of a name becomes a space. Bytes above 127 are letters in UTF-8 names, as in Python.
_NAMES = bytes(byte if byte > 127 or bytes([byte]).isalnum() or byte == ord("_") else ord(" ") for byte in range(256))

# In code the quotes of such a key are escaped.
_PICTURE = lazy_pattern(rb'"(?:image|video|audio|application)/[\w.+-]+":\s*"[^"]*"')


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
    return _PICTURE.sub(b"", data).replace(rb"\n", b" ").replace(rb"\t", b" ")
