"""The reasons for which a loop that repeats a call is misuse, or is none, in the order in which they are asked.

Each is a function with the name of the reason: it gives the verdict if it holds, and None where it says nothing of the
loop. `REASONS` is the order; the first that holds decides.
"""

from __future__ import annotations

import ast
from collections.abc import Callable

from lint_rules.semantics.domains.array_readings import Rows, array
from lint_rules.semantics.domains.handouts import Handout
from lint_rules.semantics.domains.values import External
from lint_rules.semantics.effects.inplace import writes_of
from lint_rules.semantics.effects.purity import is_pure
from lint_rules.semantics.effects.slicing import Slicer
from lint_rules.semantics.flow.iterators import walk_of
from lint_rules.semantics.flow.use_def import bindings_of
from lint_rules.semantics.knowledge.higher_order import EdgeKind
from lint_rules.semantics.knowledge.iteration import OPTION_PARSERS
from lint_rules.semantics.knowledge.sequence_lengths import RESIZES
from lint_rules.semantics.queries.loop_carried import Rounds
from lint_rules.semantics.queries.repetition import filled_parts, pieces
from lint_rules.semantics.queries.repetition.gathered import are_counted, are_gathered
from lint_rules.semantics.queries.repetition.invariance import draws_again, is_invariant
from lint_rules.semantics.queries.repetition.iteration_counts import is_open_ended
from lint_rules.semantics.queries.repetition.looks import is_benchmark, is_sampling
from lint_rules.semantics.queries.repetition.model_identity import is_made_by_a_method, makes_models, rebinds_model
from lint_rules.semantics.queries.repetition.random_draws import (
    FEW_ROWS,
    any_draws,
    draws_within,
    is_stateful,
    only_noise,
)
from lint_rules.semantics.queries.repetition.reach import reach_of
from lint_rules.semantics.queries.repetition.recursion import calls_itself, goes_deeper_by_its_result
from lint_rules.semantics.queries.repetition.repetition import Repetition
from lint_rules.semantics.queries.repetition.verdicts import OUTWARDS, STOP, Reason, Repeat, Verdict
from lint_rules.semantics.syntax.blocks import place_of
from lint_rules.semantics.syntax.module_index import COMPREHENSIONS, Function, Module, last_name
from lint_rules.semantics.syntax.testcode import is_test_function


def judge(repetition: Repetition) -> Verdict:
    """What the first reason that holds says of a loop."""
    return next((verdict for reason in REASONS if (verdict := reason(repetition)) is not None), OUTWARDS)


# Loops that do not repeat the call


def ends_in_its_first_iteration(it: Repetition) -> Verdict | None:
    """A loop that always leaves: `for x in xs: return model.predict(x)`."""
    return OUTWARDS if it.region.once else None


def stands_in_a_test(it: Repetition) -> Verdict | None:
    """A test that calls a helper in a loop: not a script that calls its evaluation a test."""
    if it.lexical or not _is_named_a_test(it.region.module):
        return None
    outwards = [it.region.module.function_of(it.loop), *(frame.function for frame in it.path.frames[it.number + 1 :])]
    return OUTWARDS if any(function is not None and _is_collected(function) for function in outwards) else None


def goes_through_options(it: Repetition) -> Verdict | None:
    """The options of a command line, of which each says what to do: `for option, value in options`."""
    walk = walk_of(it.region.module, it.loop) if isinstance(it.loop, ast.For) else None
    names = [walk.iterable] if walk is not None and isinstance(walk.iterable, ast.Name) else []
    made = [binding.value for name in names for binding in bindings_of(it.region.module, name)]
    makers = [
        value
        for call in made
        if isinstance(call, ast.Call)
        for value in it.inference.values(it.region.module, call.func)
    ]
    parsed = any(isinstance(maker, External) and maker.name in OPTION_PARSERS for maker in makers)
    return OUTWARDS if parsed else None


