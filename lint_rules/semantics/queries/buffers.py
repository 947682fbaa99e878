"""Can the inputs of a loop be collected as they are, or are they one buffer that every iteration fills again?"""

from __future__ import annotations

from lint_rules.semantics.calls.call_graph import inference_of
from lint_rules.semantics.effects.inplace import reused_objects
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.queries.call_sites import CallSite
from lint_rules.semantics.queries.repetition.verdicts import LoopUse


def reused_buffers(site: CallSite, use: LoopUse, project: Project) -> frozenset[str]:
    """The objects that the input of a call may be in several iterations, written in place, by their dotted names."""
    argument = site.argument
    if argument is None:
        return frozenset()
    function = use.path.frames[0].function
    region = use.region.node if use.lexical or function is None else function.node
    return reused_objects(inference_of(project), site.module, region, argument)
