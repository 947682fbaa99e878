"""Nothing is left out in silence: what needs a missing package is skipped with a way out, and fails in CI."""

from __future__ import annotations

from pathlib import Path

import pytest

CONFTEST = Path(__file__).parents[1] / "conftest.py"
TESTS = {
    "test_marked": """
        import pytest

        @pytest.mark.backend("no_such_backend")
        def test_other_backend():
            pass
    """,
    "test_inside": """
        import pytest

        def test_needs_it():
            pytest.importorskip("no_such_package")
    """,
    "test_whole_file": """
        import pytest

        pytest.importorskip("no_such_package")
    """,
    "test_too_large": """
        import pytest

        def test_needs_it():
            pytest.importorskip("keras_hub.no_such_part")
    """,
    "test_by_design": """
        import pytest

        def test_elsewhere():
            pytest.skip("Windows only")
    """,
}


@pytest.fixture
def suite(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makeconftest(CONFTEST.read_text(encoding="utf-8"))
    pytester.makepyfile(**TESTS)
    return pytester


def test_elsewhere_a_missing_package_is_a_skip_that_says_what_to_install(
    suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CI", raising=False)
    result = suite.runpytest_inprocess("-rs")
    result.assert_outcomes(skipped=5)
    result.stdout.fnmatch_lines(["*no_such_backend is not installed; to run this test: pip install no_such_backend"])


def test_under_ci_it_is_a_failure(suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    result = suite.runpytest_inprocess("--continue-on-collection-errors")
    result.assert_outcomes(failed=1, errors=2, skipped=2)
    result.stdout.fnmatch_lines(["*CI=true: what the tests need has to be installed: pip install '.[[]test]' torch"])