def takes_one(it: Repetition) -> Verdict | None:
    """A loop of one iteration on this way: `for images, labels in dataset.take(batches)` with one."""
    goes_through_several = isinstance(it.loop, COMPREHENSIONS) and len(it.loop.generators) > 1
    walk = walk_of(it.region.module, it.loop) if not goes_through_several else None
    limit = _limit(walk.iterable) if walk is not None and isinstance(walk.iterable, ast.Call) else None
    if limit is None:
        return None
    count = array(it.inference.project, it.region.module, limit, it.path, it.number)
    once = count.complete and bool(count.values) and all(value.number in (0, 1) for value in count.values)
    return OUTWARDS if once else None


def runs_as_the_settings_say(it: Repetition) -> Verdict | None:
    """A function that is named in the settings as what runs once per step."""
    named = isinstance(it.loop, ast.FunctionDef | ast.AsyncFunctionDef)
    return Verdict(Repeat.STEP, Reason.ONE_BY_ONE) if named else None


def warms_up(it: Repetition) -> Verdict | None:
    """A helper that throws the prediction away and goes on, or always predicts the same, warms the model up."""
    statement = it.module.parents.get(it.call)
    if it.lexical or not isinstance(statement, ast.Expr):
        return None
    place = place_of(it.module, statement)
    does_more = place is None or len(place.block) > 1
    return STOP if does_more or not it.varies else None


# Loops that go through models


def makes_a_model_each_time(it: Repetition) -> Verdict | None:
    """The model is made, picked or loaded anew in each iteration."""
    made = it.reach.renewed or (it.reach.receiver.element and makes_models(it)) or is_made_by_a_method(it)
    return STOP if made or (it.reach.receiver.changes and rebinds_model(it)) else None


def goes_through_an_ensemble(it: Repetition) -> Verdict | None:
    """Every sample may go through each model of an ensemble: the loop further out tells."""
    return OUTWARDS if it.reach.receiver.element else None


def measures_time(it: Repetition) -> Verdict | None:
    """A benchmark repeats the call because its time is the result."""
    return STOP if not it.live and is_benchmark(it) else None


# Loops that something else drives


def answers_an_event(it: Repetition) -> Verdict | None:
    """A handler, which a broker, a web server or a timer runs whenever something arrives."""
    if not it.event:
        return None
    return OUTWARDS if it.some_rows else Verdict(Repeat.STEP, Reason.LIVE)


def tries_points(it: Repetition) -> Verdict | None:
    """An optimiser tries one point after the other: `minimize(cost, start)`."""
    if not it.is_run_by(EdgeKind.SEARCH):
        return None
    return Verdict(Repeat.STEP, Reason.CARRIED) if it.one_row else OUTWARDS


# Loops that change nothing, or feed a whole set


def never_changes(it: Repetition) -> Verdict | None:
    """Neither the model nor its input changes between the iterations."""
    unchanged = not it.varies and not it.reach.enclosed and is_invariant(it)
    return Verdict(Repeat.INVARIANT, Reason.UNCHANGED) if unchanged else None


def predicts_a_whole_set(it: Repetition) -> Verdict | None:
    """A whole data set in each iteration is what predict is for."""
    return OUTWARDS if Rows.SET in it.rows and Rows.ONE not in it.rows else None


def pairs_one_with_several(it: Repetition) -> Verdict | None:
    """A user and the few items to rank: groups of pairs, which one call can hold with those of all users."""
    if it.rows != {Rows.MANY} or it.trained or it.reach.carried or it.live:
        return None
    return Verdict(Repeat.BATCH, Reason.PIECES) if pieces.pairs_one_with_several(it) else None


def asks_for_batches(it: Repetition) -> Verdict | None:
    """Many rows a time, cut into batches by predict itself; the few faces of one frame are one batch.

    What the loop hands out as a batch is one already, whatever the call says; and what is seen to rest on the last
    output cannot be put together with the next.
    """
    if it.rows & {Rows.ONE, Rows.PIECE} or (it.handout is Handout.BATCH and not it.rows):
        return None
    if it.rows and it.lexical and it.reach.carried and not it.trained:
        return None
    return OUTWARDS if _gives_a_batch_size(it.call, by_name=it.live) else None


