"""Do two models share a layer, so that training one of them changes the other?"""

from __future__ import annotations

from lint_rules.semantics.domains.values import Origin, Value
from lint_rules.semantics.models.composition import compositions_of
from lint_rules.semantics.project.project import Project


def share_no_layer(project: Project, one: Value, other: Value) -> bool:
    """Whether the code shows all layers of both models, and each made at a place where the other has none.

    Two models that one function makes are told apart by no place, and may share what it keeps.
    """
    first, second = _makings(project, one), _makings(project, other)
    return bool(first) and bool(second) and not first & second


def _makings(project: Project, model: Value) -> frozenset[Origin]:
    """Where the layers of a model are made; nothing where one of them is out of sight."""
    found = compositions_of(project).of(model)
    made = [part.origin for part in found.parts]
    return frozenset(origin for origin in made if origin) if found.complete and None not in made else frozenset()
