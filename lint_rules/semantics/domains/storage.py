"""Does a value lie in a file, of which a slice is read: a memmap, an HDF5 or zarr file?"""

from __future__ import annotations

import ast
from enum import Enum, auto

from lint_rules.semantics.flow.activations import Place
from lint_rules.semantics.flow.answers import Answer, known, unknown
from lint_rules.semantics.flow.domain import OpaqueDomain
from lint_rules.semantics.flow.evaluator import Evaluator
from lint_rules.semantics.knowledge.data_sources import ON_DISK
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.syntax.module_index import last_name


class Storage(Enum):
    """Where data are kept."""

    DISK = auto()


class Stored(OpaqueDomain[Storage]):
    """The domain: what opens a file of arrays; parts of it, and what is made of a part, come from there."""

    def expression(self, evaluator: Evaluator[Storage], place: Place) -> Answer[Storage]:
        node = place.node
        if isinstance(node, ast.Subscript | ast.Attribute):
            return evaluator.evaluate(place.at(node.value))
        if not isinstance(node, ast.Call):
            return unknown()
        if last_name(node.func) in ON_DISK or any(keyword.arg == "mmap_mode" for keyword in node.keywords):
            return known(Storage.DISK)
        return evaluator.evaluate(place.at(node.args[0])) if node.args else unknown()

    def element(self, value: Storage) -> Answer[Storage]:
        return known(value)

    def item(self, value: Storage, index: int) -> Answer[Storage]:
        return known(value)

    def held(self, value: Storage) -> Answer[Storage]:
        return known(value)


class StorageEvaluator(Evaluator[Storage]):
    """The evaluator of where data are kept."""

    def __init__(self, project: Project) -> None:
        super().__init__(project, Stored())


def is_on_disk(project: Project, place: Place) -> bool:
    """Whether an expression may be read from a file whose parts can be had one by one."""
    evaluator = project.memo.one(StorageEvaluator, lambda: StorageEvaluator(project))
    return Storage.DISK in evaluator.evaluate(place).values