# Steps


def refills_a_buffer(it: Repetition) -> Verdict | None:
    """One array is filled by index and predicted, again and again: batches by hand."""
    if it.rows != {Rows.MANY} or not it.lexical or it.reach.carried or it.trained:
        return None
    return Verdict(Repeat.BATCH, Reason.PIECES) if pieces.is_refilled(it) else None


def arrives_live(it: Repetition) -> Verdict | None:
    """The inputs arrive as the loop runs: frames of a camera, messages, lines of the keyboard."""
    if not it.live or (it.trained and Rows.MANY in it.rows):
        return None
    return Verdict(Repeat.STEP, Reason.LIVE)


def feeds_the_next_iteration(it: Repetition) -> Verdict | None:
    """The next input depends on this output: an agent, text token by token, a forecast that walks forward."""
    if not it.reach.carried or (it.trained and it.some_rows):
        return None
    return Verdict(Repeat.STEP, Reason.CARRIED)


# Single rows


def repeats_the_same_row(it: Repetition) -> Verdict | None:
    """One row that the code does not show to change: no finding, but for the many answers of a random model."""
    if not it.single or it.varies or _gets_another_input(it):
        return None
    if not it.lexical and (not it.reach.passed or _calls_itself(it) or _writes_its_input(it)):
        return None
    return Verdict(Repeat.SAMPLE, Reason.INDEPENDENT) if draws_again(it) else OUTWARDS


def rests_on_another_prediction(it: Repetition) -> Verdict | None:
    """No input is known before another model has predicted on the one before: critic and actor."""
    if not it.single:
        return None
    frame = it.frame
    rests = Rounds(it.inference).rest_on_predictions(frame.module, it.loop, frame.node, it.reach.argument)
    return Verdict(Repeat.STEP, Reason.CARRIED) if rests else None


def looks_at_samples(it: Repetition) -> Verdict | None:
    """A training loop that only looks now and then at what its model gives."""
    looks = it.single and it.trained and (only_noise(it.reach) or is_sampling(it))
    return OUTWARDS if looks else None


def searches_a_tree(it: Repetition) -> Verdict | None:
    """A function on the way calls itself: one result decides on the next input."""
    within = it.path.frames[: it.number]
    searches = it.single and any(goes_deeper_by_its_result(it.contexts.callers, frame) for frame in within)
    return Verdict(Repeat.STEP, Reason.CARRIED) if searches else None


def gives_each_input_a_size(it: Repetition) -> Verdict | None:
    """Each iteration resizes its input to another size, so that no one array holds all: an image pyramid."""
    return Verdict(Repeat.STEP, Reason.SIZES) if it.single and _resizes_by_element(it) else None


def trains_between_samples(it: Repetition) -> Verdict | None:
    """The weights change between the samples."""
    return Verdict(Repeat.STEP, Reason.TRAINED) if it.single and it.trained else None


def has_no_known_end(it: Repetition) -> Verdict | None:
    """`while not done`, or a model whose state depends on the rows before: they go one by one."""
    one_by_one = it.single and (
        is_open_ended(it.region.module, it.loop) or is_stateful(it.inference, it.module, it.call)
    )
    return Verdict(Repeat.STEP, Reason.ONE_BY_ONE) if one_by_one else None


def goes_sample_by_sample(it: Repetition) -> Verdict | None:
    """Each iteration has one sample, independent of the others."""
    return Verdict(Repeat.SAMPLE, Reason.INDEPENDENT) if it.single else None


# More rows, or rows that the code does not show


def draws_a_few_rows(it: Repetition) -> Verdict | None:
    """A few rows of random numbers in each iteration, all of which can be drawn at once."""
    if it.trained or it.most_rows is None or not 1 < it.most_rows <= FEW_ROWS:
        return None
    passed = not it.lexical and any_draws(it.inference, it.region.module, it.calls_within)
    drawn = passed or draws_within(it.inference, it.path, it.arguments)
    return Verdict(Repeat.SAMPLE, Reason.INDEPENDENT) if drawn else None


