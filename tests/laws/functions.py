"""Law of functions: a part of an expression, or a statement, may stand in a function of its own."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import libcst as cst

from laws.sites import (
    Files,
    Transformer,
    bound_by_hand,
    children,
    code,
    each_module,
    free_names,
    is_inference,
    picked,
    stored_in,
    with_heading,
)
from laws.steps import Pick


@dataclass(frozen=True)
class Helper:
    """How a helper that gives `value` is written, and called."""

    definition: str
    call: str


FUNCTION = Helper("def {name}({parameters}):\n    return {value}\n", "{name}({arguments})")
STEPWISE = Helper("def {name}({parameters}):\n    found = {value}\n    return found\n", "{name}({arguments})")
LAMBDA = Helper("{name} = lambda {parameters}: {value}\n", "{name}({arguments})")
METHOD = Helper(
    "class Helper_{name}:\n    def give(this{comma}{parameters}):\n        return {value}\n{name} = Helper_{name}()\n",
    "{name}.give({arguments})",
)
STATIC = Helper(
    "class Helper_{name}:\n    @staticmethod\n    def give({parameters}):\n        return {value}\n",
    "Helper_{name}.give({arguments})",
)


def returned(pick: Pick, helper: Helper) -> Transformer:
    """Each picked part of a statement is what a helper in the same module returns."""

    def change(module: cst.Module) -> cst.Module:
        helpers = _Helpers(module, pick, helper)
        return with_heading(module.visit(helpers), "".join(helpers.definitions))

    return each_module(change)


def returned_elsewhere(pick: Pick) -> Transformer:
    """Each picked part of a statement is what a function of another module returns."""

    def transform(files: Files) -> dict[str, str]:
        changed = dict(files)
        for number, name in enumerate(sorted(name for name in files if name.endswith(".py"))):
            module = cst.parse_module(files[name])
            defined = {s.name.value for s in module.body if isinstance(s, cst.FunctionDef | cst.ClassDef)}
            helpers = _Helpers(module, pick, FUNCTION, without=defined, name=f"helper_{number}")
            module = module.visit(helpers)
            if not helpers.definitions:
                continue
            folder, _, _ = name.rpartition("/")
            imports = [code(s) for s in module.body if isinstance(s, cst.SimpleStatementLine) and _is_library_import(s)]
            changed[f"{folder}/helpers_{number}.py".lstrip("/")] = "".join([*imports, "\n", *helpers.definitions])
            names = ", ".join(helpers.names)
            package = "." if folder and f"{folder}/__init__.py" in files else ""
            changed[name] = with_heading(module, f"from {package}helpers_{number} import {names}\n").code
        return changed

    return transform


def _is_library_import(statement: cst.SimpleStatementLine) -> bool:
    return all(
        isinstance(part, cst.Import) or (isinstance(part, cst.ImportFrom) and not part.relative)
        for part in statement.body
    )


class _Helpers(cst.CSTTransformer):
    def __init__(
        self, module: cst.Module, pick: Pick, helper: Helper, without: set[str] | None = None, name: str = "helper"
    ) -> None:
        super().__init__()
        self.module, self.pick, self.helper, self.without, self.name = module, pick, helper, without or set(), name
        self.bound = bound_by_hand(module)
        self.definitions: list[str] = []
        self.names: list[str] = []

    def leave_SimpleStatementLine(  # noqa: N802
        self, original_node: cst.SimpleStatementLine, updated_node: cst.SimpleStatementLine
    ) -> cst.SimpleStatementLine:
        if len(updated_node.body) != 1:
            return updated_node
        changed: cst.CSTNode = updated_node
        for part in picked(updated_node.body[0], lambda node: self.pick(node, self.bound)):
            free = free_names(part, self.module)
            if free is None or self.without & {n.value for n in children(part) if isinstance(n, cst.Name)}:
                continue
            if not any(node is part for node in children(changed)):
                continue
            name = f"{self.name}_{len(self.names) + 1}"
            texts = {
                "name": name,
                "value": code(part),
                "parameters": ", ".join(free),
                "arguments": ", ".join(free),
                "comma": ", " if free else "",
            }
            self.definitions.append(self.helper.definition.format(**texts))
            self.names.append(name)
            changed = changed.deep_replace(part, cst.parse_expression(self.helper.call.format(**texts)))
        assert isinstance(changed, cst.SimpleStatementLine)
        return changed


def moved_statement(files: Files) -> dict[str, str]:
    """The value of each statement that calls a model is worked out in a function."""
    return each_module(lambda module: _with_moved_statements(module, {}))(files)


def moved_with_defaults(files: Files) -> dict[str, str]:
    """The same, with a function whose parameters have the variables that the module binds once as their defaults."""

    def change(module: cst.Module) -> cst.Module:
        at = next((n for n, s in enumerate(module.body) if not isinstance(s, cst.SimpleStatementLine)), None)
        bound_at = {name: n for n, statement in enumerate(module.body[:at], 1) for name in stored_in(statement)}
        stores = Counter(
            name
            for node in children(module)
            if isinstance(node, cst.AssignTarget | cst.AugAssign | cst.For | cst.AsName | cst.Param)
            for name in (stored_in(node) if not isinstance(node, cst.Param) else {node.name.value})
        )
        return _with_moved_statements(module, {name: n for name, n in bound_at.items() if stores[name] == 1})

    return each_module(change)(files)


def _with_moved_statements(module: cst.Module, fixed: dict[str, int]) -> cst.Module:
    bound = bound_by_hand(module)

    class Moves(cst.CSTTransformer):
        def __init__(self) -> None:
            super().__init__()
            self.made: list[tuple[int, cst.BaseStatement]] = []

        def leave_SimpleStatementLine(  # noqa: N802
            self, original_node: cst.SimpleStatementLine, updated_node: cst.SimpleStatementLine
        ) -> cst.SimpleStatementLine:
            part = updated_node.body[0]
            value = part.value if isinstance(part, cst.Assign | cst.Expr | cst.Return) else None
            if value is None or len(updated_node.body) != 1:
                return updated_node
            free = free_names(value, module)
            if free is None or not any(is_inference(node, bound) for node in children(value)):
                return updated_node
            name = f"moved_{len(self.made) + 1}"
            inner: cst.BaseSmallStatement = part if isinstance(part, cst.Expr) else cst.Return(value)
            line = updated_node.with_changes(body=[inner], leading_lines=[])
            passed = [variable for variable in free if variable not in fixed]
            parameters = [*passed, *(f"{variable}={variable}" for variable in free if variable in fixed)]
            made = cst.parse_statement(f"def {name}({', '.join(parameters)}):\n    pass\n")
            assert isinstance(made, cst.FunctionDef)
            # Behind what its defaults name.
            at = max((fixed[variable] for variable in free if variable in fixed), default=0)
            self.made.append((at, made.with_changes(body=cst.IndentedBlock([line]))))
            call = cst.parse_expression(f"{name}({', '.join(passed)})")
            return updated_node.with_changes(
                body=[part.with_changes(value=call)], trailing_whitespace=cst.TrailingWhitespace()
            )

    moves = Moves()
    module = module.visit(moves)
    body = list(module.body)
    for at, made in sorted(moves.made, key=lambda pair: -pair[0]):
        if at:
            body.insert(at, made)
    changed = module.with_changes(body=body)
    return with_heading(changed, "".join(code(made) for at, made in moves.made if not at))


def keywords(files: Files) -> dict[str, str]:
    """`f(a)` of a function of the module is `f(parameter=a)`, `predict(a)` is `predict(x=a)`."""

    def change(module: cst.Module) -> cst.Module:
        functions = _plain_functions(module)

        class Keywords(cst.CSTTransformer):
            def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.Call:  # noqa: N802
                function, args = updated_node.func, updated_node.args
                if any(arg.star or isinstance(arg.value, cst.GeneratorExp) for arg in args):
                    return updated_node
                names: list[str] = []
                if isinstance(function, cst.Name) and function.value in functions:
                    names = [param.name.value for param in functions[function.value].params.params]
                elif isinstance(function, cst.Attribute) and function.attr.value == "predict" and len(args) == 1:
                    defined = {n.name.value for n in children(module) if isinstance(n, cst.FunctionDef)}
                    names = [] if "predict" in defined else ["x"]
                positional = [arg for arg in args if arg.keyword is None]
                if len(names) < len(positional):
                    return updated_node
                equal = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))
                return updated_node.with_changes(
                    args=[
                        arg.with_changes(keyword=cst.Name(names[number]), equal=equal) if arg.keyword is None else arg
                        for number, arg in enumerate(args)
                    ]
                )

        return module.visit(Keywords())

    return each_module(change)(files)


def _plain_functions(module: cst.Module) -> dict[str, cst.FunctionDef]:
    """The functions of a module with a name of their own and no decorator, whose parameters are all ordinary."""
    found: dict[str, cst.FunctionDef] = {}
    taken: set[str] = set()
    for node in children(module):
        if isinstance(node, cst.AssignTarget) and isinstance(node.target, cst.Name):
            taken.add(node.target.value)
        if isinstance(node, cst.FunctionDef):
            if node.name.value in found:
                taken.add(node.name.value)
            if node in module.body and not node.decorators and node.asynchronous is None:
                found[node.name.value] = node
            else:
                taken.add(node.name.value)
    ordinary = {
        name: node
        for name, node in found.items()
        if isinstance(node.params.star_arg, cst.MaybeSentinel)
        and node.params.star_kwarg is None
        and not node.params.kwonly_params
        and not node.params.posonly_params
    }
    return {name: node for name, node in ordinary.items() if name not in taken}


def partials(files: Files) -> dict[str, str]:
    """`f(a, b)` of a function of the module is `functools.partial(f, a)(b)`."""

    def change(module: cst.Module) -> cst.Module:
        functions = _plain_functions(module)

        class Partials(cst.CSTTransformer):
            applied = False

            def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.Call:  # noqa: N802
                function, args = updated_node.func, updated_node.args
                if not isinstance(function, cst.Name) or function.value not in functions or not args:
                    return updated_node
                if any(arg.star or arg.keyword is not None for arg in args):
                    return updated_node
                self.applied = True
                first = args[0].with_changes(comma=cst.MaybeSentinel.DEFAULT)
                made = cst.Call(cst.parse_expression("functools.partial"), [cst.Arg(function), first])
                return updated_node.with_changes(func=made, args=args[1:])

        made = Partials()
        module = module.visit(made)
        return with_heading(module, "import functools\n" if made.applied else "")

    return each_module(change)(files)


def defaults(files: Files) -> dict[str, str]:
    """What the only call of a function hands over last, a variable of the module, is the parameter's default."""

    def change(module: cst.Module) -> cst.Module:
        chosen = _defaults(module)

        class Defaults(cst.CSTTransformer):
            def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.Call:  # noqa: N802
                if not isinstance(updated_node.func, cst.Name) or updated_node.func.value not in chosen:
                    return updated_node
                args = [arg.with_changes(comma=cst.MaybeSentinel.DEFAULT) for arg in updated_node.args[:-1]]
                return updated_node.with_changes(args=args)

            def leave_FunctionDef(  # noqa: N802
                self, original_node: cst.FunctionDef, updated_node: cst.FunctionDef
            ) -> cst.FunctionDef:
                value = chosen.get(updated_node.name.value)
                if value is None:
                    return updated_node
                parameters = list(updated_node.params.params)
                equal = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))
                parameters[-1] = parameters[-1].with_changes(default=value, equal=equal)
                return updated_node.with_changes(params=updated_node.params.with_changes(params=parameters))

        return module.visit(Defaults())

    return each_module(change)(files)


