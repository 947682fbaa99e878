"""What this linter knows, on the nodes of LibCST: findings, and which objects are Keras models.

```python
class Visitor(cst.CSTVisitor):
    METADATA_DEPENDENCIES = (FindingProvider, ReceiverProvider)

    def visit_Call(self, node):
        for finding in self.get_metadata(FindingProvider, node, ()):
            ...
```

Both look at the whole project, so they need to know the file: `FullRepoManager` tells it to them, and without one
`MetadataWrapper(module, cache={FindingProvider: path, ReceiverProvider: path})` does.
https://libcst.readthedocs.io/en/latest/metadata.html
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import libcst as cst
from libcst.metadata import BaseMetadataProvider, CodeRange, PositionProvider

from lint_rules.api import Receiver, Session
from lint_rules.findings.diagnostics import Diagnostic, Location

Value = TypeVar("Value")
Range = tuple[int, int, int, int]


class _OfFile(BaseMetadataProvider[Value]):
    """Metadata that rest on the file and its project."""

    METADATA_DEPENDENCIES = (PositionProvider,)

    @classmethod
    def gen_cache(cls, root_path: Path, paths: list[str], **_: Any) -> Mapping[str, Path]:
        """The files by the names that LibCST has for them."""
        return {path: (Path(root_path) / path).resolve() for path in paths}

    def __init__(self, cache: str | Path) -> None:
        super().__init__(cache)
        self.path = Path(cache)

    def _nodes(self, module: cst.Module) -> _Nodes:
        visitor = _Nodes(self.metadata[PositionProvider])
        module.visit(visitor)
        return visitor


class FindingProvider(_OfFile[tuple[Diagnostic, ...]]):
    """The findings at a node: the call, or the statement whose header they point at. Nodes without any have none."""

    def _gen_impl(self, module: cst.Module) -> None:
        nodes = self._nodes(module)
        found: defaultdict[cst.CSTNode, list[Diagnostic]] = defaultdict(list)
        for each in session().findings(self.path, module.code):
            found[nodes.at(each.location) or module].append(each)
        for node, findings in found.items():
            self.set_metadata(node, tuple(findings))


class ReceiverProvider(_OfFile[Receiver]):
    """What is known of an object whose `predict` (or another method of the family) is called: that it is a model of
    Keras's, how sure that is, and why. Other nodes have none."""

    def _gen_impl(self, module: cst.Module) -> None:
        nodes = self._nodes(module)
        for each in session().receivers(self.path, module.code):
            node = nodes.at(each.location)
            if node is not None:
                self.set_metadata(node, each)


class _Nodes(cst.CSTVisitor):
    """The nodes of a module by what they span, the innermost of equal ones, and the statements by where they begin."""

    def __init__(self, positions: Mapping[cst.CSTNode, Any]) -> None:
        super().__init__()
        self._positions = positions
        self._spans: dict[Range, cst.CSTNode] = {}
        self._statements: dict[tuple[int, int], cst.CSTNode] = {}

    def on_visit(self, node: cst.CSTNode) -> bool:
        place: CodeRange | None = self._positions.get(node)
        if place is not None and isinstance(node, cst.BaseExpression | cst.BaseStatement | cst.BaseSmallStatement):
            start, end = place.start, place.end
            self._spans[start.line, start.column, end.line, end.column] = node
            if not isinstance(node, cst.BaseExpression):
                self._statements.setdefault((start.line, start.column), node)
        return True

    def at(self, location: Location) -> cst.CSTNode | None:
        """The node that a location means; None where no node begins there."""
        start, end = location.start, location.end
        node = self._spans.get((start.row, start.column - 1, end.row, end.column - 1))
        return node or self._statements.get((start.row, start.column - 1))


@cache
def session() -> Session:
    """One for all files of this process; the findings come with their fixes."""
    return Session(fixes=True)
