"""Does an object keep an attribute as its constructor has set it?"""

from __future__ import annotations

from lint_rules.semantics.domains.types.inference import Inference
from lint_rules.semantics.domains.values import ClassObject, Instance
from lint_rules.semantics.effects.attribute_effects import changes_self
from lint_rules.semantics.effects.inplace import is_of_others
from lint_rules.semantics.flow.exposure import is_attribute_exposed
from lint_rules.semantics.syntax.module_index import CONSTRUCTORS, Class


def stays_as_made(inference: Inference, cls: Class, attribute: str) -> bool:
    """Whether only constructors store an attribute, an object of their own, which nothing changes or lets out.

    Of a method, and of what a class binds in its body, nobody is sure: neither is told to stay.
    """
    return inference.project.memo.ask(
        ("stays as made", cls, attribute), lambda: _stays_as_made(inference, cls, attribute), unknown=False
    )


def _stays_as_made(inference: Inference, cls: Class, attribute: str) -> bool:
    family = [*inference.lineage(cls), *inference.subclasses(cls)]
    stores = [(owner.module, store) for owner in family for store in owner.stores.get(attribute, ())]
    if not stores or is_stored_elsewhere(inference, cls, attribute):
        return False
    for module, store in stores:
        maker = module.function_of(store.target)
        if maker is None or store.value is None or is_of_others(inference, maker, store.value):
            return False
    return not any(
        is_attribute_exposed(inference, owner, attribute)
        or any(
            changes_self(method, inference, attribute)
            for method in owner.methods.values()
            if method.name not in CONSTRUCTORS
        )
        for owner in family
    )


def is_stored_elsewhere(inference: Inference, cls: Class, name: str) -> bool:
    """Whether anything but methods of a class, and of its bases, stores an attribute, or a subclass overrides it."""
    if any(name in heir.methods for heir in inference.subclasses(cls)):
        return True
    own = {store for owner in inference.lineage(cls) for store in owner.stores.get(name, ())}
    for module in (cls.module, *inference.project.modules_mentioning(name)):
        for store in module.stores.get(name, ()):
            values = inference.values(module, store.target.value) if store not in own else ()
            kin = any(
                isinstance(value, Instance | ClassObject)
                and (cls in inference.lineage(value.cls) or value.cls in inference.lineage(cls))
                for value in values
            )
            if store not in own and (kin or not values):
                return True
    return False
