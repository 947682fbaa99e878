"""The comments that speak to the linter: in which form, of which rules and of which rows.

Read from the comments of a file only, so the same words in a string mean nothing:

* `# noqa` speaks of every rule, `# noqa: KI101, KI2` of those codes (or prefixes of codes), on its own line;
* `# keras-inference: ignore[KI201]` does so too, and on a line of its own it speaks of the line of code below. Other
  tools leave it alone. In the brackets names of rules may stand, and `# ruff: ignore[KI201]` says the same;
* `# keras-inference: noqa`, `# keras-inference: noqa: KI201`, `# keras-inference: file-ignore[KI201]` and
  `# ruff: file-ignore[KI201]` speak of the whole file.
"""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Callable, Iterator
from enum import Enum

from lint_rules.config.keys import closest
from lint_rules.records import dataclass, replace
from lint_rules.regex import lazy_pattern
from pytest_keras_inference.vocabulary import TEXTS

_CODES = r"[A-Z][A-Z0-9]*(?:[\s,]+[A-Z]+[0-9]+)*"
_COMMENT = lazy_pattern(
    r"\#\s*(?:"
    r"(?P<tool>keras-inference|ruff)\s*:\s*(?P<scope>file-)?ignore\b(?![\w-])(?:\s*(?P<bracket>\[)(?P<words>[^\]\n]*)\])?"
    rf"|(?P<file>keras-inference\s*:\s*)?noqa\b(?:(?P<colon>\s*:)\s*(?P<codes>{_CODES})?)?"
    r")",
    re.IGNORECASE,
)
_SILENT = frozenset(
    (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)
)
_NAMES = {text.name: code for code, text in TEXTS.items()}


class Form(Enum):
    """How a comment is written: what stands before and behind its codes."""

    NOQA = ("# noqa: ", "")
    FILE_NOQA = ("# keras-inference: noqa: ", "")
    IGNORE = ("# keras-inference: ignore[", "]")
    FILE_IGNORE = ("# keras-inference: file-ignore[", "]")
    RUFF_IGNORE = ("# ruff: ignore[", "]")
    RUFF_FILE_IGNORE = ("# ruff: file-ignore[", "]")

    def written(self, words: str) -> str:
        """A comment with these words between."""
        before, behind = self.value
        return f"{before}{words}{behind}"

    @property
    def whole_file(self) -> bool:
        return self in (Form.FILE_NOQA, Form.FILE_IGNORE, Form.RUFF_FILE_IGNORE)

    @property
    def ours(self) -> bool:
        """Whether no other tool reads such a comment, so that every word in it is to be a rule of ours."""
        return self in (Form.FILE_NOQA, Form.IGNORE, Form.FILE_IGNORE)


@dataclass(frozen=True, slots=True)
class Comment:
    """One comment. Rows are those of the module, columns count from 1.

    `words` are what it names, codes in capitals; None speaks of every rule, and an empty tuple of none. `words_end` is
    the column behind them. `target` is the row of which the comment speaks: the one below where it has its own line.
    """

    form: Form
    row: int
    column: int
    end_column: int
    words_end: int
    words: tuple[str, ...] | None
    target: int

    @property
    def whole_file(self) -> bool:
        return self.form.whole_file

    @property
    def shown(self) -> str:
        """The comment as it is quoted."""
        if self.words is None:
            return self.form.value[0].rstrip(": ")
        return self.form.written(", ".join(self.words)) if self.words else self.form.value[0].rstrip("[")

    def matches(self, code: str) -> bool:
        """Whether the comment speaks of a rule."""
        return self.words is None or any(code.startswith(own) for word in self.words if (own := code_of(word)))

    def wrong_words(self) -> tuple[str, ...]:
        """What it names although no rule is called so; codes of other tools may stand where other tools read."""
        return tuple(
            word
            for word in self.words or ()
            if (self.form.ours or word.startswith("KI"))
            and not ((own := code_of(word)) and any(code.startswith(own) for code in TEXTS))
        )

    def without(self, idle: tuple[str, ...]) -> str:
        """What is left of the comment without some of its words; nothing where none is left."""
        left = [word for word in self.words or () if word not in idle]
        return self.form.written(", ".join(left)) if left else ""


def code_of(word: str) -> str:
    """The code, or the prefix of codes, that a word in a comment means; nothing for what is not ours."""
    return word if word.startswith("KI") else _NAMES.get(word.lower(), "")


def corrected(word: str) -> str:
    """What follows a word that is no rule: the rule that may be meant."""
    return closest(word, (*TEXTS, *_NAMES)).rstrip(".")


def mentions_comments(text: str) -> bool:
    """Whether looking for comments is worth it."""
    lowered = text.lower()
    return "noqa" in lowered or ("ignore" in lowered and ("keras-inference" in lowered or "ruff" in lowered))


def find_comments(text: str, cell_of: Callable[[int], int | None] = lambda row: None) -> Iterator[Comment]:
    """Every comment that speaks to the linter, as far as the text can be cut into tokens.

    `cell_of` tells the cell of a row: a comment at the end of a cell does not speak of the next one.
    """
    if not mentions_comments(text):
        return
    above: list[Comment] = []
    lines = text.split("\n")
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            row, column = token.start
            if token.type == tokenize.COMMENT:
                for comment in parse_comments(token.string, row, column + 1):
                    own_line = not lines[row - 1][:column].strip()
                    if own_line and comment.form in (Form.IGNORE, Form.RUFF_IGNORE):
                        above.append(comment)
                    else:
                        yield comment
            elif above and token.type not in _SILENT:
                yield from (replace(each, target=row) if cell_of(each.row) == cell_of(row) else each for each in above)
                above = []
    except (tokenize.TokenError, SyntaxError):
        pass
    yield from above


def parse_comments(comment: str, row: int = 1, column: int = 1) -> Iterator[Comment]:
    """What a comment says; nothing where it says something else, or names no code behind `noqa:`."""
    for found in _COMMENT.finditer(comment):
        start = column + found.start()
        if found["tool"]:
            yield from _bracketed(found, row, start, column)
            continue
        codes = re.split(r"[\s,]+", found["codes"].upper()) if found["codes"] else None
        if codes is not None:
            codes = [code for code in codes if any(character.isdigit() for character in code)]
        if codes == [] or (found["colon"] and codes is None):
            continue
        form = Form.FILE_NOQA if found["file"] else Form.NOQA
        end = column + (found.end("codes") if codes else found.end())
        yield Comment(form, row, start, end, end, tuple(codes) if codes else None, row)


def _bracketed(found: re.Match[str], row: int, start: int, column: int) -> Iterator[Comment]:
    ruff, file = found["tool"].lower() == "ruff", bool(found["scope"])
    if ruff and not found["bracket"]:
        return
    form = (
        (Form.RUFF_FILE_IGNORE if file else Form.RUFF_IGNORE) if ruff else (Form.FILE_IGNORE if file else Form.IGNORE)
    )
    words = tuple(_spelt(word) for word in re.split(r"[\s,]+", found["words"] or "") if word)
    inner = found["words"].rstrip() if found["words"] else ""
    end = column + (found.start("words") + len(inner) if found["bracket"] else found.end())
    yield Comment(form, row, start, column + found.end(), end, words, row)


def _spelt(word: str) -> str:
    """A code in capitals, a name in small letters."""
    return word.lower() if word.lower() in _NAMES else word.upper() if word[:2].upper() == "KI" else word