def _defaults(module: cst.Module) -> dict[str, cst.BaseExpression]:
    """The functions of which a parameter can have a default, and that default."""
    found: dict[str, cst.BaseExpression] = {}
    stored: list[str] = []
    for node in children(module):
        if isinstance(node, cst.AssignTarget | cst.For | cst.AugAssign) and isinstance(node.target, cst.Name):
            stored.append(node.target.value)
    for name, function in _plain_functions(module).items():
        uses = [node for node in children(module) if isinstance(node, cst.Name) and node.value == name]
        calls = [node for node in children(module) if isinstance(node, cst.Call) and node.func in uses]
        if len(uses) != 2 or len(calls) != 1 or not calls[0].args:
            continue
        last = calls[0].args[-1]
        parameters = function.params.params
        if len(parameters) != len(calls[0].args) or parameters[-1].default is not None or last.star:
            continue
        if any(arg.keyword is not None for arg in calls[0].args):
            continue
        above = module.body[: module.body.index(function)]
        made = [
            part.targets[0].target.value
            for statement in above
            if isinstance(statement, cst.SimpleStatementLine)
            for part in statement.body
            if isinstance(part, cst.Assign) and isinstance(part.targets[0].target, cst.Name)
        ]
        constant = isinstance(last.value, cst.Integer | cst.SimpleString)
        if constant or (
            isinstance(last.value, cst.Name) and last.value.value in made and stored.count(last.value.value) == 1
        ):
            found[name] = last.value
    return found


def decorated(files: Files) -> dict[str, str]:
    """Each function that has no decorator gets one that only wraps it."""
    text = (
        "import functools\n"
        "def only_wraps(function):\n"
        "    @functools.wraps(function)\n"
        "    def wrapper(*args, **kwargs):\n"
        "        return function(*args, **kwargs)\n"
        "    return wrapper\n"
    )

    def change(module: cst.Module) -> cst.Module:
        functions = set(_plain_functions(module).values())

        class Decorators(cst.CSTTransformer):
            def leave_FunctionDef(  # noqa: N802
                self, original_node: cst.FunctionDef, updated_node: cst.FunctionDef
            ) -> cst.FunctionDef:
                if original_node not in functions or any(isinstance(n, cst.Yield) for n in children(original_node)):
                    return updated_node
                return updated_node.with_changes(decorators=[cst.Decorator(cst.Name("only_wraps"))])

        changed = module.visit(Decorators())
        return with_heading(changed, text) if changed.code != module.code else module

    return each_module(change)(files)
