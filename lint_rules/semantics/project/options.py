"""What the settings tell about code that the analysis cannot see."""

from __future__ import annotations

from lint_rules.records import dataclass


@dataclass(frozen=True, slots=True)
class Options:
    """Knowledge from the settings; names are qualified (`package.module.name`), empty means nothing is told.

    `backend` is tensorflow, jax, torch or None for unknown; `keras_version` is such as "3.15" or None for the newest.
    """

    model_factories: tuple[str, ...] = ()
    model_attributes: tuple[str, ...] = ()
    not_models: tuple[str, ...] = ()
    step_functions: tuple[str, ...] = ()
    traced_decorators: tuple[str, ...] = ()
    keras_version: str | None = None
    backend: str | None = None
