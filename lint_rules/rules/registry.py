"""Every rule of the catalogue, in the order of its code. A new rule is one new file and one line here."""

from __future__ import annotations

from lint_rules.rules import (
    ki101,
    ki102,
    ki104,
    ki201,
    ki202,
    ki203,
    ki204,
    ki301,
    ki302,
    ki303,
    ki304,
    ki305,
    ki306,
    ki307,
    ki401,
    ki402,
    ki403,
)
from lint_rules.rules.base import Rule

RULES: tuple[Rule, ...] = (
    ki101.RULE,
    ki102.RULE,
    ki104.RULE,
    ki201.RULE,
    ki202.RULE,
    ki203.RULE,
    ki204.RULE,
    ki301.RULE,
    ki302.RULE,
    ki303.RULE,
    ki304.RULE,
    ki305.RULE,
    ki306.RULE,
    ki307.RULE,
    ki401.RULE,
    ki402.RULE,
    ki403.RULE,
)
