"""`--fix`, `--unsafe-fixes`, `--diff` and `--add-noqa` from the command line."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lint_rules.cli import main
from lint_rules.diagnostics import Applicability, Confidence, Diagnostic, Edit, Fix, Severity
from lint_rules.rules.base import Finding, Rule
from lint_rules.semantics.modules import Module
from lint_rules.semantics.project import Project as View

Project = Callable[[dict[str, str]], Path]
Run = Callable[..., tuple[int, str, str]]


def renamed(code: str, word: str, to: str, applicability: Applicability) -> Rule:
    """A rule that wants every call of a method renamed."""

    def check(module: Module, _project: View) -> Iterator[Finding]:
        for call in module.calls.get(word, []):
            place = module.location(call.func)
            start = place.end.column - len(word)
            begin = type(place.end)(place.end.row, start)
            fix = Fix(applicability, f"call {to}", (Edit(begin, place.end, to, place.cell),))
            yield Finding(
                Diagnostic(
                    code, "n", f"{word} is called", Severity.WARNING, Confidence.CERTAIN, place, anchor=place.start
                ),
                lambda fix=fix: fix,
            )

    return Rule(code, "A page.", check, frozenset({word}))


@pytest.fixture(autouse=True)
def rules(use_rules: Callable[..., None]) -> None:
    """predict is safely renamed to evaluate, predict_on_batch to fit, unsafely; evaluate is right."""
    use_rules(
        renamed("KI201", "predict", "evaluate", Applicability.SAFE),
        renamed("KI202", "predict_on_batch", "fit", Applicability.UNSAFE),
    )


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command: (exit code, standard output, standard error)."""

    def call(*arguments: str, stdin: str | None = None) -> tuple[int, str, str]:
        if stdin is not None:
            monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode()), encoding="utf-8"))
        code = main(["check", "--output-format", "concise", *arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


BOTH = "import keras\nm.predict(x)\nm.predict_on_batch(x)\n"


def test_safe_fixes_are_applied_and_the_rest_is_told(project: Project, run: Run) -> None:
    root = project({"a.py": BOTH, "b.py": "import keras\n"})
    code, out, err = run("--fix")
    assert (root / "a.py").read_text() == "import keras\nm.evaluate(x)\nm.predict_on_batch(x)\n"
    assert (code, out) == (1, "a.py:3:1: KI202 predict_on_batch is called\n")
    assert err == "Fixed 1 finding in 1 file.\n"


def test_a_second_run_changes_nothing_and_is_clean(project: Project, run: Run) -> None:
    root = project({"a.py": "import keras\nm.predict(x)\n"})
    assert run("--fix") == (1, "", "Fixed 1 finding in 1 file.\n")
    before = (root / "a.py").stat().st_mtime_ns
    assert run("--fix") == (0, "", "")
    assert (root / "a.py").stat().st_mtime_ns == before


def test_unsafe_fixes_when_asked(project: Project, run: Run) -> None:
    root = project({"a.py": BOTH})
    assert run("--fix", "--unsafe-fixes") == (1, "", "Fixed 2 findings in 1 file.\n")
    assert (root / "a.py").read_text() == "import keras\nm.evaluate(x)\nm.fit(x)\n"


def test_a_diff_changes_nothing(project: Project, run: Run) -> None:
    root = project({"a.py": BOTH})
    code, out, err = run("--diff")
    assert (root / "a.py").read_text() == BOTH
    assert (code, err) == (1, "Would fix 1 finding in 1 file.\n")
    assert out == (
        "--- a.py\n+++ a.py\n@@ -1,3 +1,3 @@\n import keras\n-m.predict(x)\n+m.evaluate(x)\n m.predict_on_batch(x)\n"
    )


def test_no_diff_without_a_fix(project: Project, run: Run) -> None:
    project({"a.py": "import keras\nm.predict_on_batch(x)\n"})
    assert run("--diff") == (0, "", "")


def test_unsafe_fixes_alone_mean_nothing(project: Project, run: Run) -> None:
    project({"a.py": BOTH})
    code, _, err = run("--unsafe-fixes")
    assert code == 2
    assert err == ("keras-inference: error: --unsafe-fixes: says which fixes to apply; give --fix or --diff with it\n")


def test_what_a_comment_or_the_baseline_silences_is_not_fixed(project: Project, run: Run) -> None:
    root = project({"a.py": "import keras\nm.predict(x)\n"})
    run("--write-baseline", "--baseline", "known.json")
    text = "import keras\nm.predict(x)\nm.predict(y)  # noqa: KI201\nm.predict(z)\n"
    project({"a.py": text})
    assert run("--fix", "--baseline", "known.json") == (1, "", "Fixed 1 finding in 1 file.\n")
    assert (root / "a.py").read_text() == text.replace("m.predict(z)", "m.evaluate(z)")


def test_encoding_line_ends_and_mark_survive(project: Project, run: Run) -> None:
    root = project({})
    data = "# coding: latin-1\r\nimport keras\r\nm.predict('é')\r\n".encode("latin-1")
    (root / "a.py").write_bytes(data)
    (root / "b.py").write_bytes(b"\xef\xbb\xbf" + "import keras\nm.predict('é')".encode())
    assert run("--fix")[0] == 1
    assert (root / "a.py").read_bytes() == data.replace(b"predict", b"evaluate")
    assert (root / "b.py").read_bytes() == b"\xef\xbb\xbf" + "import keras\nm.evaluate('é')".encode()


def test_a_notebook_is_fixed_in_its_cell_and_the_rest_stays(project: Project, run: Run) -> None:
    source = [["%matplotlib inline\n", "import keras"], ["m.predict(x)\n", "y = 1"]]
    cells = [{"cell_type": "code", "source": lines, "outputs": [{"text": ["m.predict(x)"]}]} for lines in source]
    root = project({"a.ipynb": json.dumps({"cells": cells, "metadata": {}}, indent=3)})
    before = (root / "a.ipynb").read_text()
    assert run("--fix") == (1, "", "Fixed 1 finding in 1 file.\n")
    assert (root / "a.ipynb").read_text() == before.replace('"m.predict(x)\\n"', '"m.evaluate(x)\\n"')


def test_standard_input_is_fixed_to_standard_output(project: Project, run: Run) -> None:
    project({})
    assert run("--fix", "--stdin-filename", "a.py", stdin=BOTH) == (
        1,
        "import keras\nm.evaluate(x)\nm.predict_on_batch(x)\n",
        "",
    )
    assert run("--fix", "-", stdin="x = 1\n") == (0, "x = 1\n", "")


# --add-noqa


def test_comments_silence_what_there_is(project: Project, run: Run) -> None:
    root = project({"a.py": BOTH + "y = m.predict(\n    x\n)  # noqa: E501\n", "b.py": "import keras\n"})
    assert run("--add-noqa") == (0, "Added 3 comments in 1 file.\n", "")
    assert (root / "a.py").read_text() == (
        "import keras\n"
        "m.predict(x)  # noqa: KI201\n"
        "m.predict_on_batch(x)  # noqa: KI202\n"
        "y = m.predict(  # noqa: KI201\n    x\n)  # noqa: E501\n"
    )
    assert run() == (0, "", "")
    assert run("--select", "KI") == (0, "", "")


def test_comments_in_a_notebook(project: Project, run: Run) -> None:
    cells = [{"cell_type": "code", "source": ["import keras\n", "m.predict(x)"]}]
    root = project({"a.ipynb": json.dumps({"cells": cells}, indent=1)})
    before = (root / "a.ipynb").read_text()
    assert run("--add-noqa") == (0, "Added 1 comment in 1 file.\n", "")
    assert (root / "a.ipynb").read_text() == before.replace("m.predict(x)", "m.predict(x)  # noqa: KI201")
    assert run() == (0, "", "")


def test_nothing_to_silence(project: Project, run: Run) -> None:
    project({"a.py": "def f(:\n"})
    assert run("--add-noqa", "a.py") == (0, "Added 0 comments in 0 files.\n", "")


# Unused comments


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x = 1  # noqa: KI201\ny = 2\n", "x = 1\ny = 2\n"),
        ("x = 1  # why  # noqa: KI201\n", "x = 1  # why\n"),
        ("x = 1  # noqa: KI201 live input\n", "x = 1  # live input\n"),
        ("x = 1  # noqa: E501, KI201, KI202\n", "x = 1  # noqa: E501\n"),
        ("if x:\n    # noqa: KI201\n    y = 2\n", "if x:\n    y = 2\n"),
        ("# keras-inference: noqa: KI201, KI1\nx = 1\n", "# keras-inference: noqa: KI1\nx = 1\n"),
        ("x = 1\n# keras-inference: noqa", "x = 1\n"),
    ],
)
def test_an_unused_comment_is_taken_away(project: Project, run: Run, before: str, after: str) -> None:
    root = project({"a.py": f"import keras\n{before}"})
    assert run("--fix", "--extend-select", "KI001") == (1, "", "Fixed 1 finding in 1 file.\n")
    assert (root / "a.py").read_text() == f"import keras\n{after}"
    assert run("--extend-select", "KI001") == (0, "", "")
