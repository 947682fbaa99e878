"""# training-true-at-inference (KI306)

## What it does
Finds a direct call with `training=True` that updates nothing and whose outputs are not collected over repeated samples,
of a model that depends on the mode.

## Why is this bad?
Dropout zeroes activations at random and BatchNormalization uses the statistics of the batch at hand and moves its
averages: the result is random, and depends on what else is in the batch.

## Example
```python
import keras

model = keras.Sequential([keras.layers.Input((8,)), keras.layers.Dropout(0.5), keras.layers.Dense(1)])


def score(x):
    return model(x, training=True)
```

Use instead:
```python
import keras

model = keras.Sequential([keras.layers.Input((8,)), keras.layers.Dropout(0.5), keras.layers.Dense(1)])


def score(x):
    return model(x, training=False)
```

## When not to
Monte-Carlo dropout samples in training mode on purpose, and generators of the pix2pix kind do at test time. The rule is
silent where the call is repeated or its outputs are averaged, in code that says `generator`, and under a tape. It is
silent too where nothing looks at the outputs (the call builds the weights, or moves the averages of
BatchNormalization), where a `call` of the project's own chooses by `training` what it computes, and for models of
nothing but augmentation layers.

## Fix safety
Unsafe: the outputs change.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from lint_rules.rules.base import Finding, Glance, Rule
from lint_rules.rules.mode_flags import say_training
from lint_rules.rules.report import finding
from lint_rules.semantics.calls.contexts import RegionKind, contexts_of
from lint_rules.semantics.models.composition import compositions_of
from lint_rules.semantics.models.layers import Part, Truth
from lint_rules.semantics.models.symbolic import is_symbolic
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.queries.direct_calls import (
    DirectCall,
    direct_calls,
    in_keras_method,
    is_unused,
    names_of,
    training_argument,
    under_tape,
)
from lint_rules.semantics.syntax.module_index import Module
from lint_rules.semantics.syntax.testcode import is_test

_SAMPLING = (
    "mc_",
    "monte",
    "bayes",
    "uncertain",
    "sampl",
    "generator",
    "gan",
    "discriminator",
    "train",
    "posterior",
    "build",
)


# By keyword, or as the second argument of a call.
_SAYS_TRUE = re.compile(r"training\s*=\s*True|,\s*True\s*[,)]")


def check(module: Module, project: Project) -> Iterator[Finding]:
    for site in direct_calls(module, project):
        flag = training_argument(site, project)
        if not (isinstance(flag, ast.Constant) and flag.value is True) or is_test(module, site.call):
            continue
        if in_keras_method(site, project) or is_unused(site) or _samples(site) or under_tape(site, project):
            continue
        compositions = [compositions_of(project).of(model) for model in site.models]
        if any(composition.depends is not Truth.TRUE for composition in compositions) or _repeats(site, project):
            continue
        if any(is_symbolic(module, argument, project) for argument in site.call.args[:1]):
            continue
        parts = tuple(p for c in compositions for p in c.parts if p.depends is Truth.TRUE)
        if any(part.custom for part in parts) or all(composition.only_data for composition in compositions):
            # The project's own code says what training mode is (losses, say), or augmenting is all that is wanted.
            continue
        held = names_of(parts)
        yield finding(
            "KI306",
            module,
            site.call,
            f"{site.text}(..., training=True) takes part in no weight update: {held} make"
            f"{'' if ' and ' in held else 's'} the outputs depend on {_chance(parts)}. Pass training=False.",
            certain=site.proven,
            fix=say_training(site, project, "False", "Pass training=False; the outputs are those of inference then"),
        )


def _chance(parts: tuple[Part, ...]) -> str:
    """What outputs in training mode depend on: the batch where a layer takes its statistics, chance otherwise."""
    normalises = [part.name.endswith("Normalization") for part in parts]
    return "the batch" if all(normalises) else "chance and on the batch" if any(normalises) else "chance"


def _samples(site: DirectCall) -> bool:
    """Whether names around the call say that training mode is meant."""
    function = site.module.function_of(site.call)
    words = f"{function.name if function is not None else ''} {site.text}".lower()
    return any(word in words for word in _SAMPLING)


def _repeats(site: DirectCall, project: Project) -> bool:
    """Whether the call runs in a loop, or its value is averaged at once."""
    for path in contexts_of(project).paths(site.module, site.call):
        if any(region.kind is RegionKind.LOOP and not region.once for _, region in path.regions()):
            return True
    return False


def _says_true(glance: Glance) -> bool:
    return _SAYS_TRUE.search(glance.text) is not None


RULE = Rule("KI306", __doc__, check, frozenset({"training"}), may_find=_says_true, spares_tests=True)
