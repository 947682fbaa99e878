"""What other files store on a module: `settings.model = load_model(path)` fills `model = None` of settings.py."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lint_rules.semantics.domains.types.questions import Questions
from lint_rules.semantics.domains.values import Basic, Collection, ModuleObject, Values
from lint_rules.semantics.flow import limits
from lint_rules.semantics.project.prefilter import storing


def stored_on_module(inference: Questions, file: Path, name: str, own: Values) -> Iterator[Values]:
    """What is stored under a name of a module from elsewhere, where its own code leaves that open.

    `own` is what the module binds to the name: nothing, None, or a list or dict without anything in it.
    """
    project = inference.project
    if not all(_is_blank(value) for value in own) or project.how_many_mention(name) > limits.MANY_MODULES:
        return
    word = file.parent.name if file.stem == "__init__" else file.stem
    for module in inference.looking_through(storing(project, name)):
        for store in module.stores.get(name, ()) if module.path != file and word in module.text else ():
            if store.value is not None and ModuleObject(file) in inference.values(module, store.target.value):
                yield inference.unpack(inference.values(module, store.value), store.path)


def _is_blank(value: object) -> bool:
    return value is Basic.NONE or (isinstance(value, Collection) and not value.items and not value.element)
