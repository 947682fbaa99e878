"""Law of flow: the same statements may run under other control flow."""

from __future__ import annotations

from collections.abc import Callable

import libcst as cst

from laws.sites import Files, Transformer, bound_by_hand, children, code, each_module, is_inference, with_heading


def early_return(files: Files) -> dict[str, str]:
    """Each function returns at once on a condition that never holds."""

    class Guards(cst.CSTTransformer):
        applied = False

        def leave_FunctionDef(  # noqa: N802
            self, original_node: cst.FunctionDef, updated_node: cst.FunctionDef
        ) -> cst.FunctionDef:
            body = updated_node.body
            if not isinstance(body, cst.IndentedBlock):
                return updated_node
            self.applied = True
            guard = cst.parse_statement("if len(sys.argv) > 1000:\n    return\n")
            first = body.body[0]
            part = first.body[0] if isinstance(first, cst.SimpleStatementLine) else None
            at = 1 if isinstance(part, cst.Expr) and isinstance(part.value, cst.SimpleString) else 0
            lines = [*body.body[:at], guard, *body.body[at:]]
            return updated_node.with_changes(body=body.with_changes(body=lines))

    def change(module: cst.Module) -> cst.Module:
        guards = Guards()
        changed = module.visit(guards)
        return with_heading(changed, "import sys\n" if guards.applied else "")

    return each_module(change)(files)


def both_arms(files: Files) -> dict[str, str]:
    """Each variable that no call of a model gives is bound the same in both arms of an `if`."""

    def change(module: cst.Module) -> cst.Module:
        bound = bound_by_hand(module)

        class Arms(cst.CSTTransformer):
            applied = False

            def leave_SimpleStatementLine(  # noqa: N802
                self, original_node: cst.SimpleStatementLine, updated_node: cst.SimpleStatementLine
            ) -> cst.BaseStatement:
                part = updated_node.body[0]
                if len(updated_node.body) != 1 or not isinstance(part, cst.Assign):
                    return updated_node
                if any(is_inference(node, bound) for node in children(part)):
                    return updated_node
                if not isinstance(part.targets[0].target, cst.Name):
                    return updated_node
                self.applied = True
                block = cst.IndentedBlock([updated_node])
                return cst.If(cst.parse_expression("len(sys.argv) > 1"), block, cst.Else(block))

        arms = Arms()
        changed = module.visit(arms)
        return with_heading(changed, "import sys\n" if arms.applied else "")

    return each_module(change)(files)


def around(template: str, heading: str = "") -> Transformer:
    """Each statement that calls a model stands in another statement, in the place of its `pass`."""

    def change(module: cst.Module) -> cst.Module:
        bound = bound_by_hand(module)

        class Around(cst.CSTTransformer):
            applied = False

            def leave_SimpleStatementLine(  # noqa: N802
                self, original_node: cst.SimpleStatementLine, updated_node: cst.SimpleStatementLine
            ) -> cst.BaseStatement:
                if not any(is_inference(node, bound) for node in children(updated_node)):
                    return updated_node
                self.applied = True
                made = cst.parse_statement(template)
                assert isinstance(made, cst.Try | cst.With)
                return made.with_changes(body=cst.IndentedBlock([updated_node]))

        made = Around()
        changed = module.visit(made)
        return with_heading(changed, heading if made.applied else "")

    return each_module(change)


TRY = "try:\n    pass\nexcept Exception:\n    raise\n"
WITH = "with contextlib.nullcontext():\n    pass\n"


def _for_loops(
    change: Callable[[cst.For, int], cst.BaseStatement | cst.FlattenSentinel[cst.BaseStatement]],
) -> Transformer:
    return each_module(lambda module: module.visit(_loops(change)))


def _loops(
    change: Callable[[cst.For, int], cst.BaseStatement | cst.FlattenSentinel[cst.BaseStatement]],
) -> cst.CSTTransformer:
    class Loops(cst.CSTTransformer):
        count = 0

        def leave_For(  # noqa: N802
            self, original_node: cst.For, updated_node: cst.For
        ) -> cst.BaseStatement | cst.FlattenSentinel[cst.BaseStatement]:
            if updated_node.orelse is not None or updated_node.asynchronous is not None:
                return updated_node
            if not isinstance(updated_node.body, cst.IndentedBlock):
                return updated_node
            self.count += 1
            return change(updated_node, self.count)

    return Loops()


