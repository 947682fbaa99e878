"""Every rule of the catalogue, in the order of its code. A new rule is one new file and one line here."""

from __future__ import annotations

from lint_rules.rules import (
    ki101,
    ki102,
    ki103,
    ki104,
    ki201,
    ki202,
    ki203,
    ki204,
    ki205,
    ki206,
    ki401,
    ki402,
    ki403,
    ki404,
    ki405,
    ki406,
    ki407,
)
from lint_rules.rules.base import Rule

RULES: tuple[Rule, ...] = (
    ki101.RULE,
    ki102.RULE,
    ki103.RULE,
    ki104.RULE,
    ki201.RULE,
    ki202.RULE,
    ki203.RULE,
    ki204.RULE,
    ki205.RULE,
    ki206.RULE,
    ki401.RULE,
    ki402.RULE,
    ki403.RULE,
    ki404.RULE,
    ki405.RULE,
    ki406.RULE,
    ki407.RULE,
)
