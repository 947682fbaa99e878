"""The rules of this linter as rules of Fixit, each called as it is here.

```toml
[tool.fixit]
enable = ["lint_rules.bridges.fixit_rules"]
disable = ["lint_rules.bridges.fixit_rules:PredictPerBatch"]
```

`[tool.keras-inference]` holds besides: a rule that it ignores reports nothing.
https://fixit.readthedocs.io/en/stable/guide/configuration.html
"""

from __future__ import annotations

from lint_rules.bridges import fixit_base


class PredictBreaksGradient(fixit_base.InferenceRule):
    CODE = "KI101"


class PredictInTracedCode(fixit_base.InferenceRule):
    CODE = "KI102"


class NumpyBreaksGradient(fixit_base.InferenceRule):
    CODE = "KI103"


class PredictUnderTape(fixit_base.InferenceRule):
    CODE = "KI104"


class PredictPerSample(fixit_base.InferenceRule):
    CODE = "KI201"


class PredictPerStep(fixit_base.InferenceRule):
    CODE = "KI202"


class PredictPerBatch(fixit_base.InferenceRule):
    CODE = "KI203"


class LoopInvariantPredict(fixit_base.InferenceRule):
    CODE = "KI204"


class ModelRebuiltForPredict(fixit_base.InferenceRule):
    CODE = "KI205"


class DirectCallOnDataset(fixit_base.InferenceRule):
    CODE = "KI206"


class MissingTrainingTrue(fixit_base.InferenceRule):
    CODE = "KI301"


class MissingTrainingFalse(fixit_base.InferenceRule):
    CODE = "KI302"


class BakedTrainingFlag(fixit_base.InferenceRule):
    CODE = "KI303"


class SubclassCallWithoutTraining(fixit_base.InferenceRule):
    CODE = "KI304"


class TrainingNotForwarded(fixit_base.InferenceRule):
    CODE = "KI305"


class TrainingTrueAtInference(fixit_base.InferenceRule):
    CODE = "KI306"


class CallMethodBypassed(fixit_base.InferenceRule):
    CODE = "KI307"


class InvalidPredictArgument(fixit_base.InferenceRule):
    CODE = "KI401"


class RemovedPredictApi(fixit_base.InferenceRule):
    CODE = "KI402"


class NumpyOnPredict(fixit_base.InferenceRule):
    CODE = "KI403"


class MissingBatchDimension(fixit_base.InferenceRule):
    CODE = "KI404"


class PredictOnShuffledData(fixit_base.InferenceRule):
    CODE = "KI405"


class PredictStepsTruncates(fixit_base.InferenceRule):
    CODE = "KI406"


class InferenceKeepsGraph(fixit_base.InferenceRule):
    CODE = "KI407"


class PredictNeverEnds(fixit_base.InferenceRule):
    CODE = "KI408"


class SavedModelHasNoPredict(fixit_base.InferenceRule):
    CODE = "KI409"
