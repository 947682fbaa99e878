"""Allow-lists: what they excuse, and the ones that excuse nothing any more."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Section = Callable[[pytest.RunResult], str]

LOOP = """
import pytest
from loops import loop


{mark}
def test_loop(model, x):
    loop(model, x)
"""
LOOPS = """
def loop(model, x, times=4):
    for i in range(times):
        model.predict(x + i, verbose=0)
"""


@pytest.fixture
def low(with_model: pytest.Pytester) -> pytest.Pytester:
    with_model.makeini("[pytest]\nkeras_inference_threshold = 3\npythonpath = .\n")
    with_model.makepyfile(loops=LOOPS)
    return with_model


def ini(pytester: pytest.Pytester, *lines: str) -> None:
    allow = "".join(f"\n    {line}" for line in lines)
    pytester.makeini(f"[pytest]\nkeras_inference_threshold = 3\npythonpath = .\nkeras_inference_allow ={allow}\n")


class TestExcusing:
    """What is allowed is neither told nor failed."""

    @pytest.mark.parametrize("allow", ['["KI202"]', '["KI101", "KI202"]', '"KI101, KI202"'])
    def test_by_a_marker(self, low: pytest.Pytester, section: Section, allow: str) -> None:
        low.makepyfile(LOOP.format(mark=f"@pytest.mark.keras_inference(allow={allow})"))
        result = low.runpytest("--keras-inference=strict")
        result.assert_outcomes(passed=1)
        assert "predict-per-step" not in section(result)

    def test_by_a_marker_of_the_module(self, low: pytest.Pytester, section: Section) -> None:
        low.makepyfile(LOOP.format(mark="") + 'pytestmark = pytest.mark.keras_inference(allow=["KI202"])\n')
        result = low.runpytest("--keras-inference=strict")
        result.assert_outcomes(passed=1)
        assert section(result) == ""

    @pytest.mark.parametrize("line", ["KI202", "KI101 KI202", "loop*.py: KI202", "loops.py: KI101, KI202  # RL"])
    def test_by_the_ini_file(self, low: pytest.Pytester, section: Section, line: str) -> None:
        ini(low, line)
        low.makepyfile(test_loop=LOOP.format(mark=""))
        result = low.runpytest("--keras-inference=strict")
        result.assert_outcomes(passed=1)
        assert "predict-per-step" not in section(result)

    @pytest.mark.parametrize("line", ["KI201", "other/*.py: KI202"])
    def test_another_rule_or_file_is_not_covered(self, low: pytest.Pytester, line: str) -> None:
        ini(low, line)
        low.makepyfile(test_loop=LOOP.format(mark=""))
        low.runpytest("--keras-inference=strict").assert_outcomes(failed=1)


class TestNoLongerNeeded:
    """After a run of everything in which nothing failed, an allowance that excused nothing is told."""

    QUIET = """
    import pytest


    @pytest.mark.parametrize("n", range(2))
    @pytest.mark.keras_inference(allow=["KI202"])
    def test_quiet(model, x, n):
        model.predict(x, verbose=0)
    """

    def test_a_marker_is_told_once_for_all_parameters(self, low: pytest.Pytester, section: Section) -> None:
        low.makepyfile(test_quiet=self.QUIET)
        assert section(low.runpytest()) == (
            "no longer needed: @pytest.mark.keras_inference on test_quiet.py::test_quiet: allow KI202"
        )

    def test_an_ini_line_is_told_code_by_code(self, low: pytest.Pytester, section: Section) -> None:
        ini(low, "KI202", "agents/*.py: KI201, KI204")
        low.makepyfile(test_loop=LOOP.format(mark=""))
        assert section(low.runpytest()).splitlines() == [
            "no longer needed: keras_inference_allow = agents/*.py: KI201",
            "no longer needed: keras_inference_allow = agents/*.py: KI204",
        ]

    def test_one_parameter_that_needs_it_is_enough(self, low: pytest.Pytester, section: Section) -> None:
        low.makepyfile(
            """
            import pytest
            from loops import loop


            @pytest.mark.parametrize("n", [1, 4])
            @pytest.mark.keras_inference(allow=["KI202"])
            def test_some(model, x, n):
                loop(model, x, n)
            """
        )
        assert section(low.runpytest()) == ""

    @pytest.mark.parametrize("arguments", [["-k", "quiet"], ["test_quiet.py"], ["test_quiet.py::test_quiet"]])
    def test_a_part_of_the_tests_proves_nothing(
        self, low: pytest.Pytester, section: Section, arguments: list[str]
    ) -> None:
        low.makepyfile(test_quiet=self.QUIET)
        assert section(low.runpytest(*arguments)) == ""

    def test_nor_does_a_run_with_failures(self, low: pytest.Pytester, section: Section) -> None:
        low.makepyfile(test_quiet=self.QUIET, test_red="def test_red():\n    assert False\n")
        assert section(low.runpytest()) == ""

    def test_nor_does_a_skipped_test(self, low: pytest.Pytester, section: Section) -> None:
        low.makepyfile(
            """
            import pytest


            @pytest.mark.keras_inference(allow=["KI202"])
            def test_skipped(model, x):
                model.predict(x, verbose=0)
                pytest.skip("no display")
            """
        )
        assert section(low.runpytest()) == ""


class TestWrongAllowances:
    """A typo is told before anything runs, with the place and the way out."""

    @pytest.mark.parametrize(
        ("mark", "told"),
        [
            (
                '@pytest.mark.keras_inference(allow=["KI999"])',
                "ERROR: @pytest.mark.keras_inference on test_wrong.py::test_loop: there is no rule 'KI999'; "
                "a run can find KI101, KI102, *",
            ),
            (
                '@pytest.mark.keras_inference("KI202")',
                "ERROR: @pytest.mark.keras_inference on test_wrong.py::test_loop: it takes allow=[[]...] and nothing "
                "else",
            ),
            (
                "@pytest.mark.keras_inference(allow=[])",
                "ERROR: @pytest.mark.keras_inference on test_wrong.py::test_loop: names no rule code",
            ),
        ],
    )
    def test_in_a_marker(self, pytester: pytest.Pytester, mark: str, told: str) -> None:
        pytester.makepyfile(test_wrong=LOOP.format(mark=mark).replace("from loops import loop\n", ""))
        result = pytester.runpytest()
        assert result.ret == pytest.ExitCode.USAGE_ERROR
        result.stderr.fnmatch_lines([told])
