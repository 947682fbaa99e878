"""Reaching definitions: which bindings of a name a use of it can see, and what runs before what.

Terms. A *definition* is a `Binding`. A *use* is a Name. A definition *reaches* a use if some way through the program
leads from the one to the other without another definition of the name between. A use that no way leads to is *dead* and
sees nothing. `x += 1` changes what x is and keeps where it came from: it is a definition that hides none.

A use in a unit (module, function, lambda: see control_flow.py) of a name of an outer unit sees the definitions that
reach a place where the inner unit can be run: where it is called, or, once it is handed on as a value, any later place.
What functions bind with `global` and `nonlocal` reaches the outer unit at the calls that can run them.
"""

from __future__ import annotations

import ast
import builtins
from collections import defaultdict
from collections.abc import Callable, Container, Sequence
from functools import cached_property

from lint_rules.records import NamedTuple, dataclass, field
from lint_rules.semantics.flow.control_flow import control_flow_of
from lint_rules.semantics.flow.dataflow import run_analysis
from lint_rules.semantics.flow.expressions import is_called
from lint_rules.semantics.flow.graph import LOOPS, Event, EventKind, Graph, Loop
from lint_rules.semantics.flow.rebinding import ANY_CALL, callers_by_name
from lint_rules.semantics.flow.straight import only_binding
from lint_rules.semantics.flow.ways import Ways
from lint_rules.semantics.syntax.module_index import Function, Module, last_name
from lint_rules.semantics.syntax.scopes import Binding, BindingKind, Scope, ScopeKind

__all__ = [
    "always_runs_before",
    "bindings_of",
    "carried_bindings",
    "comes_again",
    "is_certainly_bound",
    "is_cut_off",
    "is_reachable",
    "left_open",
    "loops_around",
    "tests_of",
    "uses_of",
]

# Bindings that leave the earlier ones visible.
_KEEPING = (BindingKind.AUGMENT, BindingKind.DECLARE)


def bindings_of(module: Module, name: ast.Name) -> list[Binding]:
    """The bindings that a use of a name can see; empty for builtins, names from star imports, and dead code."""
    scope = module.scopes[name]
    home = scope.find(name.id)
    if home is None:
        return []
    unit = _unit_of(scope)
    binding = only_binding(module, name, home, unit)
    return [binding] if binding is not None else _use_def_of(module, unit).bindings_of(name, scope)


def uses_of(module: Module, binding: Binding) -> list[ast.Name]:
    """The uses of a name in the module that can see a binding."""
    name = binding.name
    return module.once(("uses of", name), lambda: _uses_by_binding(module, name)).get(binding, [])


def _uses_by_binding(module: Module, name: str) -> dict[Binding, list[ast.Name]]:
    """The uses of a name in a module by what they can see."""
    found: dict[Binding, list[ast.Name]] = {}
    for use in module.names.get(name, ()):
        for binding in bindings_of(module, use):
            found.setdefault(binding, []).append(use)
    return found


def is_certainly_bound(module: Module, name: ast.Name) -> bool:
    """Whether every way to a use binds its name: it is none of what `bindings_of` cannot show."""
    scope = module.scopes[name]
    return _use_def_of(module, _unit_of(scope)).is_certainly_bound(name, scope)


def carried_bindings(module: Module, use: ast.Name, loop: ast.AST) -> list[Binding]:
    """The bindings in a loop that a use in the loop can see from an earlier iteration."""
    return _use_def_of(module, _unit_of(module.scopes[use])).carried(use, loop)


def is_reachable(module: Module, node: ast.AST) -> bool:
    """Whether anything leads to the statement of a node, and to the functions around it."""
    unit = _use_def_of(module, _unit_of(module.scopes[node]))
    return unit.is_live and unit.is_reached(node)


def always_runs_before(module: Module, first: ast.AST, then: ast.AST) -> bool:
    """Whether every way to a node of a unit goes through the beginning of another statement of the same unit."""
    scope = _unit_of(module.scopes[then])
    unit = _use_def_of(module, scope)
    return scope is _unit_of(module.scopes[first]) and unit.ways.dominates(first, then, unit.before)