def puts_a_few_rows_together(it: Repetition) -> Verdict | None:
    """A few rows in each iteration, whose outputs become the rows of one whole: batches by hand."""
    if not it.lexical or not it.varies or it.trained or it.most_rows is None or it.most_rows > FEW_ROWS:
        return None
    if not are_gathered(it.path, it.call) or pieces.serve_a_consumer(it):
        return None
    return Verdict(Repeat.BATCH, Reason.PIECES)


def fills_a_whole_by_parts(it: Repetition) -> Verdict | None:
    """The outputs become the rows of one whole that the loop hands out: `whole[start:end] = model.predict(x)`."""
    if not it.varies or it.trained or it.rows & {Rows.ONE, Rows.SET} or not filled_parts.fills_parts(it):
        return None
    return Verdict(Repeat.BATCH, Reason.PIECES) if not pieces.serve_a_consumer(it) else None


def uses_up_a_collection(it: Repetition) -> Verdict | None:
    """Some rows of a list or deque in each iteration, until it is empty: batches by hand."""
    if it.rows != {Rows.MANY} or it.trained or not pieces.are_taken_out_of_a_whole(it):
        return None
    return Verdict(Repeat.BATCH, Reason.PIECES) if not pieces.serve_a_consumer(it) else None


def predicts_many_rows(it: Repetition) -> Verdict | None:
    """Many rows that are no piece of a larger whole are worth a call."""
    return OUTWARDS if it.rows & {Rows.MANY, Rows.SET} else None


def trains_between_batches(it: Repetition) -> Verdict | None:
    """What a model that is trained in between predicts cannot be predicted at once."""
    return OUTWARDS if it.trained and it.handout is not Handout.SAMPLE else None


def cuts_pieces(it: Repetition) -> Verdict | None:
    """Slices of one array, one after the other: batches by hand."""
    if Rows.PIECE not in it.rows or pieces.are_cut_alike(it):
        return None
    if pieces.are_on_disk(it) or not pieces.moves_on(it) or pieces.serve_a_consumer(it):
        return OUTWARDS
    return Verdict(Repeat.BATCH, Reason.PIECES)


def walks_through_batches(it: Repetition) -> Verdict | None:
    """A data set, batch by batch."""
    walks = it.handout is Handout.BATCH and pieces.moves_on(it)
    return Verdict(Repeat.BATCH, Reason.PIECES) if walks and not pieces.serve_a_consumer(it) else None


def puts_the_outputs_together(it: Repetition) -> Verdict | None:
    """What the loop hands out is predicted as it is, and the rows are put together or counted: pieces of a whole."""
    as_it_is = it.lexical and it.reach.argument.element and not it.calls_within and not it.rows and it.handout is None
    if not as_it_is or pieces.serve_a_consumer(it):
        return None
    together = (
        are_gathered(it.path, it.call)
        or are_counted(it.module, it.arguments)
        or filled_parts.fills_parts(it, counted=True)
    )
    return Verdict(Repeat.BATCH, Reason.PIECES) if together else None


def walks_through_samples(it: Repetition) -> Verdict | None:
    """A collection of samples, one by one."""
    if not it.varies or it.handout is not Handout.SAMPLE:
        return None
    return Verdict(Repeat.STEP, Reason.TRAINED) if it.trained else Verdict(Repeat.SAMPLE, Reason.INDEPENDENT)


