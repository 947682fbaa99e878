"""`--fix`, `--unsafe-fixes`, `--diff` and `--add-noqa` from the command line."""

from __future__ import annotations

import io
import json
import os
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from rule_modules import Written

from lint_rules.cli import main
from lint_rules.findings.diagnostics import Applicability, Confidence, Diagnostic, Edit, Fix, Severity
from lint_rules.fixes.apply import files
from lint_rules.rules.base import Finding, Rule
from lint_rules.semantics.project.project import Project as View
from lint_rules.semantics.syntax.module_index import Module
from lint_rules.source import parsing

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

    return Rule(code, frozenset({word}), written=Written("A page.", check))


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
    assert run("--fix") == (0, "", "Fixed 1 finding in 1 file.\n")
    before = (root / "a.py").stat().st_mtime_ns
    assert run("--fix") == (0, "", "")
    assert (root / "a.py").stat().st_mtime_ns == before


def test_unsafe_fixes_when_asked(project: Project, run: Run) -> None:
    root = project({"a.py": BOTH})
    assert run("--fix", "--unsafe-fixes") == (0, "", "Fixed 2 findings in 1 file.\n")
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


def test_findings_tell_what_would_fix_them(project: Project, run: Run) -> None:
    project({"a.py": BOTH})
    _, out, _ = run("--output-format", "text")
    assert "a.py:2:1: KI201 [*] n [warning]" in out
    assert "a.py:3:1: KI202 n [warning]" in out
    assert out.endswith("\n[*] 1 fixable with --fix, 1 more with --fix --unsafe-fixes.\n")


def test_unsafe_fixes_count_as_fixes_when_asked(project: Project, run: Run) -> None:
    root = project({"a.py": BOTH})
    code, out, _ = run("--unsafe-fixes", "--output-format", "text")
    assert code == 1
    assert "a.py:3:1: KI202 [*] n [warning]" in out
    assert out.endswith("\n[*] 2 fixable with --fix --unsafe-fixes.\n")
    assert (root / "a.py").read_text() == BOTH


def test_what_is_left_is_only_fixable_unsafely(project: Project, run: Run) -> None:
    project({"a.py": BOTH})
    code, out, _ = run("--fix", "--output-format", "text")
    assert code == 1
    assert out.endswith("Found 1 finding (1 warning) in 1 of 1 file.\n[*] 1 fixable with --fix --unsafe-fixes.\n")


def test_what_a_comment_or_the_baseline_silences_is_not_fixed(project: Project, run: Run) -> None:
    root = project({"a.py": "import keras\nm.predict(x)\n"})
    run("--write-baseline", "--baseline", "known.json")
    text = "import keras\nm.predict(x)\nm.predict(y)  # noqa: KI201\nm.predict(z)\n"
    project({"a.py": text})
    assert run("--fix", "--baseline", "known.json") == (0, "", "Fixed 1 finding in 1 file.\n")
    assert (root / "a.py").read_text() == text.replace("m.predict(z)", "m.evaluate(z)")


def test_encoding_line_ends_and_mark_survive(project: Project, run: Run) -> None:
    root = project({})
    data = "# coding: latin-1\r\nimport keras\r\nm.predict('é')\r\n".encode("latin-1")
    (root / "a.py").write_bytes(data)
    (root / "b.py").write_bytes(b"\xef\xbb\xbf" + "import keras\nm.predict('é')".encode())
    assert run("--fix")[0] == 0
    assert (root / "a.py").read_bytes() == data.replace(b"predict", b"evaluate")
    assert (root / "b.py").read_bytes() == b"\xef\xbb\xbf" + "import keras\nm.evaluate('é')".encode()


def test_a_notebook_is_fixed_in_its_cell_and_the_rest_stays(project: Project, run: Run) -> None:
    source = [["%matplotlib inline\n", "import keras"], ["m.predict(x)\n", "y = 1"]]
    cells = [{"cell_type": "code", "source": lines, "outputs": [{"text": ["m.predict(x)"]}]} for lines in source]
    root = project({"a.ipynb": json.dumps({"cells": cells, "metadata": {}}, indent=3)})
    before = (root / "a.ipynb").read_text()
    assert run("--fix") == (0, "", "Fixed 1 finding in 1 file.\n")
    assert (root / "a.ipynb").read_text() == before.replace('"m.predict(x)\\n"', '"m.evaluate(x)\\n"')


def test_standard_input_is_fixed_to_standard_output(project: Project, run: Run) -> None:
    project({})
    assert run("--fix", "--stdin-filename", "a.py", stdin=BOTH) == (
        1,
        "import keras\nm.evaluate(x)\nm.predict_on_batch(x)\n",
        "Fixed 1 finding in 1 file.\na.py:3:1: KI202 predict_on_batch is called\n",
    )
    assert run("--fix", "-", stdin="x = 1\n") == (0, "x = 1\n", "")


