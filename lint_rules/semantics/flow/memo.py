"""The one memo of all questions about code: no answer depends on what was asked before.

A question may lead to others, and back to itself. Three things can cut an answer short:

* a **cycle**: a question is asked while it is being answered, and gets the value from which its domain starts;
* **depth**: what lies more than `MAX_DEPTH` questions away is unknown;
* **cost**: a question that leads to too many others is unknown, and so is all that leads to it.

What was cut is not kept as if it were complete. An answer that rests on a question which is still open is
*provisional*: it serves until that question is answered, and is then forgotten. An answer that began a cycle is kept,
but not for the members of the cycle, which would have seen another part of it. One that goes deep is not for those who
ask from so deep that it would have been cut; one that was cut is for those alone who ask from as deep, where it would
be cut at the same place again. That a question is too costly is kept as well, also of those that another one led to:
what leads to it is too costly without its being sought again. So what a question gives is the same whether or not
others were asked before: the memo saves time and nothing else.

Answers serve in many *rounds*, the judgements of one file each. What was looked at for an answer is noted with it, and
told again in each round that it serves in.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, TypeVar, cast

from lint_rules import budget
from lint_rules.records import dataclass, field
from lint_rules.semantics.flow.limits import MAX_DEPTH, MAX_ITERATIONS

T = TypeVar("T")
U = TypeVar("U")
V = TypeVar("V")

_NO_CYCLE: frozenset[object] = frozenset()


class _TooCostlyError(Exception):
    """A question has led to too many others; the one that began it all ends as unknown."""


@dataclass(slots=True, eq=False)
class _Answer:
    """What a question gave.

    `cost` is that of the question itself, `rests_on` the answers that it asked for, `height` how many questions lie
    below one another in it, itself included. It serves where that many more may be open and none of `cycle` is; where
    something was cut, only with as many open questions as there were: `depth`. `over` is what one that had to be given
    up costs more than, 0 for all others. `notes` tell what was looked at for it alone, and answers that it rests on at
    no cost; `round` is the last round in which they were told.
    """

    value: object
    cost: int
    rests_on: list[_Answer]
    height: int
    depth: int | None = None
    cycle: frozenset[object] = _NO_CYCLE
    over: int = 0
    lowest: _Question | None = None
    notes: Collection[object] = ()
    round: int = 0


@dataclass(slots=True, eq=False)
class _Question:
    """A question that is being answered, the open one `number`.

    `lowest` is the outermost open question that its answer rests on, None if it rests on none. `start` is what those
    get who ask it again meanwhile; `is_met` tells that somebody did.
    """

    number: int
    provisional_before: int
    spent_before: int = 0
    led_to_before: int = 0
    lowest: _Question | None = None
    cost: int = 0
    rests_on: list[_Answer] = field(default_factory=list)
    height: int = 1
    cut: bool = False
    start: object = None
    is_met: bool = False
    notes: set[object] | None = None

    def note(self, *notes: object) -> None:
        if self.notes is None:
            self.notes = set()
        self.notes.update(notes)

    def rests_on_open(self, other: _Question) -> None:
        """Whatever comes of this question gets less than the whole as long as the other is open."""
        if other is not self and (self.lowest is None or other.number < self.lowest.number):
            self.lowest = other

    def takes(self, answer: _Answer) -> None:
        self.rests_on.append(answer)
        self.height = max(self.height, answer.height + 1)
        self.cut = self.cut or answer.depth is not None

    def gives_up(self, inner: _Question) -> None:
        """Nothing comes of a question that this one leads to; what was looked at on the way is part of why."""
        self.note(*inner.rests_on, *(inner.notes or ()))
        self.height = max(self.height, inner.height + 1)
        self.cut = self.cut or inner.cut


@dataclass(slots=True, eq=False)
class _Purse:
    """What the questions that one leads to may cost together; each counts once, known or not.

    What costs more is sought a little further, to tell whether a question that it led to costs more than that by
    itself. `led_to` are the questions begun, in their order, `cycles` those of the answers that were known. What is
    answered beyond the limit may cost more than that itself: it serves this once, and then what was kept `before`.
    """

    most: int
    spent: int = 0
    paid: set[_Answer] = field(default_factory=set)
    led_to: list[object] = field(default_factory=list)
    cycles: list[frozenset[object]] = field(default_factory=list)
    before: dict[object, _Answer | None] = field(default_factory=dict)

    @property
    def is_overspent(self) -> bool:
        return self.spent > self.most

    def cycles_since(self, number: int) -> frozenset[object]:
        """The questions begun since there were so many, and all in cycles: what came of them holds if none is open."""
        return frozenset(self.led_to[number:]).union(*self.cycles)

    def pay(self, cost: int) -> None:
        self.spent += cost
        if self.spent > self.most + self.most // 4:
            raise _TooCostlyError

    def pay_for(self, answer: _Answer) -> None:
        """What a known answer would cost if it had to be found out here."""
        paid = self.paid
        if answer in paid:
            return
        waiting = [answer]
        while waiting:
            one = waiting.pop()
            if one in paid:
                continue
            paid.add(one)
            if one.over:
                raise _TooCostlyError
            self.pay(one.cost)
            if one.cycle:
                self.cycles.append(one.cycle)
            waiting += [other for other in one.rests_on if other not in paid]


class Memo:
    """The answers given so far about one project; `tell` gets what was noted for those that serve once more."""

    def __init__(self, tell: Callable[[Any], None] = lambda _: None) -> None:
        self._tell = tell
        self._round = 0
        self._kept: dict[object, _Answer] = {}
        self._provisional: dict[object, _Answer] = {}
        self._open: dict[object, _Question] = {}
        self._stack: list[_Question] = []
        self._purse: _Purse | None = None
        self._dear: dict[tuple[object, int], _Answer] = {}
        self._cycles: dict[frozenset[object], frozenset[object]] = {}
        self._steps = 0
        self._made: dict[type[object], object] = {}

    def __len__(self) -> int:
        """How many answers are kept."""
        return len(self._kept)

    def begin_round(self) -> None:
        """Begin a round: what is noted for each answer that serves in it is told once more."""
        self._round += 1

    def note(self, looked_at: object) -> None:
        """Note what the question at hand has looked at."""
        if self._stack:
            self._stack[-1].note(looked_at)

    def one(self, cls: type[T], make: Callable[[], T]) -> T:
        """The one instance of a class that asks questions about the project."""
        known = self._made.get(cls)
        if known is None:
            known = self._made[cls] = make()
        return cast(T, known)

    def ask(
        self,
        key: object,
        compute: Callable[[], T],
        unknown: U,
        *,
        cycle: V | None = None,
        widen: Callable[[T], T] | None = None,
        most: int | None = None,
    ) -> T | U | V:
        """The answer to the question `key`, found out by `compute` where it is not known.

        `unknown` is the answer to what is too far or too costly to seek, and to a question asked while it is being
        answered; for the latter `cycle`, if given. With `widen`, a question that begins a cycle is asked again from its
        own answer until that stays the same, or else is widened. `most` is what all that it leads to may cost, if no
        other question that has led here has set that.
        """
        known = self._provisional.get(key)
        if known is not None:
            self._stack[-1].rests_on_open(self._still_open(known))
        else:
            known = self._kept.get(key)
        # A provisional answer, which rests on an open question, serves as long as it is there.
        if known is not None and (known.lowest is not None or self._serves(known, most)):
            value: T | U = self._rest_on(known)
            return value
        same = self._open.get(key)
        if same is not None:
            self._stack[-1].rests_on_open(same)
            same.is_met = True
            return cast("T | U | V", same.start)
        if len(self._stack) >= MAX_DEPTH:
            self._stack[-1].rests_on_open(self._stack[0])
            self._stack[-1].cut = True
            return unknown
        return self._answered(key, compute, unknown, most, unknown if cycle is None else cycle, widen, for_good=True)

    def ask_cheaply(self, key: object, compute: Callable[[], T], unknown: U, *, most: int) -> T | U:
        """The same where nothing is to be known that costs more; who asks in earnest may spend more later."""
        if self._purse is not None:
            return self.ask(key, compute, unknown)
        if self._stack:
            self._stack[-1].cut = True  # within a question that sets the cost it would be no cheap one
        dear = self._dear.get((key, most))
        known = self._kept.get(key)
        if dear is None and known is not None and (known.over >= most or _costs_more(known, most)):
            dear = self._dear[key, most] = known
        if dear is not None:
            self._recall(dear)
            if self._stack:
                self._stack[-1].note(dear)
            return unknown
        if known is None:
            return self._answered(key, compute, unknown, most, unknown, for_good=False)
        return self.ask(key, compute, unknown, most=most)

    def spend(self, cost: int) -> None:
        """Count work that the question at hand makes beside the questions that it leads to."""
        if self._stack:
            self._stack[-1].cost += cost
        if self._purse is not None:
            self._purse.pay(cost)

    # Known answers

    def _serves(self, known: _Answer, most: int | None) -> bool:
        """Whether the answer would be the same if it were found out here, where it may cost so much."""
        if self._purse is not None:
            most = self._purse.most
        if known.over and (most is None or known.over < most):
            return False
        if known.depth is None:
            if len(self._stack) + known.height > MAX_DEPTH:
                return False
        elif known.depth != len(self._stack):
            return False
        return not known.cycle or known.cycle.isdisjoint(self._open)

    def _recall(self, answer: _Answer) -> None:
        """Tell what was looked at for an answer that was found out in an earlier round."""
        waiting = [answer]
        while waiting:
            one = waiting.pop()
            if one.round == self._round:
                continue
            one.round = self._round
            for note in one.notes:
                if isinstance(note, _Answer):
                    waiting.append(note)
                else:
                    self._tell(note)
            waiting.extend(one.rests_on)

    def _rest_on(self, known: _Answer) -> Any:
        if known.round != self._round:
            self._recall(known)
        if self._stack:
            self._stack[-1].takes(known)
        if self._purse is not None:
            self._purse.pay_for(known)
        return known.value

    def _still_open(self, answer: _Answer) -> _Question:
        """The outermost open question that a provisional answer rests on, through those that ended as provisional."""
        while True:
            lowest = answer.lowest
            assert lowest is not None
            if lowest.number < len(self._stack) and self._stack[lowest.number] is lowest:
                return lowest
            answer.lowest = lowest.lowest

    # New answers

    def _answered(
        self,
        key: object,
        compute: Callable[[], T],
        unknown: U,
        most: int | None,
        start: object,
        widen: Callable[[T], T] | None = None,
        *,
        for_good: bool,
    ) -> T | U:
        """Find an answer out and keep it as long as it serves; one that cost too much is kept `for_good` or not."""
        pays = self._purse is None and most is not None
        if pays and most is not None:
            self._purse = _Purse(most)
        purse = self._purse
        asked = _Question(len(self._stack), len(self._provisional), start=start)
        if purse is not None:
            asked.spent_before, asked.led_to_before = purse.spent, len(purse.led_to)
        self._begin(key, asked)
        complete = False
        value: T | U = unknown
        try:
            self.spend(1)
            value = compute() if widen is None else self._settled(asked, compute, widen)
            if purse is not None and purse.spent - asked.spent_before > purse.most:
                raise _TooCostlyError
            complete = True
        except _TooCostlyError:
            if not pays:
                self._keep_too_costly(key, asked, unknown)
                raise
        finally:
            self._end(key, asked)
            if not complete and self._stack:
                self._stack[-1].gives_up(asked)
            if pays and purse is not None:
                self._purse = None
                self._restore(purse.before)
            # What was found out on the way to nothing rests on what is no longer open.
            closed = asked.lowest is None or not complete
            members = self._closed_with(key, asked) if closed else _NO_CYCLE
        if complete or purse is None:
            answer = self._answer(asked, value, members)
        else:
            answer = self._too_costly(asked, unknown, purse)
        if answer.over and not for_good and most is not None:
            self._dear[key, most] = answer
            if self._stack:
                self._stack[-1].note(answer)
            return unknown
        self._keep(key, asked, answer)
        return cast("T | U", answer.value)

    def _settled(self, asked: _Question, compute: Callable[[], T], widen: Callable[[T], T]) -> T:
        """The fixed point of a question that leads back to itself, if it is soon reached; else its widened answer.

        Of a question within another cycle, which is asked again itself, the first answer serves.
        """
        value = compute()
        for _ in range(MAX_ITERATIONS):
            if not asked.is_met or asked.lowest is not None or value == asked.start:
                return value
            asked.start, asked.is_met = value, False
            while len(self._provisional) > asked.provisional_before:
                self._forget_provisional()
            value = compute()
        return value if value == asked.start or not asked.is_met else widen(value)

    def _begin(self, key: object, asked: _Question) -> None:
        self._open[key] = asked
        self._stack.append(asked)
        if self._purse is not None:
            self._purse.led_to.append(key)
        self._steps += 1
        if self._steps & 255 == 0:
            budget.check()

    def _end(self, key: object, asked: _Question) -> None:
        del self._open[key]
        self._stack.pop()
        if self._stack and asked.lowest is not None:
            self._stack[-1].rests_on_open(asked.lowest)

    def _closed_with(self, key: object, asked: _Question) -> frozenset[object]:
        """The cycle that this question began, if it did; the other answers in it are forgotten, as it is closed now."""
        if len(self._provisional) == asked.provisional_before:
            return _NO_CYCLE
        members = [key]
        while len(self._provisional) > asked.provisional_before:
            members.append(self._forget_provisional())
        cycle = frozenset(members)
        return self._cycles.setdefault(cycle, cycle)

    def _forget_provisional(self) -> object:
        """Forget the provisional answer that was given last; the key of it."""
        key, answer = self._provisional.popitem()
        answer.lowest = None  # which rests on the answer in turn: without the collector neither would be freed
        return key

    def _answer(self, asked: _Question, value: object, cycle: frozenset[object], over: int = 0) -> _Answer:
        depth = asked.number if asked.cut else None
        notes = asked.notes or ()
        return _Answer(
            value, asked.cost, asked.rests_on, asked.height, depth, cycle, over, notes=notes, round=self._round
        )

    def _too_costly(self, asked: _Question, unknown: object, purse: _Purse) -> _Answer:
        """That a question leads to more than may be spent, wherever nothing that it led to is open."""
        return self._answer(asked, unknown, purse.cycles_since(asked.led_to_before), purse.most)

    def _keep_too_costly(self, key: object, asked: _Question, unknown: object) -> None:
        """Keep that a question led to more than the one that pays for it may, if it did so by itself."""
        purse = self._purse
        assert purse is not None
        if asked.lowest is None and purse.spent - asked.spent_before > purse.most:
            self._kept[key] = self._too_costly(asked, unknown, purse)

    def _restore(self, before: dict[object, _Answer | None]) -> None:
        for key, answer in before.items():
            if answer is None:
                del self._kept[key]
            else:
                self._kept[key] = answer

    def _keep(self, key: object, asked: _Question, answer: _Answer) -> None:
        answer.lowest = asked.lowest
        if asked.lowest is not None:
            self._provisional[key] = answer
        else:
            if self._purse is not None and self._purse.is_overspent:
                self._purse.before.setdefault(key, self._kept.get(key))
            self._kept[key] = answer
        if self._purse is not None:
            self._purse.paid.add(answer)
        if self._stack:
            self._stack[-1].takes(answer)


def _costs_more(answer: _Answer, most: int) -> bool:
    purse = _Purse(most)
    try:
        purse.pay_for(answer)
    except _TooCostlyError:
        return True
    return purse.is_overspent
