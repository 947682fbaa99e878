"""`# noqa` comments: which findings they silence, and which of them silence nothing.

Read from the comments of the file only, so the same words in a string mean nothing:

* `# noqa` silences every finding of its line, `# noqa: KI101, KI2` those of the codes (or prefixes of codes);
* `# keras-inference: noqa` silences the whole file, `# keras-inference: noqa: KI201` those codes in it.
"""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lint_rules.findings.diagnostics import Applicability, Edit, Fix, Position
from lint_rules.source.text import Source

_CODES = r"[A-Z][A-Z0-9]*(?:[\s,]+[A-Z]+[0-9]+)*"
_NOQA = re.compile(
    rf"\#\s*(?P<file>keras-inference\s*:\s*)?noqa\b(?:(?P<colon>\s*:)\s*(?P<codes>{_CODES})?)?", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Noqa:
    """One comment. `codes` None silences everything; rows are those of the module, columns count from 1."""

    row: int
    column: int
    end_column: int
    codes: tuple[str, ...] | None
    whole_file: bool

    def matches(self, code: str) -> bool:
        """Whether the comment speaks of a rule."""
        return self.codes is None or any(code.startswith(prefix) for prefix in self.codes)


class Suppressions:
    """The noqa comments of one module; remembers which of them were used."""

    def __init__(self, comments: Iterable[Noqa] = ()) -> None:
        self.comments = tuple(comments)
        self._lines = {comment.row: comment for comment in self.comments if not comment.whole_file}
        self._files = [comment for comment in self.comments if comment.whole_file]
        self._used: set[tuple[Noqa, str]] = set()

    def silences(self, code: str, rows: Iterable[int]) -> bool:
        """Whether a comment on one of the rows, or one for the whole file, silences a finding."""
        candidates = [*self._files, *(self._lines[row] for row in dict.fromkeys(rows) if row in self._lines)]
        matching = [comment for comment in candidates if comment.matches(code)]
        self._used.update((comment, code) for comment in matching)
        return bool(matching)

    def unused(self, enabled: frozenset[str]) -> Iterator[tuple[Noqa, tuple[str, ...]]]:
        """(comment, its codes that silenced nothing) for codes of ours whose rule ran.

        A bare `# noqa` is left alone: other tools read it too.
        """
        for comment in self.comments:
            if comment.codes is None:
                if comment.whole_file and not any(used is comment for used, _ in self._used):
                    yield comment, ()
                continue
            idle = tuple(
                code
                for code in comment.codes
                if code.startswith("KI")
                and any(rule.startswith(code) for rule in enabled)
                and not any(used is comment and hit.startswith(code) for used, hit in self._used)
            )
            if idle:
                yield comment, idle


def removal(source: Source, comment: Noqa, idle: tuple[str, ...]) -> Fix:
    """The fix that takes idle codes out of a comment, and the comment away where no code is left.

    What stands behind the codes stays as a comment; a line that held nothing else goes too.
    """
    line = source.text.split("\n")[comment.row - 1]
    before, after = line[: comment.column - 1], line[comment.end_column - 1 :]
    left = [code for code in comment.codes or () if code not in idle]
    cell, row = source.locate(comment.row)
    start, end, content = Position(row, comment.column), Position(row, comment.end_column), ""
    if left:
        prefix = "# keras-inference: noqa: " if comment.whole_file else "# noqa: "
        content = prefix + ", ".join(left)
    elif after.strip():
        content = "#"
    elif before.strip():
        start, end = Position(row, len(before.rstrip()) + 1), Position(row, len(line) + 1)
    elif source.locate(comment.row + 1) == (cell, row + 1) and comment.row < source.text.count("\n"):
        start, end = Position(row, 1), Position(row + 1, 1)
    what = f"remove {', '.join(idle)} from the comment" if left else "remove the comment"
    return Fix(Applicability.SAFE, what, (Edit(start, end, content, cell),))


def mentions_noqa(text: str) -> bool:
    """Whether looking for comments is worth it."""
    return "noqa" in text.lower()


def find_suppressions(text: str) -> Suppressions:
    """The noqa comments of a module."""
    return Suppressions(_comments(text)) if mentions_noqa(text) else Suppressions()


def parse_comment(comment: str, row: int = 1, column: int = 1) -> Noqa | None:
    """What a comment says, None where it is no noqa comment; `# noqa:` followed by no code says nothing."""
    found = _NOQA.search(comment)
    if found is None or (found["colon"] and not found["codes"]):
        return None
    codes = re.split(r"[\s,]+", found["codes"].upper()) if found["codes"] else None
    if codes is not None:
        codes = [code for code in codes if any(character.isdigit() for character in code)]
        if not codes:
            return None
    end = found.end("codes") if codes else found.end()
    return Noqa(row, column + found.start(), column + end, tuple(codes) if codes else None, found["file"] is not None)


def _comments(text: str) -> Iterator[Noqa]:
    """Every noqa comment, as far as the text can be cut into tokens."""
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT and "noqa" in token.string.lower():
                noqa = parse_comment(token.string, token.start[0], token.start[1] + 1)
                if noqa is not None:
                    yield noqa
    except (tokenize.TokenError, SyntaxError):
        return
