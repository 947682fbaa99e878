"""Which findings the comments of a module silence, and which of the comments silence nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

from lint_rules.findings.comments import Comment, code_of, find_comments
from lint_rules.findings.diagnostics import Applicability, Edit, Fix, Position
from lint_rules.source.text import Source


class Suppressions:
    """The comments of one module that silence findings; remembers which of them were used."""

    def __init__(self, comments: Iterable[Comment] = ()) -> None:
        self.comments = tuple(comments)
        self._files = [comment for comment in self.comments if comment.whole_file]
        self._lines: defaultdict[int, list[Comment]] = defaultdict(list)
        for comment in self.comments:
            if not comment.whole_file:
                self._lines[comment.target].append(comment)
        self._used: set[tuple[Comment, str]] = set()

    def silences(self, code: str, rows: Iterable[int]) -> bool:
        """Whether a comment that speaks of one of the rows, or one for the whole file, silences a finding."""
        of_rows = (comment for row in dict.fromkeys(rows) for comment in self._lines.get(row, ()))
        matching = [comment for comment in (*self._files, *of_rows) if comment.matches(code)]
        self._used.update((comment, code) for comment in matching)
        return bool(matching)

    def unused(self, enabled: frozenset[str]) -> Iterator[tuple[Comment, tuple[str, ...]]]:
        """(comment, its words that silenced nothing) for words that mean rules of ours which ran.

        A bare `# noqa` is left alone: other tools read it too.
        """
        for comment in self.comments:
            if comment.words is None:
                if comment.whole_file and not any(used is comment for used, _ in self._used):
                    yield comment, ()
                continue
            idle = tuple(
                word
                for word in comment.words
                if (own := code_of(word))
                and any(rule.startswith(own) for rule in enabled)
                and not any(used is comment and hit.startswith(own) for used, hit in self._used)
            )
            if idle:
                yield comment, idle


def find_suppressions(text: str, cell_of: Callable[[int], int | None] = lambda row: None) -> Suppressions:
    """The comments of a module; `cell_of` tells the cell of a row of a notebook."""
    return Suppressions(find_comments(text, cell_of))


def removal(source: Source, comment: Comment, idle: tuple[str, ...]) -> Fix:
    """The fix that takes idle codes out of a comment, and the comment away where no code is left.

    What stands behind the codes stays as a comment; a line that held nothing else goes too.
    """
    line = source.text.split("\n")[comment.row - 1]
    before, after = line[: comment.column - 1], line[comment.end_column - 1 :]
    left = comment.without(idle)
    cell, row = source.locate(comment.row)
    start, end, content = Position(row, comment.column), Position(row, comment.end_column), ""
    if left:
        content = left
    elif after.strip():
        if after.lstrip().startswith("#"):
            end = Position(row, comment.end_column + len(after) - len(after.lstrip()))
        else:
            content = "#"
    elif before.strip():
        start, end = Position(row, len(before.rstrip()) + 1), Position(row, len(line) + 1)
    elif source.locate(comment.row + 1) == (cell, row + 1) and comment.row < source.text.count("\n"):
        start, end = Position(row, 1), Position(row + 1, 1)
    what = f"remove {', '.join(idle)} from the comment" if left else "remove the comment"
    return Fix(Applicability.SAFE, what, (Edit(start, end, content, cell),))