def leads_only_through(module: Module, nodes: Sequence[ast.AST], then: ast.AST) -> bool:
    """Whether every way to a node of a unit goes through one of some others of the same unit, whichever."""
    scope = _unit_of(module.scopes[then])
    inside = all(scope is _unit_of(module.scopes[node]) for node in nodes)
    return inside and _use_def_of(module, scope).ways.leads_only_through(nodes, then)


def comes_again(module: Module, node: ast.AST, loop: ast.AST) -> bool:
    """Whether a loop statement may go on with another iteration once a node in it has run: `Ways.comes_again`."""
    return _use_def_of(module, _unit_of(module.scopes[node])).ways.comes_again(node, loop)


def tests_of(module: Module, function: Function) -> list[ast.expr]:
    """The tests of the `if` and `assert` statements that a function runs itself."""
    return list(_use_def_of(module, function.scope).ways.branches)


def left_open(module: Module, node: ast.AST, truth: Callable[[ast.expr], bool | None]) -> frozenset[int] | None:
    """The blocks of a node's unit that some way leads to if `truth` is right about its tests: `Ways.left_open`."""
    return _use_def_of(module, _unit_of(module.scopes[node])).ways.left_open(truth)


def is_cut_off(module: Module, node: ast.AST, blocks: Container[int] | None) -> bool:
    """Whether none of the blocks of its unit that are left open is where a node begins: `Ways.is_cut_off`."""
    return _use_def_of(module, _unit_of(module.scopes[node])).ways.is_cut_off(node, blocks)


def loops_around(module: Module, node: ast.AST) -> tuple[Loop, ...]:
    """The loop statements of the same unit in whose body (or test) a node runs, innermost first."""
    known: dict[ast.AST, tuple[Loop, ...]] = module.derived.setdefault(loops_around, {})
    passed: list[ast.AST] = []
    found: tuple[Loop, ...] = ()
    for child, parent in module.ancestors(node):
        if child in known:
            found = known[child]
            break
        passed.append(child)
        if isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            break
    for child in reversed(passed):
        parent = module.parents[child]
        if isinstance(parent, LOOPS) and _is_repeated(parent, child):
            found = (parent, *found)
        known[child] = found
    return found


def _is_repeated(loop: Loop, part: ast.AST) -> bool:
    return (isinstance(loop, ast.While) and part is loop.test) or any(item is part for item in loop.body)


def _unit_of(scope: Scope) -> Scope:
    """The scope of the module or function in which the code of a scope runs."""
    while scope.kind in (ScopeKind.COMPREHENSION, ScopeKind.CLASS) and scope.parent is not None:
        scope = scope.parent
    return scope


def _use_def_of(module: Module, unit: Scope) -> _UseDef:
    known: dict[Scope, _UseDef] = module.derived.setdefault(_UseDef, {})
    if unit not in known:
        known[unit] = _UseDef(module, unit)
    return known[unit]


@dataclass(eq=False, slots=True)
class _Variable:
    """A name of a scope that a unit binds.

    Its bits: one for each definition in the unit, then `outside` for what it was before (unbound, a builtin, or for a
    `global` name what others gave it), then `rebound` for what functions bind during calls.
    """

    scope: Scope
    name: str
    definitions: list[Binding] = field(default_factory=list)
    first: int = 0
    mask: int = 0

    @property
    def outside(self) -> int:
        return self.first + len(self.definitions)

    @property
    def rebound(self) -> int:
        return self.outside + 1


class _Seen(NamedTuple):
    """What a name can be at a place in a block, the nearest definition first; None behind the last."""

    bit: int
    further: _Seen | None


# Behind this, what holds before the block.
_BEFORE = _Seen(-1, None)


def _unrolled(seen: _Seen | None) -> tuple[int, bool]:
    """The bits of what is seen, and whether what holds before the block is seen too."""
    bits = 0
    while seen is not None and seen is not _BEFORE:
        bits |= 1 << seen.bit
        seen = seen.further
    return bits, seen is _BEFORE


class _Sight(NamedTuple):
    """One place of a use (`finally` bodies are built more than once); `later`: it sees all that comes after, too."""

    block: int
    variable: _Variable | None
    seen: _Seen | None
    later: bool = False