def test_a_diff_of_standard_input(project: Project, run: Run) -> None:
    project({})
    assert run("--diff", "--stdin-filename", "a.py", stdin=BOTH) == (
        1,
        "--- a.py\n+++ a.py\n@@ -1,3 +1,3 @@\n import keras\n-m.predict(x)\n+m.evaluate(x)\n m.predict_on_batch(x)\n",
        "Would fix 1 finding in 1 file.\n",
    )
    assert run("--diff", "-", stdin="import keras\nm.predict_on_batch(x)\n") == (0, "", "")


def test_standard_input_keeps_its_encoding_and_mark(
    project: Project, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    project({})
    for data in (
        "# coding: latin-1\r\nimport keras\r\nm.predict('é')\r\n".encode("latin-1"),
        b"\xef\xbb\xbfm.predict(x)",
    ):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
        assert main(["check", "--fix", "--output-format", "concise", "-"]) in (0, 1)
        assert capfdbinary.readouterr().out in (data, data.replace(b"predict", b"evaluate"))


def test_standard_input_that_is_no_text_comes_out_as_it_went_in(
    project: Project, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    project({})
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"import keras\nm.predict('\xff')\n")))
    assert main(["check", "--fix", "--output-format", "concise", "-"]) == 1
    out, err = capfdbinary.readouterr()
    assert out == b"import keras\nm.predict('\xff')\n"
    assert b"not in its encoding" in err


def test_files_and_standard_input_are_not_fixed_at_once(project: Project, run: Run) -> None:
    project({"a.py": BOTH})
    code, out, err = run("--fix", "a.py", "-", stdin=BOTH)
    assert (code, out) == (2, "")
    assert (
        err == "keras-inference: error: --fix: fixes files or standard input, not both at once; omit - or the paths\n"
    )


# What stays as it is


def test_lines_that_a_comment_silences_are_not_part_of_another_fix(
    project: Project, run: Run, use_rules: Callable[..., None]
) -> None:
    """A fix of row 2 that would change row 3 as well, where a finding is silenced, is not offered."""

    def check(module: Module, _project: View) -> Iterator[Finding]:
        for call in module.calls.get("predict", []):
            place = module.location(call)
            edits = tuple(
                Edit(module.location(other.func).start, module.location(other.func).end, "m.evaluate")
                for other in module.calls["predict"]
            )
            fix = Fix(Applicability.SAFE, "rename all", edits)
            found = Diagnostic("KI201", "n", "called", Severity.WARNING, Confidence.CERTAIN, place, anchor=place.start)
            yield Finding(found, lambda fix=fix: fix)

    use_rules(Rule("KI201", frozenset({"predict"}), written=Written("A page.", check)))
    text = "import keras\nm.predict(x)\nm.predict(y)  # noqa: KI201\n"
    root = project({"a.py": text})
    assert run("--fix") == (1, "a.py:2:1: KI201 called\n", "")
    assert (root / "a.py").read_text() == text


def test_a_fix_that_would_not_parse_is_dropped_and_told(
    project: Project, run: Run, use_rules: Callable[..., None]
) -> None:
    use_rules(
        renamed("KI201", "predict", "(", Applicability.SAFE), renamed("KI202", "fit", "train", Applicability.SAFE)
    )
    root = project({"a.py": "import keras\nm.predict(x)\nm.fit(x)\n"})
    code, out, err = run("--fix")
    assert (code, out) == (1, "a.py:2:1: KI201 predict is called\n")
    assert err == (
        "keras-inference: a.py:2:1: the fix of KI201 was not applied: the code would not parse after it\n"
        "Fixed 1 finding in 1 file.\n"
    )
    assert (root / "a.py").read_text() == "import keras\nm.predict(x)\nm.train(x)\n"


def test_a_fix_that_fails_costs_the_fix_and_not_the_finding(
    project: Project, run: Run, use_rules: Callable[..., None]
) -> None:
    def broken() -> Fix:
        raise ValueError("no such row")

    def check(module: Module, _project: View) -> Iterator[Finding]:
        place = module.location(module.calls["predict"][0])
        found = Diagnostic("KI201", "n", "called", Severity.WARNING, Confidence.CERTAIN, place, anchor=place.start)
        yield Finding(found, broken)

    use_rules(Rule("KI201", frozenset({"predict"}), written=Written("A page.", check)))
    project({"a.py": "import keras\nm.predict(x)\n"})
    code, out, err = run("--fix")
    assert (code, out) == (2, "a.py:2:1: KI201 called\n")
    assert "the fix of KI201 failed on" in err
    assert "no such row" in err


