"""Does a call of predict stand between a gradient's target and its sources?

What runs under a tape matters if its value reaches the target of `tape.gradient(target, sources)`, and if the sources
are the model's own weights, or what its argument is computed from. A target network evaluated under the tape is a
constant, and no gradient is lost.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules.semantics.calls.contexts import Contexts, Frame, Path, Region, RegionKind
from lint_rules.semantics.calls.edges import Edge
from lint_rules.semantics.domains.references import Reference, references_of
from lint_rules.semantics.domains.types.inference import Inference
from lint_rules.semantics.domains.values import External, FunctionObject, Instance, KerasModel
from lint_rules.semantics.effects.arguments import runs_of
from lint_rules.semantics.effects.gradient_slices import GradientSlicer
from lint_rules.semantics.effects.kept_results import Filled, Kept, by_name, kept_by, lifted
from lint_rules.semantics.effects.slicing import Slice, Slicer
from lint_rules.semantics.flow import limits
from lint_rules.semantics.flow.activations import Activation, Place, activation
from lint_rules.semantics.flow.use_def import bindings_of
from lint_rules.semantics.knowledge.gradient_calls import GRADIENT_CALLS, PICKS, STOPS
from lint_rules.semantics.knowledge.model_methods import PREDICT_FAMILY
from lint_rules.semantics.queries.gradient_sources import sources_of
from lint_rules.semantics.queries.gradient_uses import Effect, GradientUse, Sources
from lint_rules.semantics.syntax.module_index import Function, Module, dotted, last_name
from lint_rules.semantics.syntax.scopes import BindingKind, Scope


class Gradients:
    """The questions `does this call break a gradient` over one project."""

    def __init__(self, contexts: Contexts) -> None:
        self.contexts = contexts
        self.inference = contexts.inference
        self.references = references_of(contexts.project)

    def uses_along(self, path: Path, call: ast.Call) -> Iterator[GradientUse]:
        """The tapes and traces that a call runs under on one of its ways."""
        yield from self._along(path, call)
        yield from self._torch(path, call)

    def _along(self, path: Path, call: ast.Call) -> Iterator[GradientUse]:
        for number, region in path.regions():
            if region.kind in (RegionKind.PYTHON, RegionKind.STOPPED):
                return
            if region.kind is RegionKind.TAPE:
                yield self._under_tape(path, number, region, call)
            elif region.kind is RegionKind.DIFFERENTIATED:
                yield self._differentiated(path, number, region, call)
            elif region.kind is RegionKind.TRACED:
                yield GradientUse(Effect.TRACED, path, number, region)

    # Tapes

    def _under_tape(self, path: Path, number: int, region: Region, call: ast.Call) -> GradientUse:
        frame = path.frames[number]
        off = GradientUse(Effect.OFF_PATH, path, number, region)
        returned, kept = self._leaving(path, number)
        if not returned and not kept:
            return off
        gradients = list(self._gradient_calls(frame, region))
        if not gradients:
            return GradientUse(Effect.BREAKS, path, number, region)
        clean = self._clean(path, number)
        reached = [pair for pair in gradients if self._reaches(frame, pair[0], clean, returned, by_name(kept))]
        if not reached:
            return off
        verdicts = [self._sources(path, number, call, sources, target) for target, sources in reached]
        for verdict in (Sources.WEIGHTS, Sources.INPUT, Sources.UPSTREAM, Sources.UNKNOWN):
            if verdict in verdicts:
                return GradientUse(Effect.BREAKS, path, number, region, verdict)
        return off

    def _leaving(self, path: Path, number: int) -> tuple[bool, list[Kept]]:
        """How a result leaves the functions further in: whether they return it, and which objects they put it into."""
        returned, kept = True, list[Kept]()
        for inner, outer in zip(path.frames[:number], path.frames[1:], strict=False):
            if inner.function is not None and outer.edge is not None:
                kept = list(lifted(self.inference, inner.module, inner.function, kept, outer.edge))
                if returned:
                    kept += kept_by(self.inference, inner.function, inner.node, outer.edge)
            returned = returned and self._returns(inner)
        return returned, kept

    def _returns(self, frame: Frame) -> bool:
        """Whether what runs in a frame reaches what its function returns (or cannot be told not to)."""
        function = frame.function
        if function is None:
            return True
        return self.inference.project.memo.ask(
            ("returns", frame.node),
            lambda: self._leads_to(frame.module, function.node, frame.node, [*function.returns, *function.yields]),
            unknown=True,
        )

    def _leads_to(self, module: Module, scope: ast.AST, node: ast.expr, targets: list[ast.expr]) -> bool:
        """Whether a gradient of some expressions would have to flow through a node.

        Where nothing but picks leads to it, the picks are the mistake, and predict is part of it.
        """
        if self._slicer(module, scope).of(*targets).reaches(node):
            return True
        picked = self._slicer(module, scope, STOPS).of(*targets)
        return picked.reaches(node) and not any(self._is_direct(module, made) for made in picked.calls())

    def _gradient_calls(self, frame: Frame, region: Region) -> Iterator[tuple[ast.expr, ast.expr | None]]:
        """(target, sources) of what a tape is asked for, in the function that opens it."""
        module = frame.module
        for name in sorted(GRADIENT_CALLS):
            for call in module.calls.get(name, ()):
                owner = call.func.value if isinstance(call.func, ast.Attribute) else None
                if owner is None or region.variable is None or dotted(owner) != region.variable:
                    continue
                if module.function_of(call) is not frame.function or not self._opened_by(module, owner, region):
                    continue
                target = argument_of(call, 0, "target")
                if target is not None:
                    yield target, argument_of(call, 1, "sources")
        for name in ("minimize", "get_gradients"):
            for call in module.calls.get(name, ()):
                tape = next((k.value for k in call.keywords if k.arg == "tape"), None)
                if tape is not None and dotted(tape) == region.variable and call.args:
                    yield call.args[0], argument_of(call, 1, "var_list")
        yield from self._given_away(frame, region)

    def _given_away(self, frame: Frame, region: Region) -> Iterator[tuple[ast.expr, ast.expr | None]]:
        """What a helper gets together with the tape: `self.apply(tape, loss)`."""
        for name in frame.module.names.get(region.variable or "", ()):
            call = frame.module.parents.get(name)
            if not isinstance(call, ast.Call) or name not in call.args:
                continue
            if frame.module.function_of(call) is frame.function and (last_name(call.func) or "")[:1].islower():
                asked = list(self._asked_by_helper(frame.module, call, name))
                if asked:
                    yield from asked
                    continue
                for argument in call.args:
                    if argument is not name:
                        yield argument, None

    def _asked_by_helper(
        self, module: Module, call: ast.Call, tape: ast.Name
    ) -> Iterator[tuple[ast.expr, ast.expr | None]]:
        """What a helper of the same module asks the tape that it is given for, where both are plain to read."""
        for value in self.inference.values(module, call.func):
            if not isinstance(value, FunctionObject) or value.function.module is not module:
                continue
            helper = value.function
            edge = Edge(module, call, skip=1 if value.receiver is not None and helper.is_method else 0)
            given = {p.arg: argument for p in helper.parameters if (argument := edge.argument(helper, p)) is not None}
            for name in sorted(GRADIENT_CALLS):
                for asked in module.calls.get(name, ()):
                    owner = asked.func.value if isinstance(asked.func, ast.Attribute) else None
                    target, sources = argument_of(asked, 0, "target"), argument_of(asked, 1, "sources")
                    if (
                        module.function_of(asked) is helper
                        and isinstance(owner, ast.Name)
                        and given.get(owner.id) is tape
                        and isinstance(target, ast.Name)
                        and target.id in given
                    ):
                        root = (dotted(sources) or "").partition(".")[0]
                        yield given[target.id], None if root in given or not root else sources

    @staticmethod
    def _opened_by(module: Module, name: ast.expr, region: Region) -> bool:
        if not isinstance(name, ast.Name):
            return True
        bindings = [b for b in bindings_of(module, name) if b.kind is BindingKind.WITH]
        return not bindings or any(binding.node is region.node for binding in bindings)

    def _clean(self, path: Path, number: int) -> frozenset[ast.AST]:
        """Uses of those results of a helper that the call has no part in: `loss` of `loss, scores = self.step(x)`."""
        frame, inner = path.frames[number], path.frames[number - 1] if number else None
        function = inner.function if inner is not None else None
        statement = frame.module.statement_of(frame.node)
        if (
            inner is None
            or function is None
            or not isinstance(statement, ast.Assign)
            or statement.value is not frame.node
        ):
            return frozenset()
        targets = statement.targets[0]
        if not isinstance(targets, ast.Tuple) or not function.returns:
            return frozenset()
        clean: set[ast.AST] = set()
        for index, target in enumerate(targets.elts):
            if not isinstance(target, ast.Name):
                continue
            if not self._item_rests_on_it(path, number - 1, index, len(targets.elts)):
                names = frame.module.names.get(target.id, ())
                clean.update(n for n in names if all(b.node is statement for b in bindings_of(frame.module, n)))
        return frozenset(clean)

    def _item_rests_on_it(self, path: Path, number: int, index: int, count: int) -> bool:
        """Whether the call is in one item of the tuple that the function of a frame gives, or may be."""
        frame = path.frames[number]
        function = frame.function
        if function is None or not function.returns:
            return True
        for result in function.returns:
            if isinstance(result, ast.Tuple) and len(result.elts) == count:
                if self._slicer(frame.module, function.node).of(result.elts[index]).reaches(frame.node):
                    return True
            elif number == 0 or result is not frame.node or self._item_rests_on_it(path, number - 1, index, count):
                return True
        return False

    def _reaches(
        self, frame: Frame, target: ast.expr, clean: frozenset[ast.AST], returned: bool, filled: Filled
    ) -> bool:
        module = frame.module
        scope: ast.AST = frame.function.node if frame.function is not None else module.tree
        if filled:
            slicer = GradientSlicer(self.inference, module, scope, STOPS | PICKS, stop=frame.node, filled=filled)
            if slicer.of(target).refilled:
                return True
        if not returned:
            return False
        if clean:
            slicer = GradientSlicer(self.inference, module, scope, STOPS | PICKS, barriers=clean)
            return slicer.of(target).reaches(frame.node)
        return self._leads_to(module, scope, frame.node, [target])

    def _both_come_from(self, frame: Frame, sources: ast.expr, target: ast.expr) -> bool:
        """Whether source and target are outputs of the one call: `features, scores = grad_model.predict(x)`."""
        module = frame.module
        parts = sources.elts if isinstance(sources, ast.List | ast.Tuple) else [sources]
        names = [part for part in parts if isinstance(part, ast.Name)]
        made = {
            part.id for part in names for b in bindings_of(module, part) if b.value is frame.node and b.path
        }  # fmt: skip
        if not made:
            return False
        scope: ast.AST = frame.function.node if frame.function is not None else module.tree
        others = frozenset(node for name in made for node in module.names.get(name, ()))
        return Slicer(self.inference, module, scope, barriers=others).of(target).reaches(frame.node)

    def _sources(
        self, path: Path, number: int, call: ast.Call, sources: ast.expr | None, target: ast.expr
    ) -> Sources | None:
        """How the sources relate to the call: its model's weights, its input, upstream of it, unknown, or None."""
        frame = path.frames[number]
        if sources is None:
            return Sources.UNKNOWN
        run = activation(path, number)
        read = sources_of(self.contexts.project, Place(frame.module, sources, run))
        receiver = self._receiver(path, number, call)
        # The weights of a Keras model are also those of every model that it holds.
        if receiver is not None and any(model.holds(receiver) for model in read.models):
            return Sources.WEIGHTS
        slices = dict(self._slices(path, number, _inputs(call)))
        reached = slices.get(number, Slice())
        nodes = [node for node in reached.nodes if isinstance(node, ast.Name | ast.Attribute)]
        if any(self._object(frame.module, node, run) in read.inputs for node in nodes if read.inputs):
            return Sources.INPUT
        if self._both_come_from(frame, sources, target):
            return Sources.INPUT
        if any(
            model in read.models
            for index, found in slices.items()
            for made in found.calls()
            for model in self._run_by(path.frames[index].module, made, activation(path, index))
        ):
            return Sources.UPSTREAM
        return Sources.UNKNOWN if receiver is None or not read.whole else None

    def _run_by(
        self, module: Module, call: ast.Call, run: Activation | None, depth: int = 0
    ) -> Iterator[Reference | None]:
        """The models on whose outputs the result of a call rests: the one that it calls, or those of its function."""
        yield self._object(module, call.func, run)
        for edge, function in runs_of(self.inference, module, call) if depth < limits.MAX_CALLS_WITH_OUTPUT else ():
            given = Slicer(self.inference, function.module, function.node).of(*function.returns, *function.yields)
            inner = Activation(function, edge, run)
            for made in given.calls():
                yield from self._run_by(function.module, made, inner, depth + 1)

    def _object(self, module: Module, node: ast.expr, run: Activation | None) -> Reference | None:
        """Which object an expression names in a run of its function."""
        return self.references.of(Place(module, node, run))

    def _receiver(self, path: Path, number: int, call: ast.Call) -> Reference | None:
        """The model of a call, as an object that the frame `number` knows; None if it cannot be told."""
        found = self._object(path.frames[0].module, receiver_of(call), activation(path))
        inner = {frame.function for frame in path.frames[:number]}
        if found is None or not isinstance(found.home, Scope) or found.home.function not in inner:
            return found
        # A local name or a parameter of a function further in that nothing stands for outside.
        kinds = {binding.kind for binding in found.home.bindings.get(found.name, ())}
        return None if BindingKind.PARAMETER in kinds else found

    def _arguments(self, path: Path, number: int, call: ast.Call) -> list[ast.expr]:
        """The arguments of the call, as the frame of the tape passes them."""
        return self._lifted(path, number, _inputs(call))

    def _lifted(self, path: Path, number: int, wanted: list[ast.expr]) -> list[ast.expr]:
        """What an outer frame passes for some expressions of the innermost one."""
        for index, found in self._slices(path, number - 1, wanted):
            wanted = _given_by(path.frames[index], path.frames[index + 1], found)
        return wanted

    def _slices(self, path: Path, number: int, wanted: list[ast.expr]) -> Iterator[tuple[int, Slice]]:
        """The slice of some expressions of the innermost frame, and in each one further out that of what it passes."""
        for index, frame in enumerate(path.frames[: number + 1]):
            scope: ast.AST = frame.function.node if frame.function is not None else frame.module.tree
            found = Slicer(self.inference, frame.module, scope).of(*wanted)
            yield index, found
            if index < number:
                wanted = _given_by(frame, path.frames[index + 1], found)

    def is_derived_by(self, use: GradientUse, node: ast.expr) -> bool:
        """Whether a differentiated function is derived by what an argument of the call rests on."""
        function = use.path.frames[use.frame - 1].function if use.frame else None
        if function is None:
            return False
        given = self._lifted(use.path, use.frame - 1, [node])
        found = Slicer(self.inference, function.module, function.node).of(*given)
        derived = {parameter.arg for parameter in derived_by(function, use.region.node, use.region.label)}
        return bool(found.parameters & derived)

    def _slicer(self, module: Module, scope: ast.AST, ends: frozenset[str] = STOPS | PICKS) -> GradientSlicer:
        """A slicer along which gradients could flow: it ends at stop_gradient and the like, and at what only picks."""
        return GradientSlicer(self.inference, module, scope, ends)

    # jax and the like

    def _differentiated(self, path: Path, number: int, region: Region, call: ast.Call) -> GradientUse:
        """A function given to jax.grad: what it returns matters, unless another model takes what it is derived by."""
        if number and not self._returns(path.frames[number - 1]):
            return GradientUse(Effect.TRACED, path, number, region)
        function = path.frames[number - 1].function if number else None
        if function is not None and function.returns:
            run = activation(path, number - 1)
            receiver = self._receiver(path, number - 1, call)
            scope = function.node
            result = self._slicer(path.frames[number - 1].module, scope).of(*function.returns)
            others = {
                self._object(path.frames[number - 1].module, made.func.value, run)
                for made in result.calls()
                if isinstance(made.func, ast.Attribute) and made.func.attr == "stateless_call"
            }
            derived = {parameter.arg for parameter in derived_by(function, region.node, region.label)}
            arguments = self._arguments(path, number - 1, call)
            given = Slicer(self.inference, path.frames[number - 1].module, scope).of(*arguments)
            if others and receiver not in others and not given.parameters & derived:
                return GradientUse(Effect.OFF_PATH, path, number, region)
        return GradientUse(Effect.BREAKS, path, number, region)

    # torch

    def _torch(self, path: Path, call: ast.Call) -> Iterator[GradientUse]:
        """`loss.backward()` or `torch.autograd.grad(loss, ...)`, on a value that a call reaches."""
        for number, frame in enumerate(path.frames):
            module, function = frame.module, frame.function
            for asked, target, label in torch_targets(self.inference, module):
                if module.function_of(asked) is not function:
                    continue
                # What functions return costs far more to tell than that nothing here is differentiated by torch.
                if not all(self._returns(inner) for inner in path.frames[:number]):
                    return
                scope: ast.AST = function.node if function is not None else module.tree
                loss = self._slicer(module, scope).of(target)
                if loss.reaches(frame.node):
                    region = Region(RegionKind.DIFFERENTIATED, module, asked, label=label)
                    effect = Effect.OFF_PATH if self._is_constant(path, number, call, loss) else Effect.BREAKS
                    yield GradientUse(effect, path, number, region)

    def _is_constant(self, path: Path, number: int, call: ast.Call, loss: Slice) -> bool:
        """Whether the loss trains other models, called directly, for which this one only gives a number."""
        frame, run = path.frames[number], activation(path, number)
        module = frame.module
        trained = {self._object(module, made.func, run) for made in loss.calls() if self._is_direct(module, made)}
        scope: ast.AST = frame.function.node if frame.function is not None else module.tree
        upstream = Slicer(self.inference, module, scope).of(*self._arguments(path, number, call))
        if not trained or self._receiver(path, number, call) in trained:
            return False
        return not any(self._is_direct(module, made) for made in upstream.calls())

    def _is_direct(self, module: Module, call: ast.Call) -> bool:
        """Whether a call is that of a Keras model itself."""
        values = self.inference.values(module, call.func)
        return any(
            isinstance(v, KerasModel) or (isinstance(v, Instance) and self.inference.is_model_class(v.cls))
            for v in values
        )


