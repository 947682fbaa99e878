"""Regular expressions at the top of a module: compiled when they are first used, not when the module is imported.

To compile one takes as long as to import a small module, and most runs use a few of them.
"""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, AnyStr


def lazy_pattern(pattern: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """As `re.compile`."""
    lazy: Any = _Lazy(pattern, flags)
    made: re.Pattern[AnyStr] = lazy
    return made


class _Lazy:
    """Has what a compiled pattern has; a method that was asked for once is found at once the next time."""

    def __init__(self, pattern: Any, flags: int) -> None:
        self._source = (pattern, flags)

    def __getattr__(self, name: str) -> Any:
        found = self.__dict__[name] = getattr(re.compile(*self._source), name)
        return found
