"""The one memo: what a question gives is the same whatever was asked before."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable

import pytest

from lint_rules.semantics.flow import memo as memo_module
from lint_rules.semantics.flow.memo import Memo

Graph = dict[str, list[str]]
Letters = frozenset[str]


def questions(memo: Memo, graph: Graph, most: int | None) -> Callable[[str], Letters]:
    """`What can be reached from here?`, asked step by step as the questions about code are.

    A step wraps what it gets, so that an answer shows which way the question went, and not only how far.
    """

    def compute(node: str) -> Letters:
        found = {node}
        for other in graph[node]:
            found |= {f"{node}{inner}"[-6:] for inner in ask(other)}
        return frozenset(found)

    def ask(node: str) -> Letters:
        return memo.ask(node, lambda: compute(node), frozenset({"?"}), most=most)

    return ask


def alone(graph: Graph, most: int | None) -> dict[str, Letters]:
    return {node: questions(Memo(), graph, most)(node) for node in graph}


GRAPHS: dict[str, Graph] = {
    "a chain": {"a": ["b"], "b": ["c"], "c": ["d"], "d": ["e"], "e": ["f"], "f": []},
    "a circle": {"a": ["b"], "b": ["c"], "c": ["a"]},
    "two circles that touch": {"a": ["b"], "b": ["a", "c"], "c": ["d"], "d": ["c", "b"]},
    "a way into a circle": {"a": ["b"], "b": ["c"], "c": ["d", "b"], "d": ["c"]},
    "a circle with a way out": {"a": ["b", "c"], "b": ["a", "d"], "c": ["d"], "d": ["e"], "e": []},
    "a diamond": {"a": ["b", "c"], "b": ["d"], "c": ["d"], "d": ["e"], "e": []},
    "itself": {"a": ["a", "b"], "b": ["b"]},
}
LIMITS = {"far": (99, None), "three steps": (3, None), "cheap": (99, 3), "both": (3, 4), "dear": (99, 8)}
"""How deep questions may lead, and what one may cost."""


@pytest.mark.parametrize(("depth", "most"), LIMITS.values(), ids=list(LIMITS))
@pytest.mark.parametrize("graph", GRAPHS.values(), ids=list(GRAPHS))
def test_the_order_of_questions_does_not_matter(
    graph: Graph, depth: int, most: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memo_module, "MAX_DEPTH", depth)
    expected = alone(graph, most)
    for order in itertools.permutations(graph):
        ask = questions(Memo(), graph, most)
        assert {node: ask(node) for node in order} == expected, order


@pytest.mark.parametrize(("depth", "most"), LIMITS.values(), ids=list(LIMITS))
def test_the_order_of_questions_does_not_matter_in_any_graph(
    depth: int, most: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memo_module, "MAX_DEPTH", depth)
    dice = random.Random(0)
    for _ in range(150):
        nodes = "abcdefghijkl"[: dice.randint(2, 8 if most is None or most < 8 else 12)]
        graph = {node: dice.sample(nodes, dice.randint(0, min(3, len(nodes)))) for node in nodes}
        expected = alone(graph, most)
        for _ in range(8):
            ask = questions(Memo(), graph, most)
            order = dice.choices(nodes, k=2 * len(nodes))
            assert {node: ask(node) for node in order} == {node: expected[node] for node in order}, (graph, order)


def test_what_is_asked_while_it_is_answered_is_the_start_of_its_domain() -> None:
    memo = Memo()

    def ask() -> bool:
        return memo.ask("loops", lambda: not ask(), unknown=True, cycle=False)

    assert ask() is True


def test_an_answer_is_found_once() -> None:
    counted: list[str] = []
    memo = Memo()

    def ask(node: str) -> int:
        def compute() -> int:
            counted.append(node)
            return 1 + sum(ask(inner) for inner in {"a": "bc", "b": "c", "c": ""}[node])

        return memo.ask(node, compute, 0)

    assert (ask("a"), ask("b"), ask("a")) == (4, 2, 4)
    assert sorted(counted) == ["a", "b", "c"]


def test_what_is_too_costly_is_sought_once_whoever_leads_to_it() -> None:
    counted: list[str] = []
    memo = Memo()

    def ask(node: str) -> int:
        def compute() -> int:
            counted.append(node)
            if node.startswith("leaf"):
                return 1
            return sum(map(ask, (f"leaf {number}" for number in range(200)))) if node == "dear" else ask("dear")

        return memo.ask(node, compute, 0, most=100)

    assert [ask("first"), ask("second"), ask("third"), ask("dear")] == [0, 0, 0, 0]
    assert counted.count("dear") == 1
    assert len(counted) < 150


def test_an_error_leaves_nothing_open() -> None:
    memo = Memo()

    def fail() -> int:
        raise LookupError

    def through() -> int:
        return memo.ask("inner", fail, 0)

    for _ in range(2):
        with pytest.raises(LookupError):
            memo.ask("outer", through, 0)
    assert memo.ask("inner", lambda: 1, 0) == 1


def test_a_cheap_question_is_as_cheap_after_one_in_earnest() -> None:
    graph = {"a": ["b"], "b": ["c"], "c": ["d"], "d": []}

    def cheaply(memo: Memo, node: str, most: int) -> Letters:
        ask = questions(memo, graph, 50)
        found = memo.ask_cheaply(
            node, lambda: frozenset({node, *(f"{node}{i}" for n in graph[node] for i in ask(n))}), None, most=most
        )
        return frozenset({"unknown"}) if found is None else found

    for most in (2, 3, 4, 9):
        fresh = {node: cheaply(Memo(), node, most) for node in graph}
        memo = Memo()
        ask = questions(memo, graph, 50)
        for node in "dacb":
            ask(node)
        assert {node: cheaply(memo, node, most) for node in graph} == fresh
    assert cheaply(Memo(), "a", 3) == {"unknown"}
    assert "abcd" in cheaply(Memo(), "a", 4)


def test_a_question_that_leads_back_to_itself_is_asked_until_its_answer_stays() -> None:
    memo = Memo()

    def reached(number: int, most: int) -> frozenset[int]:
        """The numbers that counting up to `most` from zero reaches."""

        def once() -> frozenset[int]:
            before = memo.ask(number, lambda: reached(number, most), frozenset(), cycle=frozenset())
            return frozenset({0}) | {min(value + 1, most) for value in before}

        return memo.ask(number, once, frozenset(), cycle=frozenset(), widen=lambda found: found | {-1})

    assert reached(1, 1) == {0, 1}
    assert -1 in reached(2, 9), "what does not settle is widened"


def test_what_was_looked_at_is_told_in_each_round_that_an_answer_serves_in() -> None:
    told: list[object] = []
    memo = Memo(told.append)

    def ask(node: str, looks_at: str = "", *others: str) -> int:
        def compute() -> int:
            memo.note(looks_at or f"{node}.py")
            return 1 + sum(ask(other) for other in others)

        return memo.ask(node, compute, 0)

    assert ask("a", "a.py", "b", "c") == 3
    assert told == []
    memo.begin_round()
    assert (ask("a"), ask("b")) == (3, 1)
    assert sorted(map(str, told)) == ["a.py", "b.py", "c.py"]
    memo.begin_round()
    ask("b")
    assert told[3:] == ["b.py"]


@pytest.mark.parametrize("cheaply", [False, True])
def test_what_was_looked_at_on_the_way_to_nothing_is_told_too(cheaply: bool) -> None:
    told: list[object] = []
    memo = Memo(told.append)

    def step(number: int) -> int:
        memo.note(number)
        return memo.ask(number, lambda: step(number + 1), 0)

    def dear() -> int | None:
        if cheaply:
            return memo.ask_cheaply("dear", lambda: step(0), None, most=3)
        return memo.ask("dear", lambda: step(0), None, most=3)

    assert dear() is None
    for _ in range(2):
        told.clear()
        memo.begin_round()
        assert dear() is None
        assert sorted(map(str, told)) == ["0", "1", "2"]