def _inputs(call: ast.Call) -> list[ast.expr]:
    return [*call.args, *(keyword.value for keyword in call.keywords if keyword.arg == "x")]


def _given_by(frame: Frame, outer: Frame, found: Slice) -> list[ast.expr]:
    """What the frame that runs a function passes for the parameters in a slice."""
    function, edge = frame.function, outer.edge
    if function is None or edge is None:
        return []
    return [
        argument
        for parameter in function.parameters
        if parameter.arg in found.parameters and (argument := edge.argument(function, parameter)) is not None
    ]


def receiver_of(call: ast.Call) -> ast.expr:
    """The model of `model.predict(x)`, and of a direct call `model(x)`."""
    function = call.func
    return function.value if isinstance(function, ast.Attribute) and function.attr in PREDICT_FAMILY else function


def argument_of(call: ast.Call, position: int, keyword: str) -> ast.expr | None:
    """What a call passes at a position or by a keyword."""
    for item in call.keywords:
        if item.arg == keyword:
            return item.value
    if len(call.args) > position and not any(isinstance(a, ast.Starred) for a in call.args[: position + 1]):
        return call.args[position]
    return None


def torch_targets(inference: Inference, module: Module) -> Iterator[tuple[ast.Call, ast.expr, str]]:
    """(call, target, label) of what torch is asked to differentiate in a module."""
    for call in module.calls.get("backward", ()):
        if isinstance(call.func, ast.Attribute) and not call.args:
            yield call, call.func.value, "backward()"
    for call in module.calls.get("grad", ()):
        names = [value.name for value in inference.values(module, call.func) if isinstance(value, External)]
        target = argument_of(call, 0, "outputs")
        if "torch.autograd.grad" in names and target is not None:
            yield call, target, "torch.autograd.grad"


def derived_by(function: Function, node: ast.AST, label: str) -> list[ast.arg]:
    """The parameters by which a function is derived: the first one, or those that `argnums` counts."""
    parameters = function.parameters[1:] if function.is_method else function.parameters
    by_first = label.startswith(("jax.", "torch."))
    argnums: ast.expr | None = None
    if isinstance(node, ast.Call):
        argnums = next((keyword.value for keyword in node.keywords if keyword.arg == "argnums"), None)
        if argnums is None and len(node.args) == 2 and by_first:
            argnums = node.args[1]
    if argnums is None:
        return parameters[:1] if by_first else parameters
    items = argnums.elts if isinstance(argnums, ast.Tuple | ast.List) else [argnums]
    numbers = [item.value for item in items if isinstance(item, ast.Constant) and isinstance(item.value, int)]
    if len(numbers) != len(items):
        return parameters
    return [parameters[i] for i in numbers if 0 <= i < len(parameters)]