class _UseDef:
    """The answers for one unit, worked out once. It solves one may-analysis; the rest is looked up in the result."""

    def __init__(self, module: Module, unit: Scope) -> None:
        self.module = module
        self.unit = unit
        graph = control_flow_of(module, unit.node)
        self.exit = graph.exit.number
        self.ways = Ways(module, unit.node, graph)
        self.successors = self.ways.successors
        self.variables: dict[tuple[Scope, str], _Variable] = {}
        self.sights: dict[ast.Name, list[_Sight]] = {}
        self.fallbacks: dict[ast.Name, list[_Sight]] = {}
        self.functions: dict[ast.AST, list[int]] = {}
        self.call_blocks: dict[ast.Name, list[int]] = {}
        self.bits: dict[Binding, int] = {}
        self.gen: list[int] = []
        self.kill: list[int] = []
        self.bound: list[int] = []
        self.lists: dict[tuple[_Variable, int], list[Binding]] = {}
        self.carried_before: dict[ast.AST, dict[int, int]] = {}
        self._number_variables(graph)
        self._rebinding = self._rebinding_calls()
        for block in graph.blocks:
            self._sweep(block.number, block.events)
        entry = 0
        for variable in self.variables.values():
            entry |= 1 << variable.outside
        self.before = run_analysis(self.successors, {self.ways.entry: entry}, self.gen, self.kill)

    # Working it out

    def _number_variables(self, graph: Graph) -> None:
        by_node = _bindings_by_node(self.module)
        for block in graph.blocks:
            for event in block.events:
                if event.kind is EventKind.BIND:
                    for binding in by_node.get((event.node, event.name), ()):
                        variable = self.variables.setdefault(
                            (binding.scope, binding.name), _Variable(binding.scope, binding.name)
                        )
                        if binding not in self.bits:
                            self.bits[binding] = 0
                            variable.definitions.append(binding)
        number = 0
        for variable in self.variables.values():
            variable.definitions.sort(key=lambda binding: binding.effect)
            variable.first = number
            variable.mask = ((1 << (len(variable.definitions) + 2)) - 1) << number
            for binding in variable.definitions:
                self.bits[binding] = number
                number += 1
            number += 2

    def _rebinding_calls(self) -> dict[str, list[_Variable]]:
        """The variables that a call may bind anew by running a function that says `global` or `nonlocal`, by the last
        name of what is called; under ANY_CALL those that any call may."""
        found: dict[str, list[_Variable]] = defaultdict(list)
        for variable in self.variables.values():
            names: set[str] = set()
            bindings = variable.scope.bindings[variable.name]
            if len(bindings) > len(variable.definitions):
                for binding in bindings:
                    function = self.module.scopes[_scoped(self.module, binding.node)].function
                    if binding not in self.bits and function is not None:
                        names |= callers_by_name(function)
            for name in [ANY_CALL] if ANY_CALL in names else sorted(names):
                found[name].append(variable)
        return found

    def _sweep(self, number: int, events: list[Event]) -> None:
        """Go through a block once: note what each use sees, and what the block does to each variable."""
        state: dict[_Variable, _Seen | None] = {}
        bound = 0
        by_node = _bindings_by_node(self.module)
        for event in events:
            if event.kind in (EventKind.READ, EventKind.READ_LATER):
                assert isinstance(event.node, ast.Name)
                self._note_use(event.node, number, state, event.kind is EventKind.READ_LATER)
            elif event.kind is EventKind.BIND:
                for binding in by_node.get((event.node, event.name), ()):
                    variable = self.variables[binding.scope, binding.name]
                    earlier = state.get(variable, _BEFORE) if binding.kind in _KEEPING else None
                    state[variable] = _Seen(self.bits[binding], earlier)
                    bound |= 1 << self.bits[binding]
            elif event.kind is EventKind.UNBIND:
                scope = self.module.scopes[event.node].find(event.name)
                unbound = self.variables.get((scope, event.name)) if scope is not None else None
                if unbound is not None:
                    state[unbound] = _Seen(unbound.outside, None)
            elif event.kind is EventKind.FUNCTION:
                self.functions.setdefault(event.node, []).append(number)
            elif event.kind is EventKind.STAR:
                for variable in self.variables.values():
                    if variable.scope is self.unit:
                        state[variable] = _Seen(variable.outside, state.get(variable, _BEFORE))
            else:
                if isinstance(event.node, ast.Call) and isinstance(event.node.func, ast.Name):
                    self.call_blocks.setdefault(event.node.func, []).append(number)
                if self._rebinding:
                    self._run_elsewhere(event.node, state)
        gen = kill = 0
        for variable, seen in state.items():
            bits, earlier_too = _unrolled(seen)
            gen |= bits
            if not earlier_too:
                kill |= variable.mask
        self.gen.append(gen)
        self.kill.append(kill)
        self.bound.append(bound)

    def _run_elsewhere(self, node: ast.AST, state: dict[_Variable, _Seen | None]) -> None:
        name = last_name(node.func) if isinstance(node, ast.Call) else None
        variables = self._rebinding.get(ANY_CALL, ())
        for variable in [*variables, *self._rebinding.get(name, ())] if name is not None else variables:
            seen = state.get(variable, _BEFORE)
            if seen is None or seen.bit != variable.rebound:
                state[variable] = _Seen(variable.rebound, seen)

    def _note_use(self, name: ast.Name, number: int, state: dict[_Variable, _Seen | None], later: bool) -> None:
        scope = self.module.scopes[name].find(name.id)
        variable = self.variables.get((scope, name.id)) if scope is not None else None
        seen = state.get(variable, _BEFORE) if variable is not None else _BEFORE
        self.sights.setdefault(name, []).append(_Sight(number, variable, seen, later))
        if variable is not None and variable.scope.kind is ScopeKind.CLASS:
            # A name that the class body has not bound yet is that of the module.
            outer = variable.scope.root.find(name.id)
            behind = self.variables.get((outer, name.id)) if outer is not None else None
            if behind is not None:
                self.fallbacks.setdefault(name, []).append(_Sight(number, behind, state.get(behind, _BEFORE), later))

    # Where the unit itself runs

    @cached_property
    def outer(self) -> _UseDef | None:
        """The unit in which the function of this one is made."""
        parent = self.unit.parent
        return _use_def_of(self.module, _unit_of(parent)) if parent is not None else None

    @cached_property
    def is_live(self) -> bool:
        """Whether anything leads to where the function is made."""
        outer = self.outer
        return outer is None or (
            outer.is_live and any(block in outer.before for block in outer._made_at(self.unit.node))
        )

    def _made_at(self, function: ast.AST) -> list[int]:
        return self.functions.get(function, [])

    @cached_property
    def later(self) -> list[int]:
        """The bits of all that may still be bound when a block begins."""
        backwards: list[list[int]] = [[] for _ in self.successors]
        for number, successors in enumerate(self.successors):
            for following in successors:
                backwards[following].append(number)
        bound = [
            gen | (bits if number in self.before else 0)
            for number, (gen, bits) in enumerate(zip(self.gen, self.bound, strict=True))
        ]
        nothing = [0] * len(bound)
        behind = run_analysis(backwards, dict.fromkeys(range(len(bound)), 0), bound, nothing)
        return [behind[number] | bits for number, bits in enumerate(bound)]

    @cached_property
    def at_runs(self) -> dict[ast.AST, int]:
        """The bits that hold where the functions made in this unit can run.

        One analysis over the functions: what holds at the calls of a function holds in it, and at the calls that it
        makes of others.
        """
        nodes = list(self.functions)
        numbers = {node: number for number, node in enumerate(nodes)}
        direct = [self._direct_runs(self.module.functions[node]) for node in nodes]
        callees: list[list[int]] = [[] for _ in nodes]
        for number, node in enumerate(nodes):
            for mention in self._mentions(self.module.functions[node]) or ():
                child = self._child_holding(mention)
                if child in numbers:
                    callees[numbers[child]].append(number)
        nothing = [0] * len(nodes)
        before = run_analysis(callees, dict(enumerate(direct)), nothing, nothing)
        return {node: before[number] for number, node in enumerate(nodes)}

    def _mentions(self, function: Function) -> list[ast.Name] | None:
        """The uses of a function's name; None where it is run in other ways too: a method, a decorated function."""
        node = function.node
        home = self.unit
        if isinstance(node, ast.Lambda) or node.decorator_list or self.module.scopes[node] is not home:
            return None
        if len(home.bindings.get(node.name, ())) != 1:
            return None
        scopes = self.module.scopes
        return [use for use in self.module.names.get(node.name, ()) if scopes[use].find(use.id) is home]

    def _direct_runs(self, function: Function) -> int:
        """The bits that hold where this unit itself runs a function, or gives it away to be run at any time."""
        node = function.node
        mentions = self._mentions(function)
        runs_later = function.is_generator or isinstance(node, ast.AsyncFunctionDef)
        bits = 0
        for mention in mentions or ():
            inside = self._child_holding(mention) is None
            called = is_called(self.module, mention)
            if not inside and (runs_later or not called):
                mentions = None
                break
            if inside:
                for block in self.call_blocks.get(mention, ()) if called else self._blocks_of(mention):
                    if block in self.before:
                        bits |= self.before[block] | (0 if called and not runs_later else self.later[block])
        if mentions is None:
            for block in self.functions[node]:
                if block in self.before:
                    bits |= self.before[block] | self.later[block]
        elif self.outer is None:  # the modules that import it run it when this one is done
            bits |= self.before.get(self.exit, 0)
        return bits

    def _blocks_of(self, name: ast.Name) -> list[int]:
        return [sight.block for sight in self.sights.get(name, ())]

    def _child_holding(self, node: ast.AST) -> ast.AST | None:
        """The function made in this unit within which a node runs, None where the unit itself runs it."""
        scope = _unit_of(self.module.scopes[node])
        return self._child_above(scope).node if scope is not self.unit else None

    def _child_above(self, inner: Scope) -> Scope:
        """The unit made in this one that an inner unit is, or stands in."""
        while inner.parent is not None and _unit_of(inner.parent) is not self.unit:
            inner = _unit_of(inner.parent)
        return inner

    # Answers

    def bindings_of(self, name: ast.Name, scope: Scope) -> list[Binding]:
        home = scope.find(name.id)
        if home is None or not self.is_live:
            return []
        sights = self.sights.get(name)
        if sights is None:  # not evaluated by itself, such as the target of a walrus
            return _shown(home.bindings[name.id])
        if not any(sight.block in self.before for sight in sights):
            return []
        if home.kind is ScopeKind.COMPREHENSION:
            return _shown(home.bindings[name.id])
        variable = sights[0].variable
        if variable is None:
            return self._from_outside(home, name.id)
        mask = self._mask(sights)
        found = self._listed(variable, mask)
        if home.kind is ScopeKind.CLASS and mask >> variable.outside & 1:
            outer = home.root.find(name.id)
            if outer is not None and name in self.fallbacks:
                behind = self.fallbacks[name]
                found = found + self._listed(self.variables[outer, name.id], self._mask(behind))
            elif outer is not None:
                found = found + self._from_outside(outer, name.id)
        if not found and home.kind is ScopeKind.MODULE and not hasattr(builtins, name.id):
            # The text is not in the order in which it is run: cells of a notebook, snippets.
            return _shown(home.bindings[name.id])
        return found

    def is_certainly_bound(self, name: ast.Name, scope: Scope) -> bool:
        home = scope.find(name.id)
        sights = self.sights.get(name, [])
        if home is None or not self.is_live or not any(sight.block in self.before for sight in sights):
            return False
        if home.kind is ScopeKind.COMPREHENSION:
            return True
        variable = sights[0].variable
        if variable is not None and not self._mask(sights) >> variable.outside & 1:
            return True
        if home.kind is ScopeKind.CLASS:
            behind = self.fallbacks.get(name, [])
            global_one = behind[0].variable if behind else None
            return global_one is not None and not self._mask(behind) >> global_one.outside & 1
        source = _use_def_of(self.module, _unit_of(home))
        outer = source.variables.get((home, name.id))
        if source is self or outer is None:
            return False
        return not source.at_runs.get(source._child_above(self.unit).node, 0) >> outer.outside & 1

    def carried(self, use: ast.Name, loop: ast.AST) -> list[Binding]:
        sights = self.sights.get(use, [])
        variable = sights[0].variable if sights else None
        if variable is None or loop not in self.ways.loops or not self.is_live:
            return []
        before = self._carried_into(loop)
        mask = 0
        for sight in sights:
            if _unrolled(sight.seen)[1]:
                mask |= before.get(sight.block, 0)
        return self._listed(variable, mask & variable.mask & ~(1 << variable.outside))

    def _carried_into(self, loop: ast.AST) -> dict[int, int]:
        """The bits that the iterations of a loop leave to the next, before each of its blocks."""
        if loop not in self.carried_before:
            found = self.carried_before[loop] = {}
            for blocks in self.ways.loops[loop]:
                numbers = range(blocks.header, blocks.end)
                left = bound = 0
                for number in numbers:
                    bound |= self.gen[number]
                    if number in self.before and blocks.header in self.successors[number]:
                        left |= self.before[number] & ~self.kill[number] | self.gen[number]
                inside = {number: [s for s in self.successors[number] if s in blocks] for number in numbers}
                nothing = dict.fromkeys(numbers, 0)
                found.update(run_analysis(inside, {blocks.header: left & bound}, nothing, self.kill))
        return self.carried_before[loop]

    def is_reached(self, node: ast.AST) -> bool:
        starts = self.ways.starts(node)
        return starts is None or any(start.block in self.before for start in starts)

    # From bits to bindings

    def _mask(self, sights: list[_Sight]) -> int:
        """The bits of the variable of a use that it sees in any of its places."""
        found = 0
        for sight in sights:
            before = self.before.get(sight.block)
            variable = sight.variable
            if before is None or variable is None:
                continue
            bits, earlier_too = _unrolled(sight.seen)
            found |= bits
            if earlier_too:
                found |= before & variable.mask
            if sight.later:
                found |= self.later[sight.block] & variable.mask
        return found

    def _listed(self, variable: _Variable, mask: int) -> list[Binding]:
        key = (variable, mask)
        if key not in self.lists:
            found = [binding for binding in variable.definitions if mask >> self.bits[binding] & 1]
            if mask >> variable.rebound & 1:
                found += self._bound_elsewhere(variable.scope, variable.name)
            if mask >> variable.outside & 1 and _unit_of(variable.scope) is not self.unit:
                found += variable.definitions  # of an earlier call
                found += self._from_outside(variable.scope, variable.name)
            self.lists[key] = _shown(found)
        return self.lists[key]

    def _bound_elsewhere(self, scope: Scope, name: str) -> list[Binding]:
        """What other units bind a name of a scope to."""
        return [binding for binding in scope.bindings[name] if binding not in self.bits]

    def _from_outside(self, home: Scope, name: str) -> list[Binding]:
        """What a name of an outer scope can be bound to where this unit runs."""
        source = _use_def_of(self.module, _unit_of(home))
        variable = source.variables.get((home, name))
        if variable is None:
            return _shown(home.bindings[name])
        bits = source.at_runs.get(source._child_above(self.unit).node, 0)
        return source._listed(variable, bits & variable.mask | 1 << variable.rebound)


def _shown(bindings: list[Binding]) -> list[Binding]:
    """Bindings in the order of the text; a bare declaration counts where there is nothing else."""
    unique = sorted(dict.fromkeys(bindings), key=lambda binding: binding.effect)
    return [binding for binding in unique if binding.kind is not BindingKind.DECLARE] or unique


def _bindings_by_node(module: Module) -> dict[tuple[ast.AST, str], list[Binding]]:
    """The bindings that each node makes of each name."""
    known: dict[tuple[ast.AST, str], list[Binding]] | None = module.derived.get(_bindings_by_node)
    if known is None:
        known = {}
        for scope in set(module.scopes.values()):
            for name, bindings in scope.bindings.items():
                for binding in bindings:
                    known.setdefault((binding.node, name), []).append(binding)
        module.derived[_bindings_by_node] = known
    return known


def _scoped(module: Module, node: ast.AST) -> ast.AST:
    """The node, or for the alias of an import its statement: what has a scope."""
    return module.parents[node] if isinstance(node, ast.alias) else node
