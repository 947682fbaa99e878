"""Every Python block of the plugin's pages is run, and the output that a page shows is what comes out.

A block with tests in it is run by pytest with the plugin; any other is executed, blocks of one page sharing their
names. A comment before a block says how it is run, with these words in any order:

    <!-- example: fails -->                 at least one of its tests fails (else all must pass)
    <!-- example: args --keras-inference=strict -->    with these arguments; the rest of the comment
    <!-- example: backend jax -->           in a subprocess on that backend
    <!-- example: file agent.py -->         not run itself: a file that later blocks of the page import

and `<!-- output -->` before a `text` block says that these lines come out of the block above it, in this order.
Numbers, spacing and pytest's `E   Failed: ` may differ; a line `...` stands for any lines.
"""

from __future__ import annotations

import contextlib
import io
import linecache
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.sampled(3)

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = sorted([*DOCS.glob("plugin/*.md"), *DOCS.glob("pytest.md")])
_COMMENT = re.compile(r"<!--\s*(?:example:\s*(?P<words>.*?)|(?P<output>output))\s*-->")
_NUMBER = re.compile(r"[0-9][0-9,]*(?:\.[0-9]+)?(?:e[-+]?[0-9]+)?(?:\s*(?:ms|us|s)\b)?")


@dataclass
class Example:
    """A block of a page, with how it is to be run and what must come out."""

    page: str
    line: int
    code: str
    words: str = ""
    output: list[str] = field(default_factory=list)

    @property
    def backend(self) -> str | None:
        match = re.search(r"\bbackend (\w+)", self.words)
        return match[1] if match else None

    @property
    def file(self) -> str | None:
        match = re.search(r"\bfile (\S+)", self.words)
        return match[1] if match else None

    @property
    def arguments(self) -> list[str]:
        return self.words.partition("args ")[2].split()

    @property
    def fails(self) -> bool:
        return "fails" in self.words.partition("args ")[0].split()

    @property
    def has_tests(self) -> bool:
        return re.search(r"^\s*def test_", self.code, re.MULTILINE) is not None


def read(path: Path) -> list[Example]:
    """The examples of a page, in order."""
    examples: list[Example] = []
    words, wants_output, language, block, start = "", False, None, [], 0
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if language is None:
            comment = _COMMENT.match(line.strip())
            if comment:
                words, wants_output = comment["words"] or "", bool(comment["output"])
            elif line.startswith("```"):
                language, block, start = line[3:].strip(), [], number
            elif line.strip():
                words, wants_output = "", False
        elif line.startswith("```"):
            if language == "python":
                examples.append(Example(path.stem, start + 1, "\n".join(block) + "\n", words))
            elif wants_output and examples:
                examples[-1].output = block
            language, words, wants_output = None, "", False
        else:
            block.append(line)
    return examples


def parameters() -> list[Any]:
    """One test for each page and, as it needs a process of its own, each example of another backend."""
    found: list[Any] = []
    for path in PAGES:
        examples = read(path)
        here = [example for example in examples if example.backend in (None, "tensorflow")]
        if here:
            found.append(pytest.param(here, id=path.stem))
        for backend in ("jax", "torch"):
            there = [example for example in examples if example.backend == backend or example.file]
            if any(example.backend for example in there):
                found.append(pytest.param(there, id=f"{path.stem}-{backend}", marks=pytest.mark.backend(backend)))
    return found


@pytest.mark.parametrize("examples", parameters())
def test_examples(
    examples: list[Example], pytester: pytest.Pytester, keras_in_process: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.path", [str(pytester.path), *__import__("sys").path])
    names: dict[str, Any] = {"__name__": "__main__"}
    pytester.makeini("[pytest]\npythonpath = .\n")
    for example in examples:
        if example.file:
            Path(pytester.path, example.file).write_text(example.code, encoding="utf-8")
            continue
        if example.has_tests:
            output = run_tests(example, pytester, monkeypatch)
        else:
            source = compile(example.code, f"docs:{example.page}.md:{example.line}", "exec")
            with contextlib.redirect_stdout(io.StringIO()) as text:
                exec(source, names)
            output = text.getvalue()
        missing = first_missing(example.output, output)
        assert missing is None, f"{example.page}.md:{example.line}: not in the output: {missing}\n\n{output}"


def run_tests(example: Example, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> str:
    """What pytest prints for the block, its outcome checked. The file is called `test_` and the name of the page."""
    name = f"test_{example.page.replace('-', '_')}.py"
    Path(pytester.path, name).write_text(example.code, encoding="utf-8")
    for cached in Path(pytester.path).glob("__pycache__/*"):
        cached.unlink()
    linecache.clearcache()  # the file of the block before had the same name
    if example.backend in ("jax", "torch"):
        monkeypatch.setenv("KERAS_BACKEND", example.backend)
        result = pytester.runpytest_subprocess(name, *example.arguments)
    else:
        result = pytester.runpytest_inprocess(name, *example.arguments)
    outcomes = result.parseoutcomes()
    bad = outcomes.get("failed", 0) + outcomes.get("errors", 0)
    assert (bad > 0) == example.fails, f"{example.page}.md:{example.line}: {outcomes}"
    return result.stdout.str()


def first_missing(expected: list[str], output: str) -> str | None:
    """The first expected line that does not follow the one before it in the output; None if all are there."""
    lines = iter([plain(line) for line in output.splitlines()])
    for line in expected:
        if plain(line) in ("", "..."):
            continue
        if plain(line) not in lines:
            return line
    return None


def plain(line: str) -> str:
    """A line without what differs from run to run (figures, spacing, the length of rules) and pytest's own marks."""
    text = re.sub(r"^(?:E(?: {3,}|\s*$))?(?:Failed: )?", "", line)
    text = re.sub(r"([=_-])\1{3,}", r"\1\1\1", text)
    return " ".join(_NUMBER.sub("#", text).split())


def test_the_reader_of_examples_reads_what_a_page_says(tmp_path: Path) -> None:
    page = tmp_path / "some-page.md"
    page.write_text(
        "Text\n\n<!-- example: fails args -x -q -->\n```python\ndef test_a():\n    assert 0\n```\n\nIt says:\n\n"
        "<!-- output -->\n```text\nE  0\n```\n\n```python\nx = 1\n```\n",
        encoding="utf-8",
    )
    first, second = read(page)
    assert (first.fails, first.arguments, first.has_tests, first.output) == (True, ["-x", "-q"], True, ["E  0"])
    assert (second.fails, second.has_tests, second.code, second.line) == (False, False, "x = 1\n", 17)


def test_output_is_compared_without_figures_but_in_order() -> None:
    output = "agent.py:7 predict: 12 calls, 0.61 s\n  KI202  x\nend\n"
    assert first_missing(["agent.py:31 predict: 9 calls, 7.0 ms", "...", "KI202 x"], output) is None
    assert first_missing(["KI202 x", "agent.py:1 predict: 1 calls, 1 s"], output) == "agent.py:1 predict: 1 calls, 1 s"
