"""The vocabulary both halves speak: rule codes, their names, severities and one-line summaries.

It stands in the plugin's package, and the linter reads it there: the plugin runs in the process of somebody's tests,
where `lint_rules` may be a package of theirs. It imports nothing, because every start of the linter pays for it.
"""

from __future__ import annotations

from typing import NamedTuple


class RuleText(NamedTuple):
    """What every report says of a rule: `code`, `name`, `severity` (error, warning, info) and one line each of
    what it finds and what to write instead."""

    code: str
    name: str
    severity: str
    summary: str
    instead: str


FAMILIES = {
    "KI0": "The files themselves",
    "KI1": "Gradients and traces",
    "KI2": "Cost",
    "KI3": "Training and inference mode",
    "KI4": "Misuse of the API",
}
"""How the codes of rules begin, and what those that begin so are about."""

TEXTS: dict[str, RuleText] = {
    text.code: text
    for text in (
        RuleText(
            "KI000", "unreadable-file", "error", "the file cannot be read as Python", "repair or exclude the file"
        ),
        RuleText("KI001", "unused-noqa", "warning", "a noqa comment suppresses nothing", "remove the comment"),
        RuleText(
            "KI002",
            "invalid-suppression-comment",
            "warning",
            "a comment names a rule that does not exist",
            "write the code or the name of a rule",
        ),
        RuleText(
            "KI101",
            "predict-breaks-gradient",
            "error",
            "predict() returns NumPy values: no gradient flows through it",
            "call the model: model(x, training=True) for its weights, model(x, training=False) for its input",
        ),
        RuleText(
            "KI102",
            "predict-in-traced-code",
            "error",
            "predict() cannot run while a graph is traced",
            "call the model: model(x, training=...)",
        ),
        RuleText(
            "KI103",
            "numpy-breaks-gradient",
            "error",
            "a NumPy value under the tape carries no gradient",
            "stay in tensors: tf. or keras.ops functions",
        ),
        RuleText(
            "KI104",
            "predict-under-tape",
            "info",
            "predict() runs while a tape records, off the gradient path",
            "predict before the with block",
        ),
        RuleText(
            "KI201",
            "predict-per-sample",
            "warning",
            "predict() runs once per sample although the samples are independent",
            "collect the samples and predict them in one call",
        ),
        RuleText(
            "KI202",
            "predict-per-step",
            "warning",
            "predict() runs once per step of a loop",
            "model.predict_on_batch(x), or model(x, training=False)",
        ),
        RuleText(
            "KI203",
            "predict-per-batch",
            "info",
            "the loop cuts batches by hand and predicts each",
            "model.predict(x, batch_size=n) or model.predict(dataset)",
        ),
        RuleText(
            "KI204",
            "loop-invariant-predict",
            "warning",
            "the same model predicts the same input again and again",
            "predict once before the loop",
        ),
        RuleText(
            "KI205",
            "model-rebuilt-for-predict",
            "warning",
            "the same model is built or loaded again for every prediction",
            "build or load it once",
        ),
        RuleText(
            "KI206",
            "direct-call-on-dataset",
            "warning",
            "a direct call runs a whole data set as one batch",
            "model.predict(x), which works in batches",
        ),
        RuleText(
            "KI301",
            "missing-training-true",
            "warning",
            "a training step calls the model in inference mode: Dropout and BatchNormalization do not train",
            "model(x, training=True)",
        ),
        RuleText(
            "KI302",
            "missing-training-false",
            "warning",
            "a bare call of a model whose layers default to training=True augments its input",
            "model(x, training=False)",
        ),
        RuleText(
            "KI303",
            "baked-training-flag",
            "error",
            "Keras 3 before 3.16 ignores training= baked into a functional graph",
            "an MCDropout subclass, or BatchNormalization.trainable = False",
        ),
        RuleText(
            "KI304",
            "subclass-call-without-training",
            "error",
            "call() takes no training argument: fit() never switches Dropout or BatchNormalization on",
            "def call(self, x, training=None), and pass it on",
        ),
        RuleText(
            "KI305",
            "training-not-forwarded",
            "info",
            "call() takes training and does not pass it on",
            "layer(x, training=training)",
        ),
        RuleText(
            "KI306",
            "training-true-at-inference",
            "info",
            "inference runs in training mode",
            "model(x, training=False)",
        ),
        RuleText(
            "KI307",
            "call-method-bypassed",
            "warning",
            "model.call(x) skips building, masks, casting and hooks",
            "model(x)",
        ),
        RuleText(
            "KI401",
            "invalid-predict-argument",
            "error",
            "the predict family takes no such argument",
            "remove the argument",
        ),
        RuleText(
            "KI402",
            "removed-predict-api",
            "error",
            "this call was removed from Keras",
            "predict(x), which takes generators too; argmax or a threshold for classes",
        ),
        RuleText(
            "KI403",
            "numpy-on-predict",
            "error",
            "predict() returns NumPy arrays, which have no .numpy()",
            "drop .numpy()",
        ),
        RuleText(
            "KI404",
            "missing-batch-dimension",
            "warning",
            "predict() expects a batch: one sample lacks the first axis",
            "x[i:i+1] or x[None]",
        ),
        RuleText(
            "KI405",
            "predict-on-shuffled-data",
            "warning",
            "predictions of a shuffled source are compared with labels of another pass",
            "shuffle=False",
        ),
        RuleText(
            "KI406",
            "predict-steps-truncates",
            "warning",
            "steps=len(x) // batch_size drops the last batch",
            "omit steps, or round up",
        ),
        RuleText(
            "KI407",
            "inference-keeps-graph",
            "warning",
            "outputs kept without no_grad hold the whole graph in memory",
            "with torch.no_grad(): model(x)",
        ),
        RuleText(
            "KI408",
            "predict-never-ends",
            "warning",
            "predict() of a source without an end never returns",
            "steps=n",
        ),
        RuleText(
            "KI409",
            "saved-model-has-no-predict",
            "error",
            "what tf.saved_model.load() returns has no predict()",
            "keras.models.load_model(path), or the signature of what was loaded",
        ),
    )
}