REASONS: tuple[Callable[[Repetition], Verdict | None], ...] = (
    ends_in_its_first_iteration,
    stands_in_a_test,
    goes_through_options,
    takes_one,
    runs_as_the_settings_say,
    warms_up,
    makes_a_model_each_time,
    goes_through_an_ensemble,
    measures_time,
    answers_an_event,
    tries_points,
    never_changes,
    predicts_a_whole_set,
    pairs_one_with_several,
    asks_for_batches,
    refills_a_buffer,
    arrives_live,
    feeds_the_next_iteration,
    repeats_the_same_row,
    rests_on_another_prediction,
    looks_at_samples,
    searches_a_tree,
    gives_each_input_a_size,
    trains_between_samples,
    has_no_known_end,
    goes_sample_by_sample,
    draws_a_few_rows,
    puts_a_few_rows_together,
    fills_a_whole_by_parts,
    uses_up_a_collection,
    predicts_many_rows,
    trains_between_batches,
    cuts_pieces,
    walks_through_batches,
    puts_the_outputs_together,
    walks_through_samples,
)
"""In the order in which they are asked. What is behind `goes_sample_by_sample` is about more than one row a time."""


# What some of them look at


def _limit(iterable: ast.Call) -> ast.expr | None:
    """How many elements a call gives: the argument of `range(n)`, `range(0, n)` and `dataset.take(n)`."""
    name, given = last_name(iterable.func), iterable.args
    if name == "range" and len(given) == 2 and isinstance(given[0], ast.Constant) and given[0].value == 0:
        return given[1]
    return given[0] if name in ("take", "range") and len(given) == 1 else None


def _gets_another_input(it: Repetition) -> bool:
    """Whether each iteration gets its input from a random draw, or a `while` that waits from any call with effects."""
    module, calls = it.region.module, it.calls_within
    waits = isinstance(it.loop, ast.While) and walk_of(module, it.loop) is None
    within = [] if it.lexical else [pair for pair in it.reach.inner_calls if pair[0].function_of(pair[1]) is not None]
    return (
        any_draws(it.inference, module, calls)
        or any(any_draws(it.inference, where, [call]) for where, call in within)
        or any(not is_pure(it.inference, where, call) for where, call in within)
        or (waits and any(not is_pure(it.inference, module, call) for call in calls))
    )


def _resizes_by_element(it: Repetition) -> bool:
    """Whether the size to which a loop resizes its input comes from what the loop goes over."""
    function = it.path.frames[0].function
    calls = it.calls_within
    if not it.lexical and function is not None:
        calls = Slicer(it.inference, it.module, function.node).of(*it.arguments).calls()
    for call in calls:
        if isinstance(call.func, ast.Call) or last_name(call.func) not in RESIZES:
            continue
        of_library = isinstance(call.func, ast.Name) or any(
            isinstance(value, External) for value in it.inference.values(it.module, call.func)
        )
        sizes = [*call.args[1 if of_library else 0 :], *(keyword.value for keyword in call.keywords)]
        if reach_of(it.inference, it.path, it.number, it.region, it.receiver, sizes).argument.element:
            return True
    return False


def _is_named_a_test(module: Module) -> bool:
    """Whether a file is called what test runners collect."""
    return module.path.name.startswith("test_") or module.path.name.endswith("_test.py")


def _is_collected(function: Function) -> bool:
    """Whether test runners collect a function."""
    return _is_named_a_test(function.module) and is_test_function(function)


def _writes_its_input(it: Repetition) -> bool:
    """Whether the function of the call writes into something, which its input may be, or be a view of."""
    function = it.path.frames[0].function
    return function is not None and any(
        True for node in ast.walk(function.node) for _ in writes_of(it.inference, it.module, node)
    )


def _calls_itself(it: Repetition) -> bool:
    """Whether a function between the call and the loop calls itself."""
    return any(calls_itself(it.contexts.callers, frame.function) for frame in it.path.frames[: it.number])


def _gives_a_batch_size(call: ast.Call, by_name: bool) -> bool:
    """Whether a call says how many rows of its input make a batch: more than the one that one row would be.

    With `by_name` a number that is written out is none that anybody chooses by the input.
    """
    given = [*call.args[1:2], *(keyword.value for keyword in call.keywords if keyword.arg == "batch_size")]
    plain = [size for size in given if isinstance(size, ast.Constant)]
    return len(plain) < len(given) or (not by_name and any(size.value not in (None, 1) for size in plain))
