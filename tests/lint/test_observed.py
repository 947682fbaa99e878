"""`--observations`: findings that a test run has seen, findings that only the run has, and places out of date."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lint_rules.cli import main

Project = Callable[[dict[str, str]], Path]
PlaceOf = Callable[..., dict[str, Any]]
WriteRun = Callable[..., None]
Check = Callable[..., list[str]]

pytestmark = pytest.mark.usefixtures("plain_rules")


@pytest.fixture
def check(capsys: pytest.CaptureFixture[str]) -> Check:
    """Run `check --observations seen.json` and give its findings in order: `file:row CODE` and what was seen."""

    def run(*arguments: str) -> list[str]:
        capsys.readouterr()
        main(["check", "--observations", "seen.json", "--output-format", "concise", *arguments])
        shown = []
        for line in capsys.readouterr().out.splitlines():
            place, _, text = line.partition(": ")
            seen = text.rpartition(" (seen ")[2].rstrip(")") if " (seen " in text else ""
            shown.append(f"{place.rpartition(':')[0]} {text.split()[0]} {seen}".rstrip())
        return shown

    return run


@pytest.fixture
def as_json(capsys: pytest.CaptureFixture[str]) -> Callable[..., list[dict[str, Any]]]:
    """The findings as `--output-format json` writes them."""

    def run(*arguments: str) -> list[dict[str, Any]]:
        main(["check", "--observations", "seen.json", "--output-format", "json", *arguments])
        return list(json.loads(capsys.readouterr().out))

    return run


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Let a text come from standard input."""
    return lambda text: monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))


SEEN = "at run time: 20 calls of 1 row, 2.0 s"
ONLY = "only at run time: 20 calls of 1 row, 2.0 s; in test_a.py::test_one"
HIT = "import keras\nm.predict(x)\n"
MISSED = "import keras\nm.go(x)\n"
"""What no rule of these tests finds, so that only a run can."""


