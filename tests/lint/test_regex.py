"""A pattern that is compiled late does what one does that is compiled at once."""

from __future__ import annotations

import re
from unittest import mock

import pytest

from lint_rules.regex import lazy_pattern


def test_it_is_a_pattern() -> None:
    lazy, compiled = lazy_pattern(r"(?P<word>a+)b", re.IGNORECASE), re.compile(r"(?P<word>a+)b", re.IGNORECASE)
    text = "xAABab"
    assert [found.group("word") for found in lazy.finditer(text)] == ["AA", "a"] == compiled.findall(text)
    assert lazy.sub("-", text) == compiled.sub("-", text) == "x--"
    assert (lazy.match(text), lazy.pattern, lazy.flags) == (None, compiled.pattern, compiled.flags)
    assert lazy_pattern(rb"\d").search(b"a1") is not None


def test_it_is_compiled_when_it_is_used() -> None:
    with mock.patch("re.compile", side_effect=re.compile) as compile_:
        lazy = lazy_pattern("a")
        compile_.assert_not_called()
        assert lazy.search("a")
        assert lazy.search("ba")
        compile_.assert_called_once_with("a", 0)


def test_a_wrong_pattern_is_told_when_it_is_used() -> None:
    with pytest.raises(re.error):
        lazy_pattern("(").search("a")