def test_a_file_that_changed_meanwhile_is_left_alone(
    project: Project, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = project({"a.py": "import keras\nm.predict(x)\n", "b.py": "import keras\nm.predict(x)\n"})
    write = files.write_file

    def late(source: files.FileText, text: str) -> None:
        if source.path.name == "a.py":
            (root / "a.py").write_text("import keras\nm.predict(other)\n")
        write(source, text)

    monkeypatch.setattr("lint_rules.fixes.apply.apply.write_file", late)
    assert run("--fix") == (
        1,
        "a.py:2:1: KI201 predict is called\n",
        "keras-inference: a.py: changed on disk since it was read; left alone\nFixed 1 finding in 1 file.\n",
    )
    assert (root / "a.py").read_text() == "import keras\nm.predict(other)\n"
    assert (root / "b.py").read_text() == "import keras\nm.evaluate(x)\n"


@pytest.mark.parametrize("mode", [0o644, 0o755, 0o600])
def test_the_mode_of_a_file_is_kept(project: Project, run: Run, mode: int) -> None:
    root = project({"a.py": "import keras\nm.predict(x)\n"})
    (root / "a.py").chmod(mode)
    run("--fix", "--no-cache")
    assert (root / "a.py").read_text() == "import keras\nm.evaluate(x)\n"
    assert stat.S_IMODE((root / "a.py").stat().st_mode) == mode
    assert [path.name for path in root.iterdir()] == ["a.py"]


@pytest.mark.parametrize("at", ["fsync", "chmod", "replace"])
def test_an_interrupt_leaves_the_old_file_and_nothing_else(
    project: Project, run: Run, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    root = project({"a.py": BOTH})

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(f"lint_rules.fixes.apply.files.os.{at}", interrupted)
    assert run("--fix", "--no-cache") == (130, "", "keras-inference: interrupted\n")
    assert (root / "a.py").read_text() == BOTH
    assert [path.name for path in root.iterdir()] == ["a.py"]


def test_an_interrupt_right_after_the_move_is_an_interrupt(
    project: Project, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = project({"a.py": "import keras\nm.predict(x)\n"})
    replace = os.replace

    def moved(source: str, target: str) -> None:
        replace(source, target)
        raise KeyboardInterrupt

    monkeypatch.setattr("lint_rules.fixes.apply.files.os.replace", moved)
    assert run("--fix", "--no-cache")[0] == 130
    assert (root / "a.py").read_text() == "import keras\nm.evaluate(x)\n"


def test_rounds_read_the_project_once(
    project: Project, run: Run, monkeypatch: pytest.MonkeyPatch, use_rules: Callable[..., None]
) -> None:
    """Ten files and a rule that looks at all of them: each is parsed once, once more when it was fixed, and once for
    what is left; not ten times for every file that is fixed."""
    rename = renamed("KI201", "predict", "evaluate", Applicability.SAFE)

    def check(module: Module, view: View) -> Iterator[Finding]:
        assert len(list(view.modules_mentioning("keras"))) == 10
        yield from rename.check(module, view)

    use_rules(Rule("KI201", frozenset({"predict", "evaluate"}), written=Written("A page.", check)))
    project({f"m{number}.py": "import keras\nm.predict(x)\n" for number in range(10)})
    parsed: list[str] = []
    parse = parsing.parse
    monkeypatch.setattr(parsing, "parse", lambda text: parsed.append(text) or parse(text))
    assert run("--fix") == (0, "", "Fixed 10 findings in 10 files.\n")
    assert len(parsed) == 10 + 10 + 10


def test_a_later_round_sees_what_was_fixed_in_other_files(
    project: Project, run: Run, use_rules: Callable[..., None]
) -> None:
    """b.py is judged again after a.py was fixed, and finds the new word there; so too for a diff, written nowhere."""
    rename = renamed("KI201", "predict", "evaluate", Applicability.SAFE)
    seen: list[tuple[str, str, bool]] = []

    def check(module: Module, view: View) -> Iterator[Finding]:
        others = [other for other in view.modules_mentioning("evaluate") if other is not module]
        seen.append((module.path.name, module.text.splitlines()[1], any("evaluate" in o.calls for o in others)))
        yield from rename.check(module, view)

    use_rules(Rule("KI201", frozenset({"predict", "evaluate"}), written=Written("A page.", check)))
    project({"a.py": "import keras\nm.predict(x)\n", "b.py": "import keras\nm.predict(x)\n"})
    assert run("--diff")[0] == 1
    assert seen == [
        ("a.py", "m.predict(x)", False),
        ("b.py", "m.predict(x)", False),
        ("a.py", "m.evaluate(x)", False),
        ("b.py", "m.evaluate(x)", True),
    ]


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
    assert run("--fix", "--extend-select", "KI001") == (0, "", "Fixed 1 finding in 1 file.\n")
    assert (root / "a.py").read_text() == f"import keras\n{after}"
    assert run("--extend-select", "KI001") == (0, "", "")
