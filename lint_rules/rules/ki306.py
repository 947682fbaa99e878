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

Sampling is no excuse for BatchNormalization: `training=True` makes each draw move its averages, so that later
predictions differ. Switch on Dropout alone, by a subclass that always calls `super().call(inputs, training=True)`.

## Fix safety
Unsafe: the outputs change.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules.rules.base import Finding
from lint_rules.rules.mode_flags import say_training
from lint_rules.rules.report import finding
from lint_rules.semantics.calls.contexts import Path, RegionKind, contexts_of
from lint_rules.semantics.knowledge.higher_order import TRACED_METHODS
from lint_rules.semantics.knowledge.iteration import PROGRESS_BARS, RANGES
from lint_rules.semantics.knowledge.keras_layers import layer_facts
from lint_rules.semantics.models.composition import compositions_of
from lint_rules.semantics.models.layers import Part, Truth
from lint_rules.semantics.models.symbolic import is_symbolic
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.queries.direct_calls import (
    DirectCall,
    direct_calls,
    in_keras_method,
    is_unused,
    may_ask_for_training,
    names_of,
    training_argument,
    under_tape,
)
from lint_rules.semantics.syntax.module_index import Module, last_name
from lint_rules.semantics.syntax.testcode import is_test

# Names that say why training mode is meant: because it trains, or because its noise is sampled.
_TRAINING = ("generator", "gan", "discriminator", "train", "build")
_MONTE_CARLO = ("mc_", "monte", "bayes", "uncertain", "posterior")
_SAMPLING = (*_MONTE_CARLO, "sampl")


def check(module: Module, project: Project) -> Iterator[Finding]:
    for site in direct_calls(module, project, lambda call: may_ask_for_training(call) and not is_unused(module, call)):
        flag = training_argument(site, project)
        if not (isinstance(flag, ast.Constant) and flag.value is True) or is_test(module, site.call):
            continue
        others_choose = in_keras_method(site, project)
        if (others_choose and not _calls_its_own_model(site)) or _says(site, _TRAINING) or under_tape(site, project):
            continue
        compositions = [compositions_of(project).of(model) for model in site.models]
        if any(composition.depends is not Truth.TRUE for composition in compositions):
            continue
        if any(is_symbolic(module, argument, project) for argument in site.call.args[:1]):
            continue
        parts = tuple(p for c in compositions for p in c.parts if p.depends is Truth.TRUE)
        if any(part.custom for part in parts) or all(composition.only_data for composition in compositions):
            # The project's own code says what training mode is (losses, say), or augmenting is all that is wanted.
            continue
        if _says(site, _SAMPLING) or _repeats(site, project):
            moving = tuple(part for part in parts if _moves(part))
            if moving and any(_is_random(part) for part in parts) and _draws(site, project):
                yield _moved(site, names_of(moving))
            continue
        if others_choose:
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


def _calls_its_own_model(site: DirectCall) -> bool:
    """Whether a method of a model, which Keras does not run by itself, calls the model: `self(x, training=True)`."""
    function = site.module.function_of(site.call)
    while function is not None and function.owner is None:
        function = function.scope.parent.function if function.scope.parent is not None else None
    return (
        function is not None
        and function.name not in TRACED_METHODS
        and site.module.own_method(site.call.func) is function
    )


def _chance(parts: tuple[Part, ...]) -> str:
    """What outputs in training mode depend on: the batch where a layer takes its statistics, chance otherwise."""
    normalises = [part.name.endswith("Normalization") for part in parts]
    return "the batch" if all(normalises) else "chance and on the batch" if any(normalises) else "chance"


def _moved(site: DirectCall, held: str) -> Finding:
    """Monte-Carlo dropout that switches more than Dropout."""
    return finding(
        "KI306",
        site.module,
        site.call,
        f"{site.text}(..., training=True) samples Dropout, but puts {held} in training mode too: each draw normalizes "
        "by its own batch and moves the averages that predict() uses. Switch on Dropout alone: a subclass of it that "
        f"always calls super().call(inputs, training=True), or set trainable = False on {held}.",
        certain=site.proven,
    )


def _moves(part: Part) -> bool:
    """Whether a layer changes its own weights whenever it runs in training mode."""
    facts = layer_facts(part.name)
    return facts is not None and facts.moves and part.depends is Truth.TRUE


def _is_random(part: Part) -> bool:
    facts = layer_facts(part.name)
    return facts is not None and facts.random


def _says(site: DirectCall, words: tuple[str, ...]) -> bool:
    """Whether names around the call say something."""
    function = site.module.function_of(site.call)
    text = f"{function.name if function is not None else ''} {site.text}".lower()
    return any(word in text for word in words)


def _draws(site: DirectCall, project: Project) -> bool:
    """Whether the same input is sampled: by name, or in a loop that only counts."""
    if _says(site, _MONTE_CARLO):
        return True
    return any(
        _only_counts(path, number, region.node)
        for path in contexts_of(project).paths(site.module, site.call)
        for number, region in path.regions()
        if region.kind is RegionKind.LOOP and not region.once
    )


def _only_counts(path: Path, number: int, loop: ast.AST) -> bool:
    """Whether no argument of the call names what changes: what a loop counts, what a function is mapped to."""
    if isinstance(loop, ast.Call):
        inner = path.frames[number - 1] if number else None
        mapped = inner.function if inner is not None else None
        return (
            inner is not None and mapped is not None and _named(inner.node).isdisjoint(p.arg for p in mapped.parameters)
        )
    named = _named(path.frames[number].node)
    return all(
        isinstance(item, ast.For | ast.comprehension)
        and _is_count(item.iter)
        and named.isdisjoint(node.id for node in ast.walk(item.target) if isinstance(node, ast.Name))
        for item in getattr(loop, "generators", [loop])
    )


def _named(call: ast.expr) -> set[str]:
    """The names in the arguments of a call."""
    given = [*call.args, *call.keywords] if isinstance(call, ast.Call) else [call]
    return {node.id for item in given for node in ast.walk(item) if isinstance(node, ast.Name)}


def _is_count(iterable: ast.expr) -> bool:
    if last_name(iterable) in PROGRESS_BARS and isinstance(iterable, ast.Call) and iterable.args:
        return _is_count(iterable.args[0])
    return last_name(iterable) in RANGES


def _repeats(site: DirectCall, project: Project) -> bool:
    """Whether the call runs in a loop, or its value is averaged at once."""
    for path in contexts_of(project).paths(site.module, site.call):
        if any(region.kind is RegionKind.LOOP and not region.once for _, region in path.regions()):
            return True
    return False