class TestMeasured:
    """Findings of the linter that the run has seen."""

    def test_what_was_measured_comes_with_the_finding(
        self, project: Project, place_of: PlaceOf, write_run: WriteRun, as_json: Any
    ) -> None:
        project({"a.py": HIT})
        tests = ["test_b.py::test_two", "test_a.py::test_one"]
        findings = [{"code": "KI201", "message": "m", "instead": "i", "speedup": 70.25, "allowed": True}]
        other = place_of("a.py", 2, seconds=6.0, location={"row": 9, "column": 1})
        write_run(place_of("a.py", 2, max_rows=8, tests=tests, findings=findings), other)
        (found,) = as_json()
        assert found["observed"] == {
            "calls": 20,
            "max_rows": 8,
            "min_rows": 1,
            "only_at_run_time": False,
            "seconds": 2.0,
            "share": 0.25,
            "speedup": 70.25,
            "tests": ["test_a.py::test_one", "test_b.py::test_two"],
        }

    def test_worst_time_comes_first_for_people_and_the_place_for_machines(
        self, project: Project, place_of: PlaceOf, write_run: WriteRun, check: Check, as_json: Any
    ) -> None:
        project({"a.py": f"{HIT}m.predict(y)\n", "b.py": HIT, "c.py": HIT})
        write_run(place_of("a.py", 3), place_of("c.py", 2, seconds=61.0, calls=1200))
        assert check() == [
            "c.py:2 KI201 at run time: 1,200 calls of 1 row, 61.0 s",
            f"a.py:3 KI201 {SEEN}",
            "a.py:2 KI201",
            "b.py:2 KI201",
        ]
        rows = [(Path(each["filename"]).name, each["location"]["row"], "observed" in each) for each in as_json()]
        assert rows == [("a.py", 2, False), ("a.py", 3, True), ("b.py", 2, False), ("c.py", 2, True)]

    def test_two_calls_in_a_line_are_told_apart(
        self, project: Project, place_of: PlaceOf, write_run: WriteRun, as_json: Any
    ) -> None:
        project({"a.py": "import keras\nm.predict(x), m.predict(y)\n"})
        write_run(place_of("a.py", 2))
        assert [(each["location"]["column"], "observed" in each) for each in as_json()] == [(1, True), (15, False)]

    def test_a_call_whose_columns_are_not_known_is_met_by_its_row(
        self, project: Project, place_of: PlaceOf, write_run: WriteRun, check: Check
    ) -> None:
        project({"a.py": f"{HIT}m.predict(x)\n"})
        row = {"row": 2, "column": None}
        write_run(place_of("a.py", 2, location=row, end_location=row))
        assert check() == [f"a.py:2 KI201 {SEEN}", "a.py:3 KI201"]

    def test_a_chain_over_several_rows_starts_for_python_at_its_last_name(
        self, project: Project, place_of: PlaceOf, write_run: WriteRun, check: Check
    ) -> None:
        project({"a.py": "import keras\n(agents[m.predict(0)]\n .predict(x))\n"})
        chain = place_of("a.py", 2, line=" .predict(x))", code=".predict(x))", seconds=3.0)
        chain |= {"location": {"row": 3, "column": 3}, "end_location": {"row": 3, "column": 13}}
        inner = place_of("a.py", 2, code="(agents[m.predict(0)]")
        inner |= {"location": {"row": 2, "column": 9}, "end_location": {"row": 2, "column": 21}}
        write_run(chain, inner)
        assert check() == ["a.py:2 KI201 at run time: 20 calls of 1 row, 3.0 s", f"a.py:2 KI201 {SEEN}"]

    def test_a_finding_around_a_call_has_its_figures_unless_it_has_its_own(
        self, project: Project, place_of: PlaceOf, write_run: WriteRun, check: Check
    ) -> None:
        project({"a.py": "import keras\neval(m.go(x))\nm.predict(\n    m.go(x))\n"})
        outer = place_of("a.py", 3, seconds=9.0)
        write_run(place_of("a.py", 2), outer, place_of("a.py", 4))
        assert check() == ["a.py:3 KI201 at run time: 20 calls of 1 row, 9.0 s", f"a.py:2 KI101 {SEEN}"]

    def test_what_is_done_with_a_prediction_has_the_figures_of_the_call_that_it_starts_with(
        self, project: Project, place_of: PlaceOf, write_run: WriteRun, check: Check
    ) -> None:
        project({"a.py": "import keras\nm.go(m.went(x)).eval(y)\n"})
        go, went = place_of("a.py", 2), place_of("a.py", 2)
        go["end_location"]["column"], went["end_location"]["column"] = 16, 15
        write_run(go, went | {"location": {"row": 2, "column": 6}})
        assert check() == [f"a.py:2 KI101 {SEEN}"]

    def test_a_comment_in_the_line_is_no_call(
        self, project: Project, place_of: PlaceOf, write_run: WriteRun, check: Check
    ) -> None:
        project({"a.py": "import keras\nm.go(x)  # noqa: KI201\n"})
        row = {"row": 2, "column": None}
        write_run(place_of("a.py", 2, location=row, end_location=row))
        assert check("--extend-select", "KI001") == ["a.py:2 KI001"]

    def test_several_ways_of_calling_at_one_place_are_added_up(
        self, project: Project, place_of: PlaceOf, write_run: WriteRun, as_json: Any
    ) -> None:
        project({"a.py": HIT})
        unknown = place_of("a.py", 2, min_rows=None, max_rows=None, seconds=0.5)
        write_run(place_of("a.py", 2, min_rows=2, max_rows=7), unknown)
        observed = as_json()[0]["observed"]
        assert [observed[key] for key in ("calls", "min_rows", "max_rows", "seconds")] == [40, 2, 7, 2.5]

    def test_a_silenced_finding_is_measured_too(
        self, project: Project, place_of: PlaceOf, write_run: WriteRun, capsys: pytest.CaptureFixture[str]
    ) -> None:
        project({"a.py": "import keras\nm.predict(x)  # noqa: KI201\n"})
        write_run(place_of("a.py", 2))
        assert main(["check", "--observations", "seen.json", "--output-format", "sarif"]) == 0
        (result,) = json.loads(capsys.readouterr().out)["runs"][0]["results"]
        assert (result["rank"], result["suppressions"]) == (100.0, [{"kind": "inSource"}])

    def test_standard_input_is_the_text_of_its_file(
        self,
        project: Project,
        place_of: PlaceOf,
        write_run: WriteRun,
        capsys: pytest.CaptureFixture[str],
        typed: Callable[[str], None],
    ) -> None:
        project({"a.py": HIT})
        write_run(place_of("a.py", 2))
        for text, seen in ((HIT, True), ("import keras\nm.predict(y)\n", False)):
            typed(text)
            main(["check", "--observations", "seen.json", "--stdin-filename", "a.py", "-"])
            shown = capsys.readouterr()
            assert ("seen at run time" in shown.out, "changed since the run" in shown.err) == (seen, not seen)

    def test_after_a_repair_the_figures_of_its_line_are_out_of_date(
        self, project: Project, place_of: PlaceOf, write_run: WriteRun, capsys: pytest.CaptureFixture[str]
    ) -> None:
        project({"a.py": HIT, "b.py": MISSED})
        write_run(place_of("a.py", 2), place_of("b.py", 2, found=("KI202",)))
        assert main(["check", "--observations", "seen.json", "--fix", "--output-format", "concise"]) == 1
        shown = capsys.readouterr()
        assert shown.err == (
            "Fixed 1 finding in 1 file.\n"
            "keras-inference: --observations seen.json: changed since the run and left out: a.py:2 (1 of 2 places); "
            "run the program or its tests again\n"
        )
        assert shown.out.startswith("b.py:2:1: KI202 ")

    def test_what_is_left_of_standard_input_is_what_a_run_over_it_would_tell(
        self,
        project: Project,
        place_of: PlaceOf,
        write_run: WriteRun,
        capsys: pytest.CaptureFixture[str],
        typed: Callable[[str], None],
    ) -> None:
        text = "import keras\nm.predict(y)\nm.go(x)\nm.predict(x)  # noqa: KI201\n"
        project({"a.py": text})
        write_run(place_of("a.py", 3, found=("KI202",)), place_of("a.py", 4, found=("KI202",)))
        typed(text)
        stdin = ["--stdin-filename", "a.py", "-", "--output-format", "concise"]
        assert main(["check", "--observations", "seen.json", "--fix", *stdin]) == 1
        shown = capsys.readouterr()
        assert shown.out == text.replace("m.predict(y)", "pass")
        assert [line.partition(" KI")[0] for line in shown.err.splitlines() if " KI" in line] == ["a.py:3:1:"]


