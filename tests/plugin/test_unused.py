"""Installed and unused the plugin imports nothing heavy and prints nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("keras", "tf_keras", "tensorflow", "jax", "torch", "numpy", "libcst", "lint_rules", "matplotlib")


def test_a_run_without_keras_imports_nothing_heavy(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_one():\n    pass\n")
    script = (
        "import json, sys, pytest\n"
        "code = pytest.main(['-q'])\n"
        "print('@' + json.dumps([int(code), sorted(sys.modules)]))\n"
    )
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    code, modules = json.loads(result.stdout.rpartition("@")[2])
    assert code == 0
    assert "pytest_keras_inference.plugin" in modules
    assert [name for name in modules if name.partition(".")[0] in HEAVY] == []
    assert [name for name in modules if name.startswith("pytest_keras_inference.")] == [
        "pytest_keras_inference.fault",
        "pytest_keras_inference.importhook",
        "pytest_keras_inference.plugin",
    ]


def test_and_prints_nothing(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_one():\n    pass\n")
    result = pytester.runpytest()
    assert "keras inference" not in result.stdout.str()
    assert result.stderr.str() == ""


def test_the_package_offers_its_functions_lazily() -> None:
    script = (
        "import sys, pytest_keras_inference as package\n"
        "assert package.__all__ == sorted(package.__all__) == dir(package)\n"
        "print([name for name in sys.modules if name.startswith('pytest_keras_inference.')])\n"
    )
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert result.stdout == "[]\n"


def test_every_public_name_is_there(keras_in_process: None) -> None:
    import pytest_keras_inference as package

    for name in package.__all__:
        assert getattr(package, name).__name__ == name
    with pytest.raises(AttributeError, match="has no attribute 'check_everything'"):
        _ = package.check_everything  # type: ignore[attr-defined]


class TestImportWatch:
    """Keras is followed whoever imports it, and however."""

    FAKE = "class Model:\n    def predict(self, x):\n        return x\n"

    def test_keras_imported_by_the_tests(self, pytester: pytest.Pytester) -> None:
        self.fake_keras(pytester)
        pytester.makepyfile(
            """
            import keras


            def test_one():
                assert hasattr(keras.Model.predict, "__wrapped__")
                assert type(keras.__loader__).__name__ == "SourceFileLoader"
                assert keras.Model().predict(1) == 1
            """
        )
        result = pytester.runpytest_subprocess()
        result.assert_outcomes(passed=1)

    def test_keras_imported_before_the_plugin(self, pytester: pytest.Pytester) -> None:
        self.fake_keras(pytester)
        pytester.makepyfile(
            'import sys\n\n\ndef test_one():\n    assert hasattr(sys.modules["keras"].Model.predict, "__wrapped__")\n'
        )
        pytester.makepyfile(early="import keras")
        pytester.runpytest_subprocess("-p", "early").assert_outcomes(passed=1)

    def test_a_keras_that_cannot_be_imported_fails_as_it_would(self, pytester: pytest.Pytester) -> None:
        self.fake_keras(pytester, "raise ImportError('broken build')\n")
        pytester.makepyfile("def test_one():\n    import keras\n")
        result = pytester.runpytest_subprocess()
        result.assert_outcomes(failed=1)
        result.stdout.fnmatch_lines(["E*ImportError: broken build"])

    def test_another_module_called_keras_is_left_alone(self, pytester: pytest.Pytester) -> None:
        self.fake_keras(pytester, "value = 1\n")
        pytester.makepyfile("def test_one():\n    import keras\n    assert keras.value == 1\n")
        result = pytester.runpytest_subprocess()
        result.assert_outcomes(passed=1)
        assert "switched itself off" not in result.stdout.str()

    def fake_keras(self, pytester: pytest.Pytester, text: str = FAKE) -> None:
        pytester.makeini("[pytest]\npythonpath = .\n")
        Path(pytester.path, "keras.py").write_text(text, encoding="utf-8")
