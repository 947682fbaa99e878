"""Rules that tests make: what the module of a rule would hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from lint_rules.rules.base import Finding


class Written:
    """The page and the check of a rule."""

    def __init__(self, page: str, check: Callable[..., Iterator[Finding]]) -> None:
        self.__doc__ = page
        self._check = check

    def check(self, *asked: object) -> Iterator[Finding]:
        return self._check(*asked)
