"""The pipeline as a whole: what is judged at all, what competes, what is shown, and what bad input comes to."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rule_modules import Written

import lint_rules
from lint_rules import budget
from lint_rules.config import discovery
from lint_rules.config.settings import Overrides, Selection
from lint_rules.findings.diagnostics import Confidence, Diagnostic, Location, Position, Severity
from lint_rules.rules.base import Finding, Rule
from lint_rules.run.pipeline import check
from lint_rules.run.request import Request
from lint_rules.semantics.project.project import Project as View
from lint_rules.semantics.syntax.module_index import Module
from lint_rules.semantics.syntax.module_index import _Walk as Walk

Project = Callable[[dict[str, str]], Path]
HIT = "import keras\nm.predict(x)\n"


def told(*paths: str, **request: object) -> list[tuple[str, str]]:
    """(file, code) of every finding."""
    report = check(Request(paths=paths or (".",), **request))  # type: ignore[arg-type]
    assert report.failures == ()
    return [(Path(found.location.filename).name, found.code) for found in report.diagnostics]


def make_rule(code: str, run: Callable[[Module, View], Iterator[Finding]], *words: str) -> Rule:
    return Rule(code, frozenset(words), written=Written("A page.", run))


def nothing(_module: Module, _project: View) -> Iterator[Finding]:
    return iter(())


# Triage


@pytest.mark.usefixtures("plain_rules")
class TestTriage:
    def test_a_project_that_uses_keras_is_judged(self, project: Project) -> None:
        project({"a.py": "m.predict(x)\n", "b.py": "import tf_keras\n"})
        assert told() == [("a.py", "KI201")]

    def test_a_project_without_keras_is_clean_at_once(self, project: Project) -> None:
        project({"a.py": "import sklearn\nm.predict(x)\n", "b.py": "import torch\n"})
        assert told() == []

    @pytest.mark.parametrize("library", ["segmentation_models", "autokeras", "keras_hub", "tensorflow.keras"])
    def test_libraries_that_build_on_keras_count(self, project: Project, library: str) -> None:
        project({"a.py": f"import {library} as lib\nm.predict(x)\n"})
        assert told() == [("a.py", "KI201")]

    def test_one_file_is_judged_with_the_project_in_view(self, project: Project) -> None:
        project({"setup.py": "", "pkg/a.py": "m.predict(x)\n", "other/b.py": "import keras\n"})
        assert told("pkg/a.py") == [("a.py", "KI201")]

    def test_models_that_the_settings_tell_of_count_without_keras(self, project: Project) -> None:
        project({"pyproject.toml": "[tool.keras-inference]\nmodel-factories = ['zoo.make']", "a.py": "m.predict(x)\n"})
        assert told() == [("a.py", "KI201")]

    def test_a_clean_run_imports_nothing_heavy(self, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
        project({"a.py": "import keras\nkeras.layers.Dense(3)\n"})
        for name in ("lint_rules.source.reader", "lint_rules.rules.registry", "lint_rules.findings.diagnostics"):
            monkeypatch.setitem(__import__("sys").modules, name, None)
        assert check(Request(paths=("a.py", "."))).checked == 1

    def test_every_file_is_read_once(self, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
        root = project({"a.py": HIT, "b.py": "import keras\n", "c.py": HIT})
        opened: list[str] = []
        real = os.open

        def counting(file: str, flags: int, mode: int = 0o777, **keywords: int | None) -> int:
            opened.append(str(file))
            return real(file, flags, mode, **keywords)

        monkeypatch.setattr(os, "open", counting)
        assert told() == [("a.py", "KI201"), ("c.py", "KI201")]
        assert [opened.count(str(root / name)) for name in ("a.py", "b.py", "c.py")] == [1, 1, 1]


def test_a_rule_whose_words_are_not_there_is_not_asked(project: Project, use_rules: Callable[..., None]) -> None:
    asked: list[str] = []

    def noting(code: str) -> Callable[[Module, View], Iterator[Finding]]:
        def run(module: Module, _project: View) -> Iterator[Finding]:
            asked.append(f"{code} {module.path.name}")
            return iter(())

        return run

    use_rules(
        make_rule("KI101", noting("KI101"), "GradientTape"),
        make_rule("KI201", noting("KI201"), "predict", "evaluate"),
        make_rule("KI202", noting("KI202"), "model", "predict"),
    )
    project({"a.py": HIT, "b.py": "import keras\nmodel = make()\n", "c.py": "import keras\npredicted = make()\n"})
    assert told() == []
    assert asked == ["KI201 a.py", "KI202 a.py", "KI202 b.py"]


def test_what_is_not_shown_does_not_compete(project: Project, use_rules: Callable[..., None]) -> None:
    def found(code: str, severity: Severity) -> Callable[[Module, View], Iterator[Finding]]:
        def run(module: Module, _project: View) -> Iterator[Finding]:
            place = Location(str(module.path), Position(2, 1), Position(2, 5))
            yield Finding(Diagnostic(code, "n", "m", severity, Confidence.CERTAIN, place, anchor=place.start))

        return run

    use_rules(
        make_rule("KI104", found("KI104", Severity.INFO), "predict"),
        make_rule("KI202", found("KI202", Severity.WARNING), "predict"),
    )
    project({"a.py": HIT})
    assert told() == [("a.py", "KI202")]
    assert told(overrides=Overrides(severity="info")) == [("a.py", "KI104")]


# What is shown


@pytest.mark.usefixtures("plain_rules")
class TestShown:
    TEXT = "import keras\nmodel.predict(x)\nmodel.predict_on_batch(x)\nmodel.evaluate(x)\n"

    def codes(self, project: Project, **overrides: object) -> list[str]:
        project({"a.py": self.TEXT})
        return [code for _, code in told(overrides=Overrides(**overrides))]  # type: ignore[arg-type]

    def test_warnings_and_what_is_likely_by_default(self, project: Project) -> None:
        assert self.codes(project) == ["KI201", "KI202"]

    def test_severity(self, project: Project) -> None:
        assert self.codes(project, severity="info") == ["KI201", "KI202", "KI203"]
        assert self.codes(project, severity="error") == []

    def test_confidence(self, project: Project) -> None:
        assert self.codes(project, min_confidence="certain") == ["KI201"]

    def test_an_info_rule_that_is_named_is_shown(self, project: Project) -> None:
        assert self.codes(project, selection=Selection(("KI203",))) == ["KI203"]
        assert self.codes(project, selection=Selection(("KI2",))) == ["KI201", "KI202"]

    def test_per_file_ignores(self, project: Project) -> None:
        project({"pyproject.toml": "[tool.keras-inference.per-file-ignores]\n'tests/*' = ['KI2']"})
        project({"tests/a.py": HIT, "tests/b.py": "import keras\nloss.eval()\n", "c.py": HIT})
        assert told() == [("c.py", "KI201"), ("b.py", "KI101")]

    def test_settings_of_the_nearest_file_hold_for_each_file(self, project: Project) -> None:
        project({"a/pyproject.toml": "[tool.keras-inference]\nignore = ['KI201']", "a/x.py": HIT, "b/y.py": HIT})
        assert told() == [("y.py", "KI201")]

    def test_fixes_are_computed_when_wanted(self, project: Project) -> None:
        project({"a.py": HIT})
        without, with_fix = (check(Request(paths=(".",), fixes=wanted)).diagnostics[0] for wanted in (False, True))
        assert without.fix is None
        assert with_fix.fix is not None
        assert with_fix.fix.message == "remove predict"
        assert replace(with_fix, fix=None) == without


# Bad input

BAD = {
    "syntax": (b"def f(:\n    model.predict(x)\n", 1, 7, "syntax error: invalid syntax"),
    "python 2": (
        b'print "x"\n',
        1,
        1,
        "syntax error: Missing parentheses in call to 'print'. Did you mean print(...)? (is this Python 2?)",
    ),
    "encoding": (
        b"x = '\xe9'\n",
        1,
        6,
        "byte 0xe9 is not utf-8: save the file as UTF-8, or name its encoding in the first line "
        "(# -*- coding: latin-1 -*-)",
    ),
    "nul": (b"x = 1\n\0", 2, 1, "the file holds a NUL byte, which no Python text does"),
    "brackets": (b"(" * 500 + b")" * 500, 1, 201, "syntax error: too many nested parentheses"),
    "nesting": (b"-" * 100_000 + b"1\n", 1, 1, "not analysed: it nests too deeply"),
}


@pytest.mark.usefixtures("plain_rules")
class TestBadInput:
    @pytest.mark.parametrize("kind", BAD)
    def test_it_is_a_finding_of_its_own_and_the_rest_goes_on(self, project: Project, kind: str) -> None:
        data, row, column, message = BAD[kind]
        root = project({"good.py": HIT})
        (root / "bad.py").write_bytes(data)
        report = check(Request(paths=(".",)))
        bad, good = report.diagnostics
        assert (bad.code, bad.severity, bad.message) == ("KI000", "error", message)
        assert (bad.location.start.row, bad.location.start.column) == (row, column)
        assert (good.code, report.failures) == ("KI201", ())

    def test_a_broken_notebook(self, project: Project) -> None:
        project({"bad.ipynb": '{"cells": [', "good.py": HIT})
        assert told() == [("bad.ipynb", "KI000"), ("good.py", "KI201")]

    def test_a_notebook_with_a_broken_cell_is_judged_around_it(self, project: Project) -> None:
        cells = ["import keras", "for x in y", "for x in y:\n  m.predict(x)", "print 1"]
        source = ", ".join(f'{{"cell_type": "code", "source": {cell!r}}}' for cell in cells).replace("'", '"')
        project({"n.ipynb": f'{{"cells": [{source}]}}'.replace('\\"', '"')})
        first, second = check(Request(paths=(".",), overrides=Overrides(severity="info"))).diagnostics
        assert (first.code, first.severity, first.location.cell) == ("KI000", "info", 2)
        version = ".".join(map(str, sys.version_info[:2]))
        assert first.message == (
            f"line 1 of cell 2 and 1 more statement do not parse with Python {version} (expected ':'): "
            "the rest of the notebook was judged"
        )
        assert (second.code, second.location.cell, second.location.start) == ("KI201", 3, Position(2, 3))

    def test_a_file_that_cannot_be_opened(self, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
        project({"a.py": HIT, "b.py": HIT})
        real = os.open

        def locked(file: str, flags: int, mode: int = 0o777, **keywords: int | None) -> int:
            if str(file).endswith("a.py"):
                raise PermissionError(13, "Permission denied")
            return real(file, flags, mode, **keywords)

        monkeypatch.setattr(os, "open", locked)
        found = check(Request(paths=(".",))).diagnostics
        assert found[0].message == "cannot be read: Permission denied"
        assert [each.code for each in found] == ["KI000", "KI201"]

    def test_files_that_use_no_keras_may_be_what_they_like_unless_named(self, project: Project) -> None:
        project({"bad.py": "def f(:\n"})
        assert told(".") == []
        assert told("bad.py") == [("bad.py", "KI000")]

    def test_it_can_be_ignored(self, project: Project) -> None:
        project({"pyproject.toml": "[tool.keras-inference.per-file-ignores]\n'bad.py' = ['KI000']", "bad.py": "(\n"})
        assert told("bad.py") == []


def test_a_file_that_takes_too_long_is_told_and_the_rest_goes_on(
    project: Project, use_rules: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def endless(module: Module, _project: View) -> Iterator[Finding]:
        while module.path.name == "a.py":
            try:
                time.perf_counter()
            except Exception:
                continue
        place = module.location(module.tree.body[0])
        yield Finding(Diagnostic("KI201", "n", "m", Severity.WARNING, Confidence.CERTAIN, place))

    monkeypatch.setattr(budget, "SECONDS_PER_FILE", 0.05)
    use_rules(make_rule("KI201", endless, "predict"))
    project({"a.py": HIT, "b.py": HIT})
    assert told() == [("a.py", "KI000"), ("b.py", "KI201")]


@pytest.mark.parametrize(
    ("seconds", "late", "told_of"),
    [
        (None, 2, "more than 0.05 s of processor time:"),
        (None, 7, "(after 5 of them a file gets 0.005 s)"),
        (0.01, 7, ":"),
    ],
)
def test_a_run_tells_of_many_files_that_take_too_long_and_loses_little_to_each(
    seconds: float | None,
    late: int,
    told_of: str,
    project: Project,
    use_rules: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def endless(module: Module, _project: View) -> Iterator[Finding]:
        while True:
            budget.check()
        yield

    monkeypatch.setattr(budget, "SECONDS_PER_FILE", 0.05)
    use_rules(make_rule("KI201", endless, "predict"))
    project({f"m{number}.py": HIT for number in range(late)})
    report = check(Request(paths=(".",), seconds_per_file=seconds))
    messages = [found.message for found in report.diagnostics]
    given = [0.05] * min(late, 5) + [0.005] * (late - 5) if seconds is None else [seconds] * late
    assert messages == [f"not analysed: it takes more than {each} s (--file-timeout gives it more)" for each in given]
    (note,) = report.notes
    assert note.startswith(f"{late} files were not analysed")
    assert told_of in note
    assert ("(after" in note) == (seconds is None and late > 5)
    assert "--file-timeout" in note


def test_an_error_of_one_rule_is_told_once(project: Project, use_rules: Callable[..., None]) -> None:
    def broken(module: Module, _project: View) -> Iterator[Finding]:
        raise KeyError(module.path.name)

    use_rules(make_rule("KI201", broken, "predict"), make_rule("KI202", broken, "predict"))
    root = project({f"m{number}.py": HIT for number in range(4)})
    failures = check(Request(paths=(".",))).failures
    assert [failed.splitlines()[0] for failed in failures] == [
        f"{code} failed on {root / 'm0.py'} and 3 more files; the other rules and files were checked. "
        "Please report this:"
        for code in ("KI201", "KI202")
    ]


def test_an_error_of_our_own_is_told_and_the_rest_goes_on(project: Project, use_rules: Callable[..., None]) -> None:
    def broken(module: Module, _project: View) -> Iterator[Finding]:
        raise KeyError(module.path.name)

    def working(module: Module, _project: View) -> Iterator[Finding]:
        place = module.location(module.tree.body[0])
        yield Finding(Diagnostic("KI202", "n", "m", Severity.WARNING, Confidence.CERTAIN, place))

    use_rules(make_rule("KI201", broken, "predict"), make_rule("KI202", working, "predict"))
    root = project({"a.py": HIT})
    report = check(Request(paths=(".",)))
    assert [found.code for found in report.diagnostics] == ["KI202"]
    assert len(report.failures) == 1
    assert report.failures[0].startswith(f"KI201 failed on {root / 'a.py'}; the other rules and files were checked.")
    assert report.failures[0].endswith("KeyError: 'a.py'")


def test_an_error_outside_the_rules_is_told_too_and_the_rest_goes_on(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    walk = Walk.run

    def broken(self: Walk) -> None:
        if self.module.path.name == "a.py":
            raise KeyError("a node")
        walk(self)

    monkeypatch.setattr(Walk, "run", broken)
    root = project({"a.py": HIT, "b.py": "import keras\nkeras.Sequential([]).predict_generator(x)\n"})
    report = check(Request(paths=(".",)))
    assert [(found.location.filename, found.code) for found in report.diagnostics] == [(str(root / "b.py"), "KI402")]
    assert len(report.failures) == 1
    assert report.failures[0].startswith(f"the analysis failed on {root / 'a.py'}; the other rules and files")


# Standard input


@pytest.mark.usefixtures("plain_rules")
def test_standard_input_stands_for_the_file_on_disk(project: Project) -> None:
    root = project({"pkg/a.py": "x = 1\n", "b.py": "import keras\n", "setup.py": ""})
    report = check(Request(stdin=("pkg/a.py", b"\n\nm.predict(x)\n")))
    assert [(found.location.filename, found.location.start.row) for found in report.diagnostics] == [
        (str(root / "pkg/a.py"), 3)
    ]


# Parts of a run


@pytest.mark.usefixtures("plain_rules")
@settings(max_examples=25)
@given(chosen=st.sets(st.sampled_from(["a.py", "p/b.py", "p/c.py", "q/d.ipynb", "q/e.py"]), min_size=1))
def test_a_part_gives_exactly_what_the_whole_gives_for_it(
    tmp_path_factory: pytest.TempPathFactory, chosen: set[str]
) -> None:
    root = tmp_path_factory.getbasetemp() / "parts"
    files = {
        "setup.py": "",
        "a.py": "m.predict(x)\n",
        "p/b.py": "def f(:\n",
        "p/c.py": "m.predict(x)  # noqa\nloss.eval()\n",
        "q/d.ipynb": '{"cells": [{"cell_type": "code", "source": "m.predict(x)"}]}',
        "q/e.py": "import keras\n",
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    whole = check(Request(paths=(str(root),)))
    part = check(Request(listed=tuple(str(root / name) for name in chosen)))
    inside = {str(root / name) for name in chosen}
    assert part.diagnostics == tuple(found for found in whole.diagnostics if found.location.filename in inside)
    assert part.suppressed == tuple(found for found in whole.suppressed if found.location.filename in inside)


@pytest.mark.usefixtures("plain_rules")
def test_the_project_is_listed_only_when_a_file_needs_it(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project({"a.py": "x = 1\n", "setup.py": "", "b.py": HIT})
    monkeypatch.setattr(discovery, "walk", lambda *_: pytest.fail("nobody asked for the other files"))
    assert told("a.py") == []


# The public functions


@pytest.mark.usefixtures("plain_rules")
def test_the_public_functions(project: Project) -> None:
    root = project({"a.py": HIT})
    (found,) = lint_rules.check_paths([root / "a.py"])
    assert isinstance(found, lint_rules.Diagnostic)
    assert lint_rules.check_paths([str(root)], select=["KI101"]) == []
    (found,) = lint_rules.check_source("import keras\n\nm.predict(x)\n", "a.py")
    assert found.location.start == Position(3, 1)
    assert isinstance(lint_rules.Rule("KI101", written=Written("", nothing)), Rule)
    with pytest.raises(AttributeError):
        lint_rules.nothing_of_the_kind  # noqa: B018


@pytest.mark.filterwarnings("error")
def test_what_python_warns_of_in_the_code_is_not_ours_to_tell() -> None:
    text = "import keras\nmodel = keras.Sequential()\nprint('\\!', model.predict([0]).numpy())\n"
    (found,) = lint_rules.check_source(text, "a.py", fixes=True)
    assert found.code == "KI403"
    assert found.fix is not None


# Anything at all


@pytest.mark.usefixtures("plain_rules")
@settings(max_examples=150, deadline=None)
@given(
    name=st.sampled_from(["a.py", "a.ipynb"]),
    data=st.one_of(
        st.binary(max_size=60),
        st.text(st.sampled_from("predict(x)\n :\\'\"#{}[]\t\0é%!?"), max_size=60).map(str.encode),
        st.text(st.sampled_from('{}[]":,cells ource1\\n'), max_size=60).map(str.encode),
    ),
)
def test_any_bytes_end_in_findings_and_never_in_an_error(
    tmp_path_factory: pytest.TempPathFactory, name: str, data: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "anything" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"# keras predict\n" + data if name == "a.py" else data)
    report = check(Request(paths=(str(path),), fixes=True))
    assert report.failures == ()
    assert report.checked == 1
    assert {found.code for found in report.diagnostics} <= {"KI000", "KI201"}


def test_words_of_standard_input_are_seen_by_the_whole_project(project: Project) -> None:
    """A question that goes through all modules that mention a word finds it in text that is nowhere on disk."""
    root = project({"other.py": "import keras\n"})
    text = (
        b"import keras\nimport tensorflow as tf\n"
        b"net = keras.Sequential([keras.layers.BatchNormalization(), keras.layers.Dense(1)])\n"
        b"with tf.GradientTape() as tape:\n    loss = tf.reduce_mean(net(x))\n"
        b"gradients = tape.gradient(loss, net.trainable_variables)\n"
        b"keras.optimizers.SGD().apply_gradients(zip(gradients, net.trainable_variables))\n"
    )
    report = check(Request(stdin=(str(root / "new.py"), text)))
    assert [found.code for found in report.diagnostics] == ["KI301"]
