"""Which constant does an expression have? Each case asks for `asked`, in one run of its function or in any."""

from __future__ import annotations

import ast
from collections.abc import Callable

import pytest

from lint_rules.semantics.calls.edges import Edge
from lint_rules.semantics.domains.constants import constants_of
from lint_rules.semantics.flow.activations import Activation
from lint_rules.semantics.knowledge.keras_layers import UNREADABLE
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.syntax.module_index import Module

Look = Callable[[dict[str, str]], Project]


def of_the_argument(view: Look, code: str, *, in_the_run_of: str | None = None) -> object:
    """What the argument of `asked(...)` is; in the run that a call makes which is written so, else in any run."""
    project = view({"code.py": code})
    module = project.module(next(path for path in project.files if path.name == "code.py"))
    argument = module.calls["asked"][0].args[0]
    function = module.function_of(argument)
    run = None
    if in_the_run_of is not None and function is not None:
        run = Activation(function, Edge(module, _call(module, in_the_run_of), skip=1 if function.is_method else 0))
    return constants_of(project).of(module, argument, run)


def _call(module: Module, text: str) -> ast.Call:
    return next(call for calls in module.calls.values() for call in calls if ast.unparse(call) == text)


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("asked(3 - 0.5)", 2.5),
        ("asked(-3)", -3),
        ("asked(True and not None)", True),
        ("asked(0 or 0.5)", 0.5),
        ("asked(0.1 if 2 > 1 else read())", 0.1),
        ("n = 2\nasked(f'conv{n}')", "conv2"),
        ("asked([1, (2, 'a')])", [1, [2, "a"]]),
        ("a, (b, c) = 1, (2, 3)\nasked(c)", 3),
        ("rates = (0.1, 0.2)\nasked(rates[-1])", 0.2),
        ("settings = {'rate': 0.3, 'units': 4}\nkey = 'rate'\nasked(settings[key])", 0.3),
        ("def rate():\n    return 0.3\nasked(rate())", 0.3),
        ("def build(rate=0.3):\n    asked(rate)\nbuild()", 0.3),
        ("def build(rate):\n    asked(rate)\nbuild(0.3)\nbuild(rate=0.3)", 0.3),
        ("def build(*rates):\n    asked(rates[1])\nbuild(0.1, 0.2)", 0.2),
        ("class Net:\n    rate = 0.3\n    def call(self):\n        asked(self.rate)", 0.3),
    ],
)
def test_a_constant_is_followed(view: Look, code: str, value: object) -> None:
    found = of_the_argument(view, code)
    assert (type(found), found) == (type(value), value)


@pytest.mark.parametrize(
    "code",
    [
        "asked(read())",
        "asked(1 if read() else 2)",
        "asked(read() or 1)",
        "asked(1 in [read()])",
        "asked([1] * 1000)",
        "n = 1\nif read():\n    n = True\nasked(n)",
        "rates = [0.1]\nrates.append(read())\nasked(rates[0])",
        "rates = {'a': 0.1}\nrates['a'] = read()\nasked(rates['a'])",
        "n = 1\nfor _ in read():\n    n += 1\nasked(n)",
        "def build(rate):\n    asked(rate)\nbuild(0.3)\nbuild(0.4)",
        "def build(rate):\n    asked(rate)\nbuild(*read())",
        "def build(rate):\n    asked(rate)",
        "class Net:\n    def __init__(self):\n        self.rate = None\n    def set(self, rate):\n"
        "        self.rate = rate\n    def call(self):\n        asked(self.rate)",
    ],
)
def test_what_can_be_more_than_one_is_none(view: Look, code: str) -> None:
    assert of_the_argument(view, code) is UNREADABLE


NETS = """
class Net:
    def __init__(self, rate=0.1):
        self.rate = rate

    @property
    def twice(self):
        return self.rate * 2

    def call(self, scale=1):
        asked(self.twice * scale)

small, large = Net(), Net(0.5)
"""


@pytest.mark.parametrize(
    ("code", "call", "value"),
    [
        ("def build(rate=0.1):\n    asked(rate)\nbuild()\nbuild(0.5)", "build()", 0.1),
        ("def build(rate=0.1):\n    asked(rate)\nbuild()\nbuild(0.5)", "build(0.5)", 0.5),
        (NETS + "small.call()", "small.call()", 0.2),
        (NETS + "large.call(scale=3)", "large.call(scale=3)", 3.0),
    ],
)
def test_one_run_has_its_own_constants(view: Look, code: str, call: str, value: object) -> None:
    assert of_the_argument(view, code, in_the_run_of=call) == value
