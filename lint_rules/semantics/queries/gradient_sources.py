"""What is a gradient taken of: the weights of which models, and which values?

`model.trainable_variables`, a list of such, a name under which they were collected, `x` of `tape.gradient(y, x)`.
Models and values are told by the object that they are, whatever name the function has for it (`domains.references`).
"""

from __future__ import annotations

import ast
from functools import reduce
from operator import or_

from lint_rules.records import dataclass
from lint_rules.semantics.domains.references import Reference, references_of
from lint_rules.semantics.domains.weights import Other, WeightsOf, weights
from lint_rules.semantics.flow.activations import Place
from lint_rules.semantics.project.project import Project


@dataclass(frozen=True, slots=True)
class GradientSources:
    """The models whose weights are meant, and the values; `whole` tells that nothing else is."""

    models: frozenset[Reference] = frozenset()
    inputs: frozenset[Reference] = frozenset()
    whole: bool = True

    def __or__(self, other: GradientSources) -> GradientSources:
        return GradientSources(self.models | other.models, self.inputs | other.inputs, self.whole and other.whole)


def sources_of(project: Project, place: Place) -> GradientSources:
    """What the `sources` of a gradient name."""
    node = place.node
    if isinstance(node, ast.List | ast.Tuple):
        return reduce(or_, (sources_of(project, place.at(item)) for item in node.elts), GradientSources())
    collected = weights(project, place)
    found = [value for value in collected.values if isinstance(value, WeightsOf)]
    if found:
        models = [value.model for value in found if value.model is not None]
        known = len(models) == len(found) and Other.ANYTHING not in collected.values
        return GradientSources(frozenset(models), whole=known)
    named = references_of(project).of(place) if isinstance(node, ast.Name | ast.Attribute) else None
    return GradientSources(inputs=frozenset([named])) if named is not None else GradientSources(whole=False)
