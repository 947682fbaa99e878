"""What the plugin registers, and that it is there when nobody asks for it."""

from __future__ import annotations

import pytest


def test_every_fixture_is_registered(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest("--fixtures", "-q")
    for name in ("gradient_check", "mode_check", "predict_parity", "inference_cost"):
        result.stdout.fnmatch_lines([f"{name} -- *"])
