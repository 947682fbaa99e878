"""Do two models share a layer, so that training one of them changes the other?"""

from __future__ import annotations

from lint_rules.semantics.domains.values import KerasModel, Origin, Value
from lint_rules.semantics.knowledge.keras_names import MAKES_OWN_LAYERS
from lint_rules.semantics.models.composition import compositions_of
from lint_rules.semantics.project.project import Project


def share_no_layer(project: Project, one: Value, other: Value) -> bool:
    """Whether the code shows all layers of both models, and each made at a place where the other has none.

    One that is loaded or copied has layers of its own. Two models that one function makes are told apart by no place,
    and may share what it keeps.
    """
    first, second = _makings(project, one), _makings(project, other)
    return first is not None and second is not None and not first & second


def _makings(project: Project, model: Value) -> frozenset[Origin] | None:
    """Where those layers of a model are made that others may have too; None where one of them is out of sight."""
    if isinstance(model, KerasModel) and model.origin is not None and model.maker in MAKES_OWN_LAYERS:
        return frozenset()
    found = compositions_of(project).of(model)
    made = [part.origin for part in found.parts]
    return frozenset(origin for origin in made if origin) if found.complete and made and None not in made else None
