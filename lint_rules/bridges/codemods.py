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
from pytest_keras_inference.vocabulary import TEXTS


class FixRule(CodemodCommand):
    """Applies the fixes of one rule to a file; a class for each rule stands below."""

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


class PredictBreaksGradient(FixRule):
    CODE = "KI101"


class PredictInTracedCode(FixRule):
    CODE = "KI102"


class NumpyBreaksGradient(FixRule):
    CODE = "KI103"


class PredictUnderTape(FixRule):
    CODE = "KI104"


class PredictPerSample(FixRule):
    CODE = "KI201"


class PredictPerStep(FixRule):
    CODE = "KI202"


class PredictPerBatch(FixRule):
    CODE = "KI203"


class LoopInvariantPredict(FixRule):
    CODE = "KI204"


class ModelRebuiltForPredict(FixRule):
    CODE = "KI205"


class DirectCallOnDataset(FixRule):
    CODE = "KI206"


class MissingTrainingTrue(FixRule):
    CODE = "KI301"


class MissingTrainingFalse(FixRule):
    CODE = "KI302"


class SubclassCallWithoutTraining(FixRule):
    CODE = "KI304"


class TrainingNotForwarded(FixRule):
    CODE = "KI305"


class TrainingTrueAtInference(FixRule):
    CODE = "KI306"


class CallMethodBypassed(FixRule):
    CODE = "KI307"


class InvalidPredictArgument(FixRule):
    CODE = "KI401"


class RemovedPredictApi(FixRule):
    CODE = "KI402"


class NumpyOnPredict(FixRule):
    CODE = "KI403"


class MissingBatchDimension(FixRule):
    CODE = "KI404"


class PredictOnShuffledData(FixRule):
    CODE = "KI405"


class PredictStepsTruncates(FixRule):
    CODE = "KI406"


class InferenceKeepsGraph(FixRule):
    CODE = "KI407"