class TestOnlyTheRun:
    """Findings where the linter has none."""

    def test_it_has_the_code_and_the_texts_of_its_rule(
        self, project: Project, place_of: PlaceOf, write_run: WriteRun, as_json: Any
    ) -> None:
        project({"a.py": "import keras\nif m:\n    y = m.go(x)\n"})
        write_run(place_of("a.py", 3, found=("KI202",)))
        (found,) = as_json()
        assert found.pop("filename").endswith("a.py")
        assert found.pop("observed")["only_at_run_time"] is True
        assert found == {
            "cell": None,
            "code": "KI202",
            "confidence": "certain",
            "end_location": {"column": 16, "row": 3},
            "fix": None,
            "location": {"column": 9, "row": 3},
            "message": "predict() runs once per step of a loop: seen so. Instead: do better.",
            "name": "predict-per-step",
            "noqa_row": 3,
            "severity": "warning",
            "trace": [],
            "url": "https://pytest-keras-inference.github.io/pytest-keras-inference/rules/predict-per-step/",
        }

    def test_the_whole_line_is_its_place_where_columns_are_not_known(
        self, project: Project, place_of: PlaceOf, write_run: WriteRun, as_json: Any
    ) -> None:
        project({"a.py": "import keras\nif m:\n    y = m.go(x)  # so\n"})
        row = {"row": 3, "column": None}
        write_run(place_of("a.py", 3, found=("KI102",), location=row, end_location=row))
        (found,) = as_json()
        assert (found["location"]["column"], found["end_location"]) == (5, {"row": 3, "column": 22})

    def test_a_file_without_a_word_of_keras_can_have_one(
        self, project: Project, place_of: PlaceOf, write_run: WriteRun, check: Check
    ) -> None:
        project({"a.py": "def act(m, x):\n    return m.go(x)\n"})
        write_run(place_of("a.py", 2, found=("KI202",)))
        assert check() == [f"a.py:2 KI202 {ONLY}"]

    def test_what_the_project_allows_is_none(
        self, project: Project, place_of: PlaceOf, write_run: WriteRun, check: Check
    ) -> None:
        project({"a.py": MISSED})
        place = place_of("a.py", 2, found=("KI202",))
        place["findings"][0]["allowed"] = True
        write_run(place)
        assert check() == []

    @pytest.mark.parametrize(
        ("line", "verdict", "codes"),
        [
            pytest.param("m.predict(x)", "KI202", ["KI201"], id="the same family at the same call"),
            pytest.param("m.predict(x), m.go(x)", "KI202", ["KI201"], id="the same family in the same line"),
            pytest.param("m.predict(x)", "KI101", ["KI201", "KI101"], id="another family"),
            pytest.param("eval(m.go(x))", "KI202", ["KI101"], id="a lost gradient says it all"),
            pytest.param("m.predict(x)  # noqa: KI201", "KI202", [], id="a silenced finding is one too"),
        ],
    )
    def test_where_the_linter_has_a_finding_of_the_kind_there_is_none(
        self,
        project: Project,
        place_of: PlaceOf,
        write_run: WriteRun,
        as_json: Any,
        line: str,
        verdict: str,
        codes: list[str],
    ) -> None:
        project({"a.py": f"import keras\n{line}\n"})
        place = place_of("a.py", 2, found=(verdict,))
        if "go" in line:
            start = line.index("m.go")
            place |= {"location": {"row": 2, "column": start + 1}, "end_location": {"row": 2, "column": start + 8}}
        write_run(place)
        assert sorted(each["code"] for each in as_json()) == sorted(codes)

    @pytest.mark.parametrize(
        ("verdicts", "code"),
        [(("KI202", "KI201"), "KI201"), (("KI202", "KI101"), "KI101"), (("KI104", "KI102"), "KI102")],
    )
    def test_one_call_has_one_finding_of_a_family(
        self,
        project: Project,
        place_of: PlaceOf,
        write_run: WriteRun,
        check: Check,
        verdicts: tuple[str, ...],
        code: str,
    ) -> None:
        project({"a.py": MISSED})
        write_run(place_of("a.py", 2, found=verdicts))
        assert check("--severity", "info") == [f"a.py:2 {code} {ONLY}"]

    @pytest.mark.parametrize(
        ("name", "function", "code", "told"),
        [
            ("test_a.py", "module level", "KI202", False),
            ("a.py", "TestAgent.test_plays.inner", "KI202", False),
            ("a.py", "Agent.act", "KI202", True),
            ("test_a.py", "test_learns", "KI101", True),
        ],
    )
    def test_loops_of_the_tests_themselves_are_left_to_the_run(
        self,
        project: Project,
        place_of: PlaceOf,
        write_run: WriteRun,
        check: Check,
        name: str,
        function: str,
        code: str,
        told: bool,
    ) -> None:
        project({name: MISSED})
        write_run(place_of(name, 2, found=(code,), function=function))
        assert check() == ([f"{name}:2 {code} {ONLY}"] if told else [])


