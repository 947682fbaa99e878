"""A codemod of LibCST for every rule that has a fix.

```shell
python -m libcst.tool codemod --no-format -x lint_rules.bridges.codemods.NumpyOnPredict .
```

The class is called as the rule is; `--unsafe-fixes` applies those that may change behaviour too. What is fixed is what
`keras-inference check --select RULE --fix` fixes: settings and comments count, and the whole project is in view.
https://libcst.readthedocs.io/en/latest/codemods.html
"""

from __future__ import annotations

import argparse
from functools import cache
from typing import ClassVar

import libcst as cst
from libcst.codemod import CodemodCommand, CodemodContext, SkipFile

from lint_rules.api import Session
from lint_rules.rules.pages import class_name, has_fix
from lint_rules.rules.registry import RULES
from pytest_keras_inference.vocabulary import TEXTS


class FixRule(CodemodCommand):
    """Applies the fixes of one rule to a file; a class for each rule with a fix is made below."""

    CODE: ClassVar[str]

    def __init__(self, context: CodemodContext, unsafe_fixes: bool = False) -> None:
        super().__init__(context)
        self.unsafe_fixes = unsafe_fixes

    def __init_subclass__(cls) -> None:
        text = TEXTS[cls.CODE]
        cls.DESCRIPTION = f"{cls.CODE} {text.name}: {text.summary}. Instead: {text.instead}."

    @staticmethod
    def add_args(arg_parser: argparse.ArgumentParser) -> None:
        arg_parser.add_argument("--unsafe-fixes", action="store_true", help="apply fixes that may change behaviour too")

    def transform_module_impl(self, tree: cst.Module) -> cst.Module:
        """The module with what the rule finds repaired.

        Raises:
            SkipFile: the name of the file is not known, as on standard input.
        """
        if self.context.filename is None:
            raise SkipFile("the project around a file is looked at, so it needs a name")
        before = tree.code
        after = _session(self.CODE).fixed(self.context.filename, before, unsafe=self.unsafe_fixes)
        return tree if after == before else cst.parse_module(after, config=tree.config_for_parsing)


@cache
def _session(code: str) -> Session:
    """One for all files that this process looks at."""
    return Session(select=[code], fixes=True)


def _codemod(code: str) -> type[FixRule]:
    """The codemod of a rule."""
    return type(class_name(code), (FixRule,), {"CODE": code, "__module__": __name__})


CODEMODS = tuple(_codemod(rule.code) for rule in RULES if has_fix(rule.code))
"""All of them; each is an attribute of this module by its name too, where LibCST looks for it."""
globals().update({made.__name__: made for made in CODEMODS})
