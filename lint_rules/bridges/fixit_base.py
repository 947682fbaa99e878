"""What the rules for Fixit have in common; it is no rule itself, so it stands apart from them."""

from __future__ import annotations

from typing import ClassVar

import libcst as cst
from fixit import LintRule
from libcst.metadata import PositionProvider

from lint_rules.bridges.libcst_bridge import FindingProvider
from lint_rules.findings.diagnostics import Applicability, Diagnostic, Position
from pytest_keras_inference.printable import printable
from pytest_keras_inference.vocabulary import TEXTS


class InferenceRule(LintRule):  # type: ignore[misc] # Fixit is optional
    """Reports the findings of one rule of this linter, with a replacement where a safe fix changes the node alone."""

    METADATA_DEPENDENCIES = (PositionProvider, FindingProvider)
    CODE: ClassVar[str]

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        text = TEXTS[cls.CODE]
        cls.MESSAGE = f"{text.summary}. Instead: {text.instead}."
        cls.TAGS = {"keras", cls.CODE[:3]}

    def visit_Module(self, node: cst.Module) -> None:  # noqa: N802 - LibCST calls it so
        """Report what was found anywhere in the module."""
        for place, findings in self.metadata[FindingProvider].items():
            for found in findings:
                if found.code == self.CODE:
                    message = f"{found.code} {printable(found.message)}"
                    self.report(place, message, replacement=_fixed(node, place, found))


def _fixed(module: cst.Module, node: cst.CSTNode, found: Diagnostic) -> cst.BaseExpression | None:
    """The expression that a fix makes of a node; None where it is unsafe, or changes more than the node."""
    fix, place = found.fix, found.location
    if fix is None or fix.applicability is not Applicability.SAFE or not isinstance(node, cst.BaseExpression):
        return None
    if fix.elsewhere or not all(place.start <= edit.start and edit.end <= place.end for edit in fix.edits):
        return None
    text = module.code
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)

    def offset(position: Position) -> int:
        return starts[position.row - 1] + position.column - 1

    end = offset(place.end)
    for edit in sorted(fix.edits, key=lambda edit: edit.start, reverse=True):
        first, last = offset(edit.start), offset(edit.end)
        text = f"{text[:first]}{edit.content}{text[last:]}"
        end += len(edit.content) - (last - first)
    try:
        made = cst.parse_expression(text[offset(place.start) : end], config=module.config_for_parsing)
    except cst.ParserSyntaxError:
        return None
    return made.with_changes(lpar=node.lpar, rpar=node.rpar) if node.lpar and not made.lpar else made
