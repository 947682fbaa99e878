"""How rules say what they found: one message, one trace, from what the semantics hand out."""

from __future__ import annotations

import ast
from collections.abc import Callable

from lint_rules.findings.diagnostics import Confidence, Diagnostic, Fix, Severity, TraceStep
from lint_rules.rules.base import Finding
from lint_rules.semantics.calls.contexts import Path, Region, RegionKind
from lint_rules.semantics.knowledge.higher_order import EdgeKind
from lint_rules.semantics.syntax.module_index import COMPREHENSIONS, Module
from pytest_keras_inference.vocabulary import TEXTS


def finding(
    code: str,
    module: Module,
    node: ast.expr | ast.stmt,
    message: str,
    *,
    certain: bool = True,
    trace: tuple[TraceStep, ...] = (),
    severity: Severity | None = None,
    fix: Callable[[], Fix | None] | None = None,
    proven: Callable[[], Fix | None] | None = None,
    header: bool = False,
) -> Finding:
    """A finding at a node; `header` points at the first line of a statement only. `proven` is a fix for `--verify`."""
    text = TEXTS[code]
    location = module.header(node) if header else module.location(node)
    return Finding(
        Diagnostic(
            code=code,
            name=text.name,
            message=message,
            severity=severity or Severity(text.severity),
            confidence=Confidence.CERTAIN if certain else Confidence.LIKELY,
            location=location,
            trace=trace,
            noqa_row=location.start.row,
            anchor=location.start,
        ),
        fix,
        proven,
    )


def trace_of(path: Path, frame: int, region: Region) -> tuple[TraceStep, ...]:
    """The steps from a call to the region that matters: each caller on the way, then the region itself."""
    steps: list[TraceStep] = []
    for inner, outer in zip(path.frames[: frame + 1], path.frames[1 : frame + 1], strict=False):
        name = inner.function.name if inner.function is not None else "module"
        if outer.edge is not None and outer.edge.kind is EdgeKind.CALL:
            text = outer.module.source(outer.node)
            steps.append(TraceStep(outer.module.location(outer.node), f"{name}() is run here: {text}"))
    steps.append(region_step(region))
    return tuple(steps)


def region_step(region: Region) -> TraceStep:
    """The step that names a loop, a tape or a trace."""
    module, node = region.module, region.node
    return TraceStep(module.header(node), describe(region))


def describe(region: Region) -> str:
    """A loop, tape or trace in words."""
    node = region.node
    if region.kind is RegionKind.TAPE:
        return "under this gradient tape"
    if region.kind is RegionKind.DIFFERENTIATED:
        return f"differentiated by {region.label}"
    if region.kind is RegionKind.TRACED:
        return f"traced by {region.label}" if "." not in region.label else f"traced as {region.label}"
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return "run once per step, as the setting step-functions says"
    return f"in this loop: {loop_words(region.module, node)}"


def loop_words(module: Module, node: ast.AST) -> str:
    """The header of a loop as it is written: `for img in images`."""
    if isinstance(node, ast.For | ast.AsyncFor):
        return f"for {module.source(node.target, 30)} in {module.source(node.iter, 40)}"
    if isinstance(node, ast.While):
        return f"while {module.source(node.test, 50)}"
    if isinstance(node, COMPREHENSIONS):
        generator = node.generators[0]
        return f"for {module.source(generator.target, 30)} in {module.source(generator.iter, 40)}"
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return f"{node.name}(), a step function"
    return module.source(node, 60) if isinstance(node, ast.expr) else "a loop"