def _while(loop: cst.For, number: int) -> cst.FlattenSentinel[cst.BaseStatement]:
    made = cst.parse_statement(f"walk_{number} = iter({code(loop.iter)})")
    step = cst.parse_statement(
        f"try:\n    {code(loop.target)} = next(walk_{number})\nexcept StopIteration:\n    break\n"
    )
    body = loop.body.with_changes(body=[step, *loop.body.body])
    return cst.FlattenSentinel([made, cst.While(cst.Name("True"), body)])


def generators(files: Files) -> dict[str, str]:
    """Each loop walks through a generator, which gives one by one what it walked through."""
    text = "def one_by_one(items):\n    for item in items:\n        yield item\n"

    def change(module: cst.Module) -> cst.Module:
        class Between(cst.CSTTransformer):
            applied = False

            def leave_For(self, original_node: cst.For, updated_node: cst.For) -> cst.For:  # noqa: N802
                if updated_node.asynchronous is not None:
                    return updated_node
                self.applied = True
                value = (
                    updated_node.iter.with_changes(lpar=[], rpar=[])
                    if isinstance(updated_node.iter, cst.Tuple)
                    else updated_node.iter
                )
                if isinstance(updated_node.iter, cst.Tuple):
                    value = updated_node.iter.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
                return updated_node.with_changes(iter=cst.Call(cst.Name("one_by_one"), [cst.Arg(value)]))

        made = Between()
        changed = module.visit(made)
        return with_heading(changed, text if made.applied else "")

    return each_module(change)(files)


def comprehensions_for_loops(files: Files) -> dict[str, str]:
    """Each loop that only appends adds a comprehension.

    Not where the list has another name, under which it may be what is walked through while it grows.
    """

    def change(module: cst.Module) -> cst.Module:
        values = [node.value for node in children(module) if isinstance(node, cst.Assign)]
        shared = {value.value for value in values if isinstance(value, cst.Name)}
        return module.visit(_loops(lambda loop, _: _filled(loop, shared)))

    return each_module(change)(files)


def _filled(loop: cst.For, shared: set[str]) -> cst.BaseStatement:
    """`for x in xs: found.append(f(x))` as `found += [f(x) for x in xs]`."""
    body = list(loop.body.body)
    line = body[0]
    part = line.body[0] if isinstance(line, cst.SimpleStatementLine) else None
    call = part.value if isinstance(part, cst.Expr) else None
    if len(body) != 1 or not isinstance(call, cst.Call) or not isinstance(call.func, cst.Attribute):
        return loop
    if call.func.attr.value != "append" or len(call.args) != 1 or not isinstance(call.func.value, cst.Name):
        return loop
    if call.func.value.value in shared:
        return loop
    made = cst.parse_statement(
        f"{code(call.func.value)} += [{code(call.args[0].value)} for {code(loop.target)} in {code(loop.iter)}]"
    )
    return made.with_changes(trailing_whitespace=line.trailing_whitespace, leading_lines=loop.leading_lines)


def loops_for_comprehensions(files: Files) -> dict[str, str]:
    """`found = [f(x) for x in xs]` as a loop that appends."""

    class Comprehensions(cst.CSTTransformer):
        def leave_SimpleStatementLine(  # noqa: N802
            self, original_node: cst.SimpleStatementLine, updated_node: cst.SimpleStatementLine
        ) -> cst.SimpleStatementLine | cst.FlattenSentinel[cst.BaseStatement]:
            part = updated_node.body[0]
            if len(updated_node.body) != 1 or not isinstance(part, cst.Assign | cst.Return):
                return updated_node
            target, value = part.targets[0].target if isinstance(part, cst.Assign) else cst.Name("listed"), part.value
            if not isinstance(target, cst.Name) or not isinstance(value, cst.ListComp):
                return updated_node
            walk = value.for_in
            if walk.inner_for_in is not None or walk.asynchronous is not None:
                return updated_node
            # The list that is built must not be what is walked through.
            if target.value in {n.value for n in children(value) if isinstance(n, cst.Name)}:
                return updated_node
            made = cst.parse_statement(f"{target.value} = []")
            line = cst.parse_statement(f"{target.value}.append({code(value.elt)})")
            line = line.with_changes(trailing_whitespace=updated_node.trailing_whitespace)
            block = cst.IndentedBlock([line])
            for test in walk.ifs:
                block = cst.IndentedBlock([cst.If(test.test, block)])
            after = [cst.parse_statement("return listed")] if isinstance(part, cst.Return) else []
            return cst.FlattenSentinel([made, cst.For(walk.target, walk.iter, block), *after])

    return each_module(lambda module: module.visit(Comprehensions()))(files)


while_loops = _for_loops(_while)