class TestRulesOfTheHouse:
    """What only the run has found obeys settings, comments and baseline like everything else."""

    @pytest.fixture
    def only(self, project: Project, place_of: PlaceOf, write_run: WriteRun) -> Callable[..., None]:
        """A file, by default `a.py`, with a call that only the run finds fault with."""

        def make(code: str = "KI202", line: str = "m.go(x)", name: str = "a.py") -> None:
            project({name: f"import keras\n{line}\n"})
            write_run(place_of(name, 2, found=(code,)))

        return make

    @pytest.mark.parametrize(
        ("code", "arguments", "told"),
        [
            ("KI202", [], True),
            ("KI202", ["--ignore", "KI202"], False),
            ("KI202", ["--select", "KI1"], False),
            ("KI202", ["--severity", "error"], False),
            ("KI202", ["--min-confidence", "certain"], True),
            ("KI202", ["--per-file-ignores", "pkg/*:KI2"], False),
            ("KI202", ["--exclude", "pkg"], False),
            ("KI104", [], False),
            ("KI104", ["--severity", "info"], True),
            ("KI104", ["--extend-select", "KI104"], True),
        ],
    )
    def test_options(
        self, only: Callable[..., None], check: Check, code: str, arguments: list[str], told: bool
    ) -> None:
        only(code, name="pkg/a.py")
        assert check(*arguments) == ([f"pkg/a.py:2 {code} {ONLY}"] if told else [])

    def test_settings(self, only: Callable[..., None], project: Project, check: Check) -> None:
        project({"pyproject.toml": "[tool.keras-inference]\nper-file-ignores = {'a.py' = ['KI202']}\n"})
        only()
        assert check() == []

    @pytest.mark.parametrize("comment", ["# noqa: KI202", "# noqa", "# keras-inference: noqa: KI2"])
    def test_comments(
        self, only: Callable[..., None], capsys: pytest.CaptureFixture[str], check: Check, comment: str
    ) -> None:
        only(line=f"m.go(x)  {comment}")
        assert main(["check", "--observations", "seen.json"]) == 0
        assert capsys.readouterr().out == "No findings in 1 file (1 suppressed).\n"
        assert check("--ignore-noqa") == [f"a.py:2 KI202 {ONLY}"]

    def test_comments_that_the_run_needs_are_not_unused(self, only: Callable[..., None], check: Check) -> None:
        only(line="m.go(x)  # noqa: KI202")
        assert main(["check", "--extend-select", "KI001"]) == 1
        assert check("--extend-select", "KI001") == []

    def test_what_is_left_of_a_comment_is_what_the_run_needs(self, only: Callable[..., None], as_json: Any) -> None:
        only(line="m.go(x)  # noqa: KI202, KI101\nm.predict(x)  # noqa: KI201")
        (found,) = as_json("--extend-select", "KI001")
        assert found["message"] == "`# noqa: KI101` silences nothing: remove it"
        assert [edit["content"] for edit in found["fix"]["edits"]] == ["# noqa: KI202"]

    def test_comments_can_be_written(
        self, only: Callable[..., None], place_of: PlaceOf, write_run: WriteRun, check: Check
    ) -> None:
        only()
        assert main(["check", "--observations", "seen.json", "--add-noqa"]) == 0
        assert Path("a.py").read_text() == "import keras\nm.go(x)  # noqa: KI202\n"
        write_run(place_of("a.py", 2, found=("KI202",)))  # the run after that
        assert check() == []

    def test_a_baseline_knows_them(
        self, only: Callable[..., None], capsys: pytest.CaptureFixture[str], check: Check
    ) -> None:
        only()
        arguments = ["check", "--observations", "seen.json", "--baseline", "known.json"]
        assert main([*arguments, "--write-baseline"]) == 0
        assert main(arguments) == 0
        assert capsys.readouterr().out.splitlines()[-1] == "No findings in 1 file (1 in the baseline)."

    def test_a_repair_next_to_a_comment_that_silences_them_is_not_offered(
        self, project: Project, place_of: PlaceOf, write_run: WriteRun, as_json: Any
    ) -> None:
        project({"a.py": "import keras\nm.predict(x), m.go(x)  # noqa: KI102\n"})
        write_run(place_of("a.py", 2, found=("KI102",)))
        assert [(each["code"], each["fix"] is None) for each in as_json()] == [("KI201", True)]


