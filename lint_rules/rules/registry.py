"""Every rule of the catalogue, in the order of its code. A new rule is one new file and one row here.

A row says what a file must hold for the rule to find anything; only then is the rule imported.
"""

from __future__ import annotations

from lint_rules.findings.diagnostics import Severity
from lint_rules.rules import glances, words
from lint_rules.rules.base import Rule
from lint_rules.rules.glances import has_call_site
from lint_rules.semantics.knowledge.model_methods import GIVES_NUMPY, LOOP_FAMILY, PREDICT_FAMILY, REMOVED, STEPS_PLACE

_TRAINING = frozenset({"training"})
_CALL = frozenset({"call"})

RULES: tuple[Rule, ...] = (
    Rule("KI101", words.UNDER_TAPE, has_call_site),
    Rule("KI102", PREDICT_FAMILY, has_call_site),
    Rule("KI103", words.DIFFERENTIATED, glances.is_differentiated, spares_tests=True),
    Rule("KI104", LOOP_FAMILY, has_call_site),
    Rule("KI201", words.PER_SAMPLE, has_call_site, spares_tests=True),
    Rule("KI202", words.PER_STEP, has_call_site),
    Rule("KI203", words.PER_BATCH, has_call_site),
    Rule("KI204", LOOP_FAMILY, has_call_site, spares_tests=True),
    Rule("KI205", LOOP_FAMILY | words.MAKERS, glances.predicts_or_makes, spares_tests=True),
    Rule("KI206", words.MODELS | {"predict_on_batch"}, glances.loads_data, spares_tests=True),
    Rule("KI301", words.TRAINED, glances.trains),
    Rule("KI302", words.MODELS, glances.uses_awake_layers, spares_tests=True),
    Rule("KI303", _TRAINING, glances.has_flag, spares_tests=True),
    Rule("KI304", _CALL, glances.defines_call_without_training, spares_tests=True),
    Rule("KI305", _TRAINING, glances.defines_call_on_jax, spares_tests=True, worst=Severity.WARNING),
    Rule("KI306", _TRAINING, glances.says_true, spares_tests=True),
    Rule("KI307", _CALL, glances.calls_call, spares_tests=True),
    Rule("KI401", words.CHECKED_ARGUMENTS, has_call_site),
    Rule("KI402", REMOVED | {"set_learning_phase", "eval"}, glances.calls_what_was_removed),
    Rule("KI403", GIVES_NUMPY, has_call_site),
    Rule("KI404", GIVES_NUMPY, has_call_site, spares_tests=True),
    Rule("KI405", words.IN_ORDER, has_call_site),
    Rule("KI406", words.ROUNDED_STEPS, has_call_site),
    Rule("KI407", words.MODELS, glances.is_on_torch, spares_tests=True),
    Rule("KI408", frozenset(STEPS_PLACE), has_call_site),
    Rule("KI409", words.OF_KERAS_MODELS),
)
