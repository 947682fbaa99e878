"""In which context does a call run? Beside each call of predict stand the ways in which it comes to run.

A way reads from the call outwards: `loop`, `once` (a loop that cannot repeat), `tape`, `stopped` (stop_recording),
`traced`, `differentiated`, `python` (called back from a graph), or `plain` where nothing of that is around it. Several
ways are parted by `|`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable

import pytest

from lint_rules.semantics.calls.contexts import Contexts, Path, RegionKind, contexts_of
from lint_rules.semantics.project.project import Project

Look = Callable[[str | dict[str, str]], Project]
Ways = Callable[[str | dict[str, str]], None]
RUNS = re.compile(r"# runs: (.+)$")


def spelled(path: Path) -> str:
    words = [
        "once" if region.kind is RegionKind.LOOP and region.once else region.kind.name.lower()
        for _, region in path.regions()
    ]
    return " ".join(words) or "plain"


def calls(project: Project) -> dict[tuple[str, int], list[Path]]:
    """(file, row) of every call of predict, and the ways in which it runs."""
    contexts: Contexts = contexts_of(project)
    return {
        (str(path.relative_to(project.root)), call.lineno): contexts.paths(module, call)
        for path in project.files
        for module in [project.module(path)]
        for call in module.calls.get("predict", ())
        if isinstance(call.func, ast.Attribute)
    }


@pytest.fixture
def ways(view: Look) -> Ways:
    """Compare the ways of every call of predict with those that its line names."""

    def compare(code: str | dict[str, str]) -> None:
        project = view(code)
        told = {place: " | ".join(sorted({spelled(path) for path in paths})) for place, paths in calls(project).items()}
        wanted = {
            (str(path.relative_to(project.root)), row): found.group(1)
            for path in project.files
            for row, line in enumerate(path.read_text().splitlines(), 1)
            if (found := RUNS.search(line))
        }
        assert wanted
        assert told == wanted

    return compare


def table(**cases: str) -> pytest.MarkDecorator:
    """One test a keyword, named after it."""
    return pytest.mark.parametrize("code", list(cases.values()), ids=[name.replace("_", "-") for name in cases])


# Loops, by when the code really runs


@table(
    nothing_around="model.predict(x)  # runs: plain",
    body_of_a_for="""
        for x in xs:
            model.predict(x)  # runs: loop
        """,
    iter_of_a_for="""
        for y in model.predict(x):  # runs: plain
            print(y)
        """,
    iter_of_an_inner_for="""
        for x in xs:
            for y in model.predict(x):  # runs: loop
                print(y)
        """,
    else_of_a_for="""
        for x in xs:
            print(x)
        else:
            model.predict(x)  # runs: plain
        """,
    body_of_a_while="""
        while True:
            model.predict(x)  # runs: loop
        """,
    test_of_a_while="""
        while model.predict(x)[0] > 0.5:  # runs: loop
            x = x + 1
        """,
    else_of_a_while="""
        while busy:
            pass
        else:
            model.predict(x)  # runs: plain
        """,
    nested_loops="""
        for epoch in range(3):
            for x in xs:
                model.predict(x)  # runs: loop loop
        """,
    loop_over_one_element="""
        for x in [first]:
            model.predict(x)  # runs: once
        for i in range(1):
            model.predict(x)  # runs: once
        [model.predict(x) for x in (only,)]  # runs: once
        for x, y in data.take(1):
            model.predict(x)  # runs: once
        for i, x in enumerate(data.take(1)):
            model.predict(x)  # runs: once
        for x in data.take(2):
            model.predict(x)  # runs: loop
        for x in take(1, data):
            model.predict(x)  # runs: loop
        """,
    async_loop="""
        async def serve(xs):
            async for x in xs:
                model.predict(x)  # runs: loop
        """,
)
def test_loops(ways: Ways, code: str) -> None:
    ways(code)


@table(
    element="[model.predict(x) for x in xs]  # runs: loop",
    first_iterable="[y for y in model.predict(x)]  # runs: plain",
    first_iterable_in_a_zip="[y for y in zip(a, model.predict(x))]  # runs: plain",
    second_iterable="[y for x in xs for y in model.predict(x)]  # runs: loop",
    condition="[x for x in xs if model.predict(x) > 0]  # runs: loop",
    set_comprehension="{model.predict(x) for x in xs}  # runs: loop",
    dict_key="{model.predict(x): 1 for x in xs}  # runs: loop",
    dict_value="{1: model.predict(x) for x in xs}  # runs: loop",
    generator="sum(model.predict(x) for x in xs)  # runs: loop",
    inner_comprehension="[[model.predict(x) for x in row] for row in rows]  # runs: loop loop",
    first_iterable_of_an_inner_comprehension="[[y for y in model.predict(row)] for row in rows]  # runs: loop",
    lambda_in_the_first_iterable="[y for y in prepare(lambda x: model.predict(x))]  # runs: plain",
)
def test_comprehensions(ways: Ways, code: str) -> None:
    ways(code)


@table(
    ends_in_break="""
        for x in xs:
            y = model.predict(x)  # runs: once
            break
        """,
    ends_in_return="""
        def first(xs):
            for x in xs:
                y = model.predict(x)  # runs: once
                return y
        """,
    tried_until_it_succeeds="""
        size, done = 8, False
        while not done:
            try:
                y = model.predict(x, batch_size=size)  # runs: once
                done = True
            except MemoryError:
                size //= 2
        """,
    a_flag_that_may_be_taken_back="""
        done = False
        while not done:
            y = model.predict(x)  # runs: loop
            done = True
            if y.max() < 1:
                done = False
        """,
    a_flag_behind_what_may_go_on="""
        busy = True
        while busy:
            y = model.predict(x)  # runs: loop
            if y.max() < 1:
                continue
            busy = False
        """,
    returned="""
        def first(xs):
            for x in xs:
                return model.predict(x)  # runs: once
        """,
    ends_in_raise="""
        for x in xs:
            y = model.predict(x)  # runs: once
            raise StopIteration
        """,
    break_under_a_condition="""
        for x in xs:
            y = model.predict(x)  # runs: loop
            if y > 0:
                break
        """,
    break_in_both_branches="""
        for x in xs:
            y = model.predict(x)  # runs: once
            if y > 0:
                print(y)
                break
            else:
                break
        """,
    call_in_the_branch_that_leaves="""
        for x in xs:
            if x > 0:
                y = model.predict(x)  # runs: once
                break
        """,
    call_before_the_branch_that_leaves="""
        for x in xs:
            y = model.predict(x)  # runs: loop
            if y > 0:
                break
            print(y)
        """,
    break_leaves_the_inner_loop_only="""
        for xs in groups:
            for x in xs:
                y = model.predict(x)  # runs: once loop
                break
        """,
    return_leaves_all_loops="""
        def first(groups):
            for xs in groups:
                for x in xs:
                    return model.predict(x)  # runs: once once
        """,
    break_of_an_inner_loop_says_nothing_of_ours="""
        for x in xs:
            y = model.predict(x)  # runs: loop
            for i in y:
                break
        """,
    continue_before_break="""
        for x in xs:
            y = model.predict(x)  # runs: loop
            if y > 0:
                continue
            break
        """,
    retry_until_it_works="""
        while True:
            try:
                y = model.predict(x)  # runs: once
                break
            except OSError:
                pass
        """,
    break_in_the_else_of_try="""
        while True:
            try:
                y = model.predict(x)  # runs: once
            except OSError:
                continue
            else:
                break
        """,
    exit_at_the_end="""
        import sys
        for x in xs:
            model.predict(x)  # runs: once
            sys.exit()
        """,
)
def test_a_loop_whose_body_always_leaves_it_runs_once(ways: Ways, code: str) -> None:
    ways(code)


# def, lambda and class are barriers


@table(
    def_in_a_loop_that_nobody_calls="""
        for x in xs:
            def score():
                return model.predict(x)  # runs: plain
        """,
    def_in_a_loop_called_there="""
        for x in xs:
            def score(x):
                return model.predict(x)  # runs: loop
            score(x)
        """,
    def_in_a_loop_called_behind_it="""
        for x in xs:
            def score(x):
                return model.predict(x)  # runs: plain
        score(x)
        """,
    lambda_in_a_loop_that_nobody_calls="""
        for x in xs:
            f = lambda: model.predict(x)  # runs: plain
        """,
    lambda_called_in_a_loop="""
        f = lambda x: model.predict(x)  # runs: loop
        for x in xs:
            f(x)
        """,
    class_in_a_loop="""
        for x in xs:
            class Scorer:
                def score(self):
                    return model.predict(x)  # runs: plain
        """,
    class_body_in_a_loop="""
        for x in xs:
            class Scorer:
                start = model.predict(x)  # runs: loop
        """,
    default_value_in_a_loop="""
        for x in xs:
            def score(y=model.predict(x)):  # runs: loop
                return y
        """,
    decorator_in_a_loop="""
        for x in xs:
            @register(model.predict(x))  # runs: loop
            def score():
                pass
        """,
    function_that_nobody_calls="""
        def score(x):
            return model.predict(x)  # runs: plain
        """,
)
def test_a_definition_is_a_barrier(ways: Ways, code: str) -> None:
    ways(code)


# Callers


@table(
    called_in_a_loop="""
        def score(x):
            return model.predict(x)  # runs: loop
        for x in xs:
            score(x)
        """,
    called_in_a_loop_and_outside="""
        def score(x):
            return model.predict(x)  # runs: loop | plain
        score(x)
        for x in xs:
            score(x)
        """,
    through_two_functions="""
        def score(x):
            return model.predict(x)  # runs: loop
        def clean(x):
            return score(x / 255)
        def main(xs):
            return [clean(x) for x in xs]
        """,
    loop_on_the_way_and_further_out="""
        def score(x):
            return model.predict(x)  # runs: loop loop
        def batch(xs):
            for x in xs:
                score(x)
        while True:
            batch(read())
        """,
    another_function_of_that_name="""
        def score(x):
            return model.predict(x)  # runs: plain
        def other(xs):
            def score(x):
                return x
            for x in xs:
                score(x)
        """,
    alias_of_a_function="""
        def score(x):
            return model.predict(x)  # runs: loop
        run = score
        for x in xs:
            run(x)
        """,
    one_of_two_functions="""
        def score(x):
            return model.predict(x)  # runs: loop
        def rate(x):
            return model.predict(x)  # runs: loop | plain
        run = score if fast else rate
        for x in xs:
            run(x)
        (rate if fast else print)(xs)
        """,
    a_function_or_a_default="""
        def score(x):
            return model.predict(x)  # runs: loop
        def main(xs, run=None):
            run = run or score
            for x in xs:
                run(x)
        """,
    a_table_of_functions="""
        def score(x):
            return model.predict(x)  # runs: loop | plain
        def rate(x):
            return model.predict(x)  # runs: loop | plain
        def left_out(x):
            return model.predict(x)  # runs: plain
        MODES = {"score": score, "rate": rate}
        for x in xs:
            MODES[mode](x)
        MODES.get(mode, rate)(xs)
        """,
    a_table_that_is_walked_through="""
        def score(x):
            return model.predict(x)  # runs: loop
        for name, run in [("score", score), ("print", print)]:
            run(x)
        """,
    a_table_of_methods="""
        class Agent:
            def __init__(self):
                self.ways = {"greedy": self.act}
            def act(self, x):
                return model.predict(x)  # runs: loop
            def choose(self, x, way):
                return self.ways[way](x)
        agent = Agent()
        for x in xs:
            agent.choose(x, "greedy")
        """,
    recursion="""
        def search(x, depth):
            y = model.predict(x)  # runs: plain
            return search(y, depth - 1)
        search(x, 3)
        """,
    recursion_in_a_loop="""
        def search(x):
            y = model.predict(x)  # runs: loop | plain
            for child in y:
                search(child)
        for x in xs:
            search(x)
        """,
    mutual_recursion="""
        def even(x):
            model.predict(x)  # runs: plain
            odd(x)
        def odd(x):
            even(x)
        """,
    generator_function="""
        def scores(xs):
            for x in xs:
                yield model.predict(x)  # runs: loop
        """,
    generator_consumed_in_a_loop="""
        def scores():
            yield model.predict(x)  # runs: loop
        for y in xs:
            next(scores())
        """,
    decorated_by_something_unknown="""
        import elsewhere
        @elsewhere.route("/score")
        def score():
            return model.predict(x)  # runs: plain
        """,
    partial_under_the_same_name="""
        from functools import partial
        def score(x, y=0):
            return model.predict(x)  # runs: loop
        score = partial(score, y=1)
        for x in xs:
            score(x)
        """,
    partial="""
        from functools import partial
        def score(scale, x):
            return model.predict(x * scale)  # runs: loop
        half = partial(score, 0.5)
        for x in xs:
            half(x)
        """,
)
def test_the_search_goes_on_to_the_callers(ways: Ways, code: str) -> None:
    ways(code)


@table(
    method_on_self="""
        class Agent:
            def act(self, x):
                return model.predict(x)  # runs: loop
            def play(self, xs):
                for x in xs:
                    self.act(x)
        """,
    method_on_an_instance="""
        class Agent:
            def act(self, x):
                return model.predict(x)  # runs: loop
        agent = Agent()
        for x in xs:
            agent.act(x)
        """,
    method_on_an_attribute="""
        class Agent:
            def act(self, x):
                return model.predict(x)  # runs: loop
        class Game:
            def __init__(self):
                self.agent = Agent()
            def play(self):
                while True:
                    self.agent.act(x)
        """,
    method_on_a_parameter_of_known_class="""
        class Agent:
            def act(self, x):
                return model.predict(x)  # runs: loop
        def play(agent: Agent):
            while True:
                agent.act(x)
        """,
    method_of_another_class="""
        class Agent:
            def act(self, x):
                return model.predict(x)  # runs: plain
        class Random:
            def act(self, x):
                return 1
        agent = Random()
        for x in xs:
            agent.act(x)
        """,
    inherited="""
        class Base:
            def act(self, x):
                return model.predict(x)  # runs: loop
        class Agent(Base):
            pass
        for x in xs:
            Agent().act(x)
        """,
    called_by_a_method_of_the_base="""
        class Base:
            def play(self, xs):
                for x in xs:
                    self.act(x)
        class Agent(Base):
            def act(self, x):
                return model.predict(x)  # runs: loop
        """,
    run_by_the_base_on_this_class="""
        class Step:
            def __call__(self, x):
                return self.call(x)
        class Score(Step):
            def call(self, x):
                return model.predict(x)  # runs: loop
        class Scale(Step):
            def call(self, x):
                return x / 255
        score = Score()
        for x in xs:
            score(x)
        """,
    run_by_the_base_on_a_sibling="""
        class Step:
            def __call__(self, x):
                return self.call(x)
        class Score(Step):
            def call(self, x):
                return model.predict(x)  # runs: plain
        class Scale(Step):
            def call(self, x):
                return x / 255
        scale = Scale()
        for x in xs:
            scale(x)
        """,
    run_by_the_base_on_one_of_both="""
        class Step:
            def __call__(self, x):
                return self.call(x)
        class Score(Step):
            def call(self, x):
                return model.predict(x)  # runs: loop
        class Scale(Step):
            def call(self, x):
                return x / 255
        step = Scale() if plain else Score()
        for x in xs:
            step(x)
        """,
    run_by_the_base_on_what_is_declared="""
        class Step:
            def __call__(self, x):
                return self.call(x)
        class Score(Step):
            def call(self, x):
                return model.predict(x)  # runs: loop
        class Scale(Step):
            def call(self, x):
                return x / 255
        def each(step: Step, xs):
            for x in xs:
                step(x)
        """,
    run_through_two_methods_of_the_base="""
        class Base:
            def fit(self, xs):
                self.round(xs)
            def round(self, xs):
                self.act(xs)
        class Agent(Base):
            def act(self, x):
                return model.predict(x)  # runs: plain
        class Random(Base):
            def act(self, x):
                return 1
        for x in xs:
            Random().fit(x)
        """,
    made_by_the_base="""
        class Base:
            def __init__(self, x):
                self.value = self.score(x)
        class Node(Base):
            def score(self, x):
                return model.predict(x)  # runs: loop
        class Leaf(Base):
            def score(self, x):
                return 1
        nodes = [Node(x) for x in xs]
        """,
    sibling_made_by_the_base="""
        class Base:
            def __init__(self, x):
                self.value = self.score(x)
        class Node(Base):
            def score(self, x):
                return model.predict(x)  # runs: plain
        class Leaf(Base):
            def score(self, x):
                return 1
        leaves = [Leaf(x) for x in xs]
        """,
    overridden="""
        class Base:
            def act(self, x):
                return model.predict(x)  # runs: plain
        class Agent(Base):
            def act(self, x):
                return 1
        agent = Agent()
        for x in xs:
            agent.act(x)
        """,
    overridden_and_called_through_super="""
        class Base:
            def act(self, x):
                return model.predict(x)  # runs: loop
        class Agent(Base):
            def act(self, x):
                return super().act(x)
        agent = Agent()
        for x in xs:
            agent.act(x)
        """,
    through_the_class="""
        class Agent:
            def act(self, x):
                return model.predict(x)  # runs: loop
        agent = Agent()
        for x in xs:
            Agent.act(agent, x)
        """,
    static_method="""
        class Agent:
            @staticmethod
            def act(x):
                return model.predict(x)  # runs: loop
        for x in xs:
            Agent.act(x)
        """,
    class_method="""
        class Agent:
            @classmethod
            def act(cls, x):
                return model.predict(x)  # runs: loop
        for x in xs:
            Agent.act(x)
        """,
    property="""
        class Agent:
            @property
            def value(self):
                return model.predict(self.x)  # runs: loop
        agent = Agent()
        for x in xs:
            print(agent.value)
        """,
    constructor="""
        class Node:
            def __init__(self, x):
                self.value = model.predict(x)  # runs: loop
        nodes = [Node(x) for x in xs]
        """,
    constructor_of_a_base="""
        class Base:
            def __init__(self, x):
                self.value = model.predict(x)  # runs: loop
        class Node(Base):
            def __init__(self, x):
                super().__init__(x)
        nodes = [Node(x) for x in xs]
        """,
    instance_that_is_called="""
        class Scorer:
            def __call__(self, x):
                return model.predict(x)  # runs: loop
        scorer = Scorer()
        for x in xs:
            scorer(x)
        """,
    bound_method_kept_under_another_name="""
        class Agent:
            def act(self, x):
                return model.predict(x)  # runs: loop
        act = Agent().act
        for x in xs:
            act(x)
        """,
    method_on_an_unknown_object_of_a_name_that_only_one_class_has="""
        class Agent:
            def choose_best_action(self, x):
                return model.predict(x)  # runs: loop
        def play(agent, xs):
            for x in xs:
                agent.choose_best_action(x)
        """,
    method_on_an_unknown_object_of_a_common_name="""
        class Agent:
            def run(self, x):
                return model.predict(x)  # runs: plain
        def play(agent, xs):
            for x in xs:
                agent.run(x)
        """,
)
def test_methods_are_called_through_the_class_of_their_receiver(ways: Ways, code: str) -> None:
    ways(code)


def test_a_way_over_an_unknown_object_is_only_likely(view: Look) -> None:
    project = view(
        """
        class Agent:
            def choose_best_action(self, x):
                return model.predict(x)
        def play(agent, xs):
            for x in xs:
                agent.choose_best_action(x)
        """
    )
    (paths,) = calls(project).values()
    assert [path.likely for path in paths] == [True]


@table(
    map_of_a_function="""
        def score(x):
            return model.predict(x)  # runs: loop
        list(map(score, xs))
        """,
    map_of_a_lambda="list(map(lambda x: model.predict(x), xs))  # runs: loop",
    apply_of_a_series="frame['text'].apply(lambda x: model.predict(x))  # runs: loop",
    apply_of_a_function="""
        def score(x):
            return model.predict(x)  # runs: loop
        frame["text"].apply(score)
        """,
    vectorize="""
        def score(x):
            return model.predict(x)  # runs: loop
        np.vectorize(score)(xs)
        """,
    vectorize_as_a_decorator="""
        @np.vectorize
        def score(x):
            return model.predict(x)  # runs: loop
        """,
    apply_along_axis="np.apply_along_axis(lambda x: model.predict(x), 1, xs)  # runs: loop",
    executor_map="""
        from concurrent.futures import ThreadPoolExecutor
        def score(x):
            return model.predict(x)  # runs: loop
        with ThreadPoolExecutor() as pool:
            pool.map(score, xs)
        """,
    method_given_to_map="""
        class Scorer:
            def score(self, x):
                return model.predict(x)  # runs: loop
            def all(self, xs):
                return list(map(self.score, xs))
        """,
    sort_key="sorted(xs, key=lambda x: model.predict(x))  # runs: loop",
    max_key="max(xs, key=lambda x: model.predict(x))  # runs: loop",
    callback_called_once="""
        def score(x):
            return model.predict(x)  # runs: plain
        def run(f, x):
            return f(x)
        run(score, x)
        """,
    callback_called_in_a_loop="""
        def score(x):
            return model.predict(x)  # runs: loop
        def run(f, xs):
            for x in xs:
                f(x)
        run(score, xs)
        """,
    lambda_as_a_callback="""
        def run(f, xs):
            for x in xs:
                f(x)
        run(lambda x: model.predict(x), xs)  # runs: loop
        """,
    callback_kept_on_an_instance="""
        def score(x):
            return model.predict(x)  # runs: loop
        class Runner:
            def __init__(self, f):
                self.f = f
            def run(self, xs):
                for x in xs:
                    self.f(x)
        Runner(score).run(xs)
        """,
    callback_by_keyword="""
        def score(x):
            return model.predict(x)  # runs: loop
        def run(xs, f=None):
            return [f(x) for x in xs]
        run(xs, f=score)
        """,
    handed_over_by_two="""
        def run(f):
            return f()
        def first(x):
            return run(lambda: model.predict(x))  # runs: loop
        def second(x):
            return run(lambda: model.predict(x))  # runs: plain
        for x in xs:
            first(x)
        second(x)
        """,
    map_in_a_helper_of_two="""
        def each(f, xs):
            return list(map(f, xs))
        def scores(xs):
            return each(lambda x: model.predict(x), xs)  # runs: loop loop
        for xs in batches:
            scores(xs)
        each(print, xs)
        """,
    callback_of_another_call="""
        class Choice:
            def pick(self, best, other):
                return other() if flip() else best()
        def score(choice: Choice, x):
            return choice.pick(lambda: model.predict(x), lambda: 0)  # runs: plain
        def simulate(choice: Choice):
            for _ in range(100):
                choice.pick(lambda: 0, lambda: 1)
        """,
    callback_handed_over_twice="""
        def pick(best):
            return best()
        def score():
            return model.predict(x)  # runs: loop | plain
        pick(score)
        for x in xs:
            pick(score)
        """,
    callback_handed_over_in_a_loop="""
        class Choice:
            def pick(self, best):
                return best()
        def score(choice: Choice, x):
            return choice.pick(lambda: model.predict(x))  # runs: loop
        for x in xs:
            score(Choice(), x)
        """,
    callback_mapped_by_the_taker="""
        def each(f, xs):
            return list(map(f, xs))
        def score(x):
            return model.predict(x)  # runs: loop
        each(score, xs)
        """,
    handed_to_something_unknown="""
        import elsewhere
        def score(x):
            return model.predict(x)  # runs: plain
        elsewhere.register(score)
        """,
)
def test_functions_that_are_passed_on(ways: Ways, code: str) -> None:
    ways(code)


# Branches that a caller does not take


@table(
    flag_left_at_its_default="""
        def score(x, slow=False):
            if slow:
                return model.predict(x)  # runs: plain
            return model(x)
        for x in xs:
            score(x)
        """,
    flag_given="""
        def score(x, slow=False):
            if slow:
                return model.predict(x)  # runs: loop
            return model(x)
        for x in xs:
            score(x, slow=True)
        """,
    flag_handed_on="""
        def score(x, slow):
            if not slow:
                return model(x)
            return model.predict(x)  # runs: loop
        def scores(x, slow=False):
            return score(x, slow)
        for x in xs:
            scores(x)
        while True:
            scores(x, True)
        """,
    other_branch="""
        def score(x, fast=True):
            if fast:
                return model(x)
            else:
                return model.predict(x)  # runs: plain
        for x in xs:
            score(x)
        """,
    left_before="""
        def score(x, mode="fast"):
            if mode == "fast":
                return model(x)
            return model.predict(x)  # runs: plain
        for x in xs:
            score(x)
        """,
    none_by_default="""
        def score(x, net=None):
            if net is not None:
                return net(x)
            return model.predict(x)  # runs: loop
        for x in xs:
            score(x)
        """,
    conditional_expression="""
        def score(x, slow=False):
            return model.predict(x) if slow else model(x)  # runs: plain
        for x in xs:
            score(x)
        """,
    branch_that_calls_on="""
        def score(x):
            return model.predict(x)  # runs: loop
        def scores(x, slow=False):
            if slow:
                score(x)
        for x in xs:
            scores(x)
        for x in xs:
            scores(x, slow=bool(x))
        """,
    flag_bound_anew="""
        def score(x, slow=False):
            slow = slow or len(x) > 100
            if slow:
                return model.predict(x)  # runs: loop
        for x in xs:
            score(x)
        """,
    flag_that_is_spread="""
        def score(x, slow=False):
            if slow:
                return model.predict(x)  # runs: loop
        for x in xs:
            score(x, **options)
        """,
    flag_of_a_loop="""
        def score(x, slow=False):
            if slow:
                return model.predict(x)  # runs: loop
        for slow in (False, True):
            score(x, slow)
        """,
    switch_of_the_module="""
        SLOW = False
        for x in xs:
            if SLOW:
                model.predict(x)  # runs: loop
        """,
    skipped_only_in_some_rounds="""
        def scores(xs, slow=False):
            for x in xs:
                if slow:
                    continue
                model.predict(x)  # runs: loop
        scores(xs)
        """,
)
def test_a_branch_that_the_caller_does_not_take_is_no_way(ways: Ways, code: str) -> None:
    ways(code)


# Callers in other modules


SCORE = "def score(x):\n    return model.predict(x)  # runs: loop\n"
EACH = "for x in xs:\n    score(x)\n"


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({"a.py": SCORE, "b.py": "from a import score\n" + EACH}, id="from-import"),
        pytest.param({"a.py": SCORE, "b.py": "import a\nfor x in xs:\n    a.score(x)\n"}, id="import"),
        pytest.param({"a.py": SCORE, "b.py": "import a as z\nfor x in xs:\n    z.score(x)\n"}, id="import-as"),
        pytest.param(
            {"a.py": SCORE, "b.py": "from a import score as s\nfor x in xs:\n    s(x)\n"}, id="from-import-as"
        ),
        pytest.param({"a.py": SCORE, "b.py": "from a import *\n" + EACH}, id="star"),
        pytest.param(
            {"p/__init__.py": "", "p/a.py": SCORE, "p/b.py": "from .a import score\n" + EACH},
            id="relative",
        ),
        pytest.param(
            {"p/__init__.py": "", "p/a.py": SCORE, "p/b.py": "from . import a\nfor x in xs:\n    a.score(x)\n"},
            id="relative-module",
        ),
        pytest.param(
            {
                "p/__init__.py": "",
                "p/a.py": SCORE,
                "p/q/__init__.py": "",
                "p/q/b.py": "from ..a import score\n" + EACH,
            },
            id="relative-to-the-parent",
        ),
        pytest.param(
            {
                "p/__init__.py": "from .a import score\n",
                "p/a.py": SCORE,
                "b.py": "import p\n[p.score(x) for x in xs]\n",
            },
            id="re-export",
        ),
        pytest.param(
            {
                "p/__init__.py": "from .q import *\n",
                "p/q/__init__.py": "from .a import *\n",
                "p/q/a.py": SCORE,
                "b.py": "from p import score\n" + EACH,
            },
            id="re-export-by-star-twice",
        ),
        pytest.param({"p/a.py": SCORE, "b.py": "from p.a import score\n" + EACH}, id="folder-without-init"),
        pytest.param(
            {
                "src/p/__init__.py": "",
                "src/p/a.py": SCORE,
                "scripts/run.py": "from p.a import score\n" + EACH,
            },
            id="src-layout",
        ),
        pytest.param(
            {"a.py": "import b\n" + SCORE, "b.py": "import a\ndef run(xs):\n    return [a.score(x) for x in xs]\n"},
            id="import-cycle",
        ),
        pytest.param(
            {"a.py": "from b import *\n" + SCORE, "b.py": "from a import *\n" + EACH},
            id="cycle-of-star-imports",
        ),
        pytest.param(
            {"a.py": SCORE, "b.py": "def run(xs):\n    from a import score\n    for x in xs:\n        score(x)\n"},
            id="import-in-a-function",
        ),
        pytest.param(
            {
                "a.py": SCORE,
                "b.py": "try:\n    from a import score\nexcept ImportError:\n    score = None\n" + EACH,
            },
            id="import-in-a-try",
        ),
        pytest.param(
            {
                "agent.py": "class Agent:\n    def act(self, x):\n        return model.predict(x)  # runs: loop\n",
                "train.py": "from agent import Agent\nagent = Agent()\nwhile True:\n    agent.act(x)\n",
            },
            id="method-in-another-module",
        ),
        pytest.param(
            {
                "a.py": "def score(x):\n    return model.predict(x)  # runs: loop\n",
                "b.py": "from a import score\nMODES = {'score': score}\n",
                "c.py": "from b import MODES\nfor x in xs:\n    MODES[mode](x)\n",
            },
            id="table-in-another-module",
        ),
        pytest.param(
            {
                "base.py": "class Base:\n    def play(self):\n        while True:\n            self.act(1)\n",
                "agent.py": """
                    from base import Base
                    class Agent(Base):
                        def act(self, x):
                            return model.predict(x)  # runs: loop
                    """,
            },
            id="called-by-a-base-in-another-module",
        ),
        pytest.param(
            {
                "a.py": "def score(x):\n    return model.predict(x)  # runs: plain\n",
                "b.py": "from c import score\n" + EACH,
                "c.py": "def score(x):\n    return x\n",
            },
            id="same-name-of-another-module",
        ),
        pytest.param(
            {
                "a.py": "def score(x):\n    return model.predict(x)  # runs: plain\n",
                "b.py": "from elsewhere import score\n" + EACH,
            },
            id="same-name-of-another-library",
        ),
    ],
)
def test_callers_in_other_modules(ways: Ways, files: dict[str, str]) -> None:
    ways(files)


def test_the_way_names_its_steps_from_the_call_outwards(view: Look) -> None:
    project = view(
        {
            "agent.py": "def act(x):\n    return model.predict(x)\n",
            "train.py": "import agent\ndef episode(x):\n    agent.act(x)\nfor i in range(9):\n    episode(i)\n",
        }
    )
    (paths,) = calls(project).values()
    (path,) = paths
    steps = [(frame.module.path.name, frame.node.lineno) for frame in path.frames]
    assert steps == [("agent.py", 2), ("train.py", 3), ("train.py", 5)]


# Tapes


@table(
    with_tape="""
        with tf.GradientTape() as tape:
            model.predict(x)  # runs: tape
        model.predict(x)  # runs: plain
        """,
    without_a_name="""
        with tf.GradientTape():
            model.predict(x)  # runs: tape
        """,
    imported_by_name="""
        from tensorflow import GradientTape
        with GradientTape(persistent=True) as t:
            model.predict(x)  # runs: tape
        """,
    nested_tapes="""
        with tf.GradientTape() as outer:
            model.predict(x)  # runs: tape
            with tf.GradientTape() as inner:
                model.predict(x)  # runs: tape tape
            model.predict(x)  # runs: tape
        """,
    two_tapes_in_one_with="""
        with tf.GradientTape() as a, tf.GradientTape() as b:
            model.predict(x)  # runs: tape tape
        """,
    another_with_inside="""
        with tf.GradientTape() as tape:
            with open("log") as log:
                model.predict(x)  # runs: tape
            model.predict(x)  # runs: tape
        """,
    another_with_outside="""
        with tf.device("/gpu:0"):
            model.predict(x)  # runs: plain
            with tf.GradientTape() as tape:
                model.predict(x)  # runs: tape
            model.predict(x)  # runs: plain
        """,
    stopped="""
        with tf.GradientTape() as tape:
            with tape.stop_recording():
                model.predict(x)  # runs: stopped tape
            model.predict(x)  # runs: tape
        """,
    def_under_a_tape="""
        with tf.GradientTape() as tape:
            def score(x):
                return model.predict(x)  # runs: plain
        """,
    def_called_under_a_tape="""
        def score(x):
            return model.predict(x)  # runs: tape
        with tf.GradientTape() as tape:
            score(x)
        """,
    tape_in_a_loop="""
        for x in xs:
            with tf.GradientTape() as tape:
                model.predict(x)  # runs: tape loop
        """,
    loop_under_a_tape="""
        with tf.GradientTape() as tape:
            for x in xs:
                model.predict(x)  # runs: loop tape
        """,
    tape_in_a_method="""
        class Agent:
            def loss(self, x):
                return model.predict(x)  # runs: tape
            def learn(self, x):
                with tf.GradientTape() as tape:
                    self.loss(x)
        """,
    argument_of_the_with_itself="""
        with context(model.predict(x)), tf.GradientTape() as tape:  # runs: plain
            pass
        """,
    tape_of_the_project="""
        class GradientTape:
            def __enter__(self): pass
        with GradientTape() as tape:
            model.predict(x)  # runs: plain
        """,
)
def test_tapes_are_a_stack(ways: Ways, code: str) -> None:
    ways(code)


# Tracers and differentiated functions


@table(
    tf_function="""
        @tf.function
        def score(x):
            return model.predict(x)  # runs: traced
        """,
    tf_function_with_arguments="""
        @tf.function(jit_compile=True)
        def score(x):
            return model.predict(x)  # runs: traced
        """,
    tf_function_as_a_call="""
        def score(x):
            return model.predict(x)  # runs: traced
        fast = tf.function(score)
        """,
    called_by_a_traced_function="""
        def score(x):
            return model.predict(x)  # runs: traced
        @tf.function
        def step(x):
            return score(x)
        """,
    traced_and_called_plainly="""
        def score(x):
            return model.predict(x)  # runs: plain | traced
        @tf.function
        def step(x):
            return score(x)
        score(x)
        """,
    jax_jit="""
        import jax
        @jax.jit
        def score(x):
            return model.predict(x)  # runs: traced
        """,
    partial_jax_jit="""
        import jax
        from functools import partial
        @partial(jax.jit, static_argnums=0)
        def score(n, x):
            return model.predict(x)  # runs: traced
        """,
    jax_vmap_of_a_lambda="""
        import jax
        jax.vmap(lambda x: model.predict(x))(xs)  # runs: traced
        """,
    jax_grad="""
        import jax
        def loss(x):
            return model.predict(x)  # runs: differentiated
        jax.grad(loss)(x)
        """,
    jax_value_and_grad_as_a_decorator="""
        import jax
        @jax.value_and_grad
        def loss(x):
            return model.predict(x)  # runs: differentiated
        """,
    imported_by_name="""
        from jax import grad
        def loss(x):
            return model.predict(x)  # runs: differentiated
        grad(loss)(x)
        """,
    dataset_map="""
        data = tf.data.Dataset.from_tensor_slices(xs)
        data = data.map(lambda x: model.predict(x))  # runs: traced
        """,
    py_function_in_dataset_map="""
        def score(x):
            return model.predict(x)  # runs: python loop
        data = tf.data.Dataset.from_tensor_slices(xs)
        data = data.map(lambda x: tf.py_function(score, [x], tf.float32))
        """,
    numpy_function="""
        def score(x):
            return model.predict(x)  # runs: python traced
        @tf.function
        def step(x):
            return tf.numpy_function(score, [x], tf.float32)
        """,
    call_of_a_model="""
        class Net(keras.Model):
            def call(self, x):
                return model.predict(x)  # runs: traced
        """,
    call_of_something_else="""
        class Net:
            def call(self, x):
                return model.predict(x)  # runs: plain
        """,
    eager_map_fn="tf.map_fn(lambda x: model.predict(x), xs)  # runs: loop",
)
def test_traced_and_differentiated_functions(ways: Ways, code: str) -> None:
    ways(code)