class TestOutOfDate:
    """Places whose lines are not what they were."""

    @pytest.fixture
    def told(self, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
        """Exit code, standard output and standard error of a run."""

        def run(*arguments: str) -> tuple[int, str, str]:
            code = main(["check", "--observations", "seen.json", "--output-format", "concise", *arguments])
            shown = capsys.readouterr()
            return code, shown.out, shown.err

        return run

    @pytest.mark.parametrize(
        "text",
        [
            pytest.param("import keras\nm.go(\n    y)\n", id="another second line"),
            pytest.param("import keras\nm.went(\n    x)\n", id="another first line"),
            pytest.param("import keras\nif m:\n  m.go(\n      x)\n", id="shifted"),
            pytest.param("import keras\n", id="shorter"),
            pytest.param("import keras\n\tm.go(\n    x)\n", id="indented"),
        ],
    )
    def test_a_changed_line_is_told_once_and_proves_nothing(
        self, project: Project, place_of: PlaceOf, write_run: WriteRun, told: Any, text: str
    ) -> None:
        project({"a.py": "import keras\nm.go(\n    x)\n", "b.py": "x = 1\n"})
        write_run(place_of("a.py", 2, found=("KI101", "KI202")))
        Path("a.py").write_text(text, encoding="utf-8")
        assert told("--ignore", "KI000") == (
            0,
            "",
            "keras-inference: --observations seen.json: changed since the run and left out: a.py:2 (1 of 1 places); "
            "run the program or its tests again\n",
        )

    def test_blanks_at_the_end_of_a_line_are_no_change(
        self, project: Project, place_of: PlaceOf, write_run: WriteRun, check: Check
    ) -> None:
        project({"a.py": HIT})
        write_run(place_of("a.py", 2))
        Path("a.py").write_text("import keras\nm.predict(x) \t\n", encoding="utf-8")
        assert check() == [f"a.py:2 KI201 {SEEN}"]

    def test_a_finding_in_a_changed_line_stays_without_figures(
        self, project: Project, place_of: PlaceOf, write_run: WriteRun, told: Any
    ) -> None:
        project({"a.py": HIT})
        write_run(place_of("a.py", 2))
        project({"a.py": "import keras\nm.predict(y)\n"})
        assert told()[:2] == (1, "a.py:2:1: KI201 predict is called\n")

    def test_a_file_that_is_gone(self, project: Project, place_of: PlaceOf, write_run: WriteRun, told: Any) -> None:
        project({"a.py": HIT, "b.py": MISSED})
        write_run(place_of("b.py", 2, found=("KI202",)), place_of("a.py", 2))
        Path("b.py").unlink()
        code, out, err = told()
        assert (code, out) == (1, f"a.py:2:1: KI201 predict is called (seen {SEEN})\n")
        assert ": b.py:2 (1 of 2 places);" in err

    def test_three_are_named_and_the_others_counted(
        self, project: Project, place_of: PlaceOf, write_run: WriteRun, told: Any
    ) -> None:
        names = [f"{letter}.py" for letter in "abcde"]
        project(dict.fromkeys(names, MISSED))
        write_run(*(place_of(name, 2) for name in names))
        project(dict.fromkeys(names, "import keras\n"))
        err = told()[2]
        assert ": a.py:2, b.py:2, c.py:2 and 2 more (5 of 5 places);" in err

    @pytest.mark.parametrize("option", ["--write-baseline", "--add-noqa", "--diff"])
    def test_it_is_told_whatever_is_written(
        self, project: Project, place_of: PlaceOf, write_run: WriteRun, told: Any, option: str
    ) -> None:
        project({"a.py": HIT})
        write_run(place_of("a.py", 2, line="other"))
        assert told(option)[2].count("changed since the run and left out: a.py:2") == 1

    def test_files_that_are_not_checked_are_not_spoken_of(
        self, project: Project, place_of: PlaceOf, write_run: WriteRun, told: Any
    ) -> None:
        project({"a.py": MISSED, "b.py": MISSED})
        write_run(place_of("a.py", 2, found=("KI202",)), place_of("b.py", 2, line="other"))
        code, out, err = told("a.py")
        assert (code, out.count("\n"), err) == (1, 1, "")
        project({"c.py": MISSED})
        write_run(place_of("a.py", 2), place_of("b.py", 2), root="/ci/build")
        assert told("c.py") == (0, "", "")

    def test_calls_without_source_are_not_spoken_of(
        self, project: Project, place_of: PlaceOf, write_run: WriteRun, told: Any
    ) -> None:
        project({"a.py": HIT})
        nowhere = {"row": 0, "column": 0}
        unknown = {"filename": "<unknown>", "path": None, "line": "", "code": ""}
        write_run(place_of("a.py", 2, location=nowhere, end_location=nowhere, **unknown))
        assert told() == (1, "a.py:2:1: KI201 predict is called\n", "")

    def test_a_notebook_is_another_text_for_the_run(
        self, project: Project, place_of: PlaceOf, write_run: WriteRun, told: Any
    ) -> None:
        cell = {"cell_type": "code", "source": ["import keras\n", "m.go(x)"], "metadata": {}, "outputs": []}
        notebook = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
        project({"a.py": MISSED, "n.ipynb": json.dumps(notebook)})
        write_run(place_of("a.py", 2, found=("KI202",), path="n.ipynb"))
        code, out, err = told()
        assert (code, out, "left out: n.ipynb:2" in err) == (0, "", True)

    def test_a_place_without_source_matches_no_blank_line(
        self, project: Project, place_of: PlaceOf, write_run: WriteRun, told: Any
    ) -> None:
        project({"a.py": MISSED})
        write_run(place_of("a.py", 2, found=("KI202",), line="", code=""))
        Path("a.py").write_text("import keras\n\n", encoding="utf-8")
        assert told()[:2] == (0, "")


class TestAnotherCheckout:
    """A run on another machine, or in another folder, saw the same files."""

    def test_the_root_is_not_here(self, project: Project, place_of: PlaceOf, write_run: WriteRun, check: Check) -> None:
        project({"pkg/a.py": HIT})
        write_run(place_of("pkg/a.py", 2, filename="/ci/build/pkg/a.py"), root="/ci/build")
        assert check() == [f"pkg/a.py:2 KI201 {SEEN}"]
        assert check("pkg/a.py") == [f"pkg/a.py:2 KI201 {SEEN}"]

    def test_the_root_was_a_folder_of_windows(
        self, project: Project, place_of: PlaceOf, write_run: WriteRun, check: Check
    ) -> None:
        project({"api/pkg/a.py": HIT})
        place = place_of("api/pkg/a.py", 2, filename="D:\\ci\\api\\pkg\\a.py", path="pkg/a.py")
        write_run(place, root="D:/ci/api")
        assert check() == [f"api/pkg/a.py:2 KI201 {SEEN}"]

    def test_the_command_runs_below_the_root(
        self,
        project: Project,
        place_of: PlaceOf,
        write_run: WriteRun,
        check: Check,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        root = project({"pyproject.toml": "[tool.keras-inference]\n", "pkg/a.py": HIT})
        place = place_of("pkg/a.py", 2)
        monkeypatch.chdir(root / "pkg")
        write_run(place, root="/ci/build")
        assert check() == [f"a.py:2 KI201 {SEEN}"]

    def test_the_root_was_one_package_of_many(
        self, project: Project, place_of: PlaceOf, write_run: WriteRun, check: Check
    ) -> None:
        project({"packages/one/a.py": HIT, "packages/two/a.py": HIT})
        place = place_of("packages/two/a.py", 2, path="a.py", filename="/ci/build/packages/two/a.py")
        write_run(place, root="/ci/build/packages/two")
        assert check() == [f"packages/two/a.py:2 KI201 {SEEN}", "packages/one/a.py:2 KI201"]

    def test_the_root_is_here_and_another_checkout_is_checked(
        self,
        project: Project,
        place_of: PlaceOf,
        write_run: WriteRun,
        check: Check,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        root = project({"one/a.py": HIT, "two/a.py": HIT})
        place = place_of("one/a.py", 2, path="a.py")
        monkeypatch.chdir(root / "two")
        write_run(place, root=str(root / "one"))
        assert check() == [f"a.py:2 KI201 {SEEN}"]
        assert check("../one/a.py") == [f"{root / 'one' / 'a.py'}:2 KI201 {SEEN}"]

    def test_a_file_beside_the_root(
        self, project: Project, place_of: PlaceOf, write_run: WriteRun, check: Check
    ) -> None:
        """As where pytest's root is the folder of the tests."""
        root = project({"src/a.py": HIT, "tests/test_a.py": HIT})
        write_run(place_of("src/a.py", 2, path=None), root=str(root / "tests"))
        assert check("src") == [f"src/a.py:2 KI201 {SEEN}"]
        beside = place_of("src/a.py", 2, path=None, filename="/ci/build/src/a.py")
        write_run(beside, place_of("tests/test_a.py", 2, path="test_a.py"), root="/ci/build/tests")
        assert check() == [f"src/a.py:2 KI201 {SEEN}", f"tests/test_a.py:2 KI201 {SEEN}"]

    def test_a_file_beside_the_root_of_another_checkout(
        self, project: Project, place_of: PlaceOf, write_run: WriteRun, check: Check
    ) -> None:
        root = project({"old/deep/lib/a.py": HIT, "old/deep/one/b.py": HIT, "b.py": HIT})
        lib = place_of("old/deep/lib/a.py", 2, path=None)
        write_run(lib, place_of("b.py", 2, path="b.py"), root=str(root / "old" / "deep" / "one"))
        assert check("b.py", "old/deep/lib") == [f"b.py:2 KI201 {SEEN}", f"old/deep/lib/a.py:2 KI201 {SEEN}"]

    def test_a_file_far_from_the_root_is_not_spoken_of(
        self, project: Project, place_of: PlaceOf, write_run: WriteRun, capsys: pytest.CaptureFixture[str]
    ) -> None:
        project({"a.py": HIT})
        write_run(place_of("a.py", 2, path=None, filename="/tmp/gone/plugin.py"), root="/ci/build")
        main(["check", "--observations", "seen.json", "--output-format", "concise"])
        assert capsys.readouterr() == ("a.py:2:1: KI201 predict is called\n", "")
