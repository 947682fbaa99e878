"""A class of `lint_rules.records` behaves as one of `dataclasses`: every test holds of both."""

from __future__ import annotations

import copy
import dataclasses
import pickle
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Generic, TypeVar

import pytest

from lint_rules import records

T = TypeVar("T")

RECORDS = SimpleNamespace(dataclass=records.dataclass, field=records.field, replace=records.replace)
STANDARD = SimpleNamespace(dataclass=dataclasses.dataclass, field=dataclasses.field, replace=dataclasses.replace)


@records.dataclass(frozen=True, slots=True)
class Kept:
    """At the top of a module, where pickle finds it."""

    name: str
    parts: tuple[int, ...] = ()


OFTEN = 100
"""So many objects of a class, and what fills them is compiled."""


@pytest.fixture(params=[RECORDS, STANDARD], ids=["records", "dataclasses"])
def kind(request: pytest.FixtureRequest) -> Any:
    return request.param


def place(kind: Any, **options: bool) -> Any:
    """A class of three fields, of which two have defaults."""

    @kind.dataclass(**{"frozen": True, "slots": True, **options})
    class Place:
        """A place."""

        row: int
        column: int = 1
        notes: list[str] = kind.field(default_factory=list, compare=False, repr=False)

        @property
        def next_row(self) -> int:
            return self.row + 1

    return Place


@pytest.mark.parametrize("frozen", [True, False])
@pytest.mark.parametrize("slots", [True, False])
@pytest.mark.parametrize("made_before", [0, OFTEN])
def test_fields_are_given_by_place_or_name(kind: Any, frozen: bool, slots: bool, made_before: int) -> None:
    cls = place(kind, frozen=frozen, slots=slots)
    for number in range(made_before):
        cls(number)
    by_place, by_name = [cls(3), cls(3, 1), cls(3, 1, [])], [cls(row=3), cls(column=1, row=3), cls(3, notes=[])]
    for made in by_place + by_name:
        assert (made.row, made.column, made.notes, made.next_row) == (3, 1, [], 4)


@pytest.mark.parametrize("made_before", [0, OFTEN])
@pytest.mark.parametrize(
    ("values", "named"), [((), {}), ((1, 2, [], 4), {}), ((1,), {"row": 1}), ((1,), {"colum": 1}), ((), {"column": 1})]
)
def test_other_calls_are_refused(
    kind: Any, values: tuple[object, ...], named: dict[str, object], made_before: int
) -> None:
    cls = place(kind)
    for number in range(made_before):
        cls(number)
    with pytest.raises(TypeError):
        cls(*values, **named)


@pytest.mark.parametrize("made_before", [0, OFTEN])
def test_a_factory_is_asked_for_each_object(kind: Any, made_before: int) -> None:
    cls = place(kind)
    for number in range(made_before):
        cls(number)
    assert cls(1).notes is not cls(1).notes


def test_only_defaults(kind: Any) -> None:
    @kind.dataclass(frozen=True, slots=True)
    class Options:
        fixes: bool = False
        jobs: int = 1

    assert [Options(), Options(True), Options(jobs=1)] == [Options(False, 1), Options(True, 1), Options()]


def test_what_compares_is_equal_and_hashes_alike(kind: Any) -> None:
    cls = place(kind)
    assert cls(1, 2, ["a"]) == cls(1, 2, ["b"])
    assert hash(cls(1, 2, ["a"])) == hash(cls(1, 2, ["b"]))
    assert cls(1, 2) != cls(2, 1)
    assert cls(1, 2) != place(kind)(1, 2)
    assert cls(1, 2) != (1, 2, [])


def test_no_fields(kind: Any) -> None:
    @kind.dataclass(frozen=True, slots=True)
    class Nothing:
        pass

    assert Nothing() == Nothing()
    assert len({Nothing(), Nothing()}) == 1
    assert repr(Nothing()).endswith("Nothing()")


def test_identity_is_what_counts_without_eq(kind: Any) -> None:
    cls = place(kind, eq=False, frozen=False)
    assert cls(1) != cls(1)
    assert len({cls(1), cls(1)}) == 2


def test_what_can_change_has_no_hash(kind: Any) -> None:
    made = place(kind, frozen=False)(1)
    made.row = 5
    assert made.row == 5
    with pytest.raises(TypeError, match="unhashable"):
        hash(made)


def test_order(kind: Any) -> None:
    cls = place(kind, order=True)
    assert sorted([cls(2, 1), cls(1, 3), cls(1, 2)]) == [cls(1, 2), cls(1, 3), cls(2, 1)]
    assert cls(1) <= cls(1) < cls(2) > cls(1) >= cls(1)
    with pytest.raises(TypeError, match="not supported"):
        assert cls(1) < 2


def test_frozen(kind: Any) -> None:
    made = place(kind)(1)
    with pytest.raises(dataclasses.FrozenInstanceError, match="row"):
        made.row = 2
    with pytest.raises(dataclasses.FrozenInstanceError, match="row"):
        del made.row
    assert made.row == 1


def test_slots(kind: Any) -> None:
    assert not hasattr(place(kind)(1), "__dict__")
    with pytest.raises(AttributeError):
        place(kind, frozen=False)(1).colour = "red"
    assert vars(place(kind, slots=False)(1)) == {"row": 1, "column": 1, "notes": []}


def test_repr(kind: Any) -> None:
    assert repr(place(kind)(1, 2)).endswith("Place(row=1, column=2)")


def test_replace(kind: Any) -> None:
    made = place(kind)(1, 2, ["a"])
    changed = kind.replace(made, column=5)
    assert (changed.row, changed.column, changed.notes is made.notes) == (1, 5, True)
    with pytest.raises(TypeError):
        kind.replace(made, colum=5)


def test_a_field_that_is_worked_out(kind: Any) -> None:
    @kind.dataclass(frozen=True, slots=True)
    class Question:
        words: tuple[str, ...]
        length: int = kind.field(init=False, compare=False, repr=False)

        def __post_init__(self) -> None:
            object.__setattr__(self, "length", len(self.words))

        def __hash__(self) -> int:
            return self.length

    for _ in range(OFTEN + 1):
        asked = Question(("a", "b"))
        assert (asked.length, hash(asked)) == (2, 2)
    assert kind.replace(asked, words=("a",)).length == 1


def test_match(kind: Any) -> None:
    cls = place(kind)
    match cls(1, 2):
        case cls(row, column):
            assert (row, column) == (1, 2)


def test_generic(kind: Any) -> None:
    @kind.dataclass(frozen=True, slots=True)
    class Answer(Generic[T]):
        values: frozenset[T]

    assert Answer(frozenset({1})) == Answer(values=frozenset({1}))


def test_what_the_standard_library_asks_of_a_class(kind: Any) -> None:
    made = place(kind)(1, 2)
    assert dataclasses.is_dataclass(made)
    assert [field.name for field in dataclasses.fields(made)] == ["row", "column", "notes"]
    assert dataclasses.asdict(made) == {"row": 1, "column": 2, "notes": []}
    assert dataclasses.replace(made, row=7).row == 7
    assert type(made).__doc__ == "A place."


def test_copies() -> None:
    made = Kept("a", (1, 2))
    assert pickle.loads(pickle.dumps(made)) == copy.copy(made) == copy.deepcopy(made) == made


def test_no_class_derives_from_another() -> None:
    with pytest.raises(TypeError, match="cannot derive"):

        @records.dataclass(frozen=True)
        class Further(Kept):
            more: int


def test_nothing_is_compiled_when_the_linter_is_imported() -> None:
    """`dataclasses` would cost every run what all its classes cost."""
    assert imported("import lint_rules.rules.registry, lint_rules.run.pipeline").isdisjoint({"dataclasses"})


def test_a_file_without_candidates_is_done_before_anything_heavy_is_imported(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("import keras\n\ndef double(x):\n    return keras.ops.add(x, x)\n")
    given = ["check", "--no-cache", "--isolated", "--output-file", str(tmp_path / "report.txt"), str(tmp_path)]
    found = imported(f"from lint_rules.cli import main; assert main({given}) == 0")
    assert (tmp_path / "report.txt").read_text() == "No findings in 1 file.\n"
    heavy = {"ast", "dataclasses", "enum", "inspect", "json", "pathlib", "tomllib", "typing"}
    assert {
        name for name in found if name in heavy or name.startswith(("lint_rules.semantics", "lint_rules.rules"))
    } == {
        "enum"  # for `re`, for argparse
    }


def imported(code: str) -> set[str]:
    """The modules that a fresh Python imports besides its own when it runs some code."""
    asked = f"import sys; own = {{*sys.modules}}; {code}; print(*({{*sys.modules}} - own))"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


# Named tuples


class Pair(records.NamedTuple):
    """Two things."""

    left: int
    right: tuple[int, ...] = ()

    @property
    def total(self) -> int:
        return self.left + sum(self.right)


def test_a_named_tuple_behaves_as_one_of_typing() -> None:
    pair = Pair(1, right=(2,))
    assert pair == (1, (2,))
    assert pair.total == 3
    assert Pair(1) == (1, ())
    assert repr(pair._replace(left=4)) == "Pair(left=4, right=(2,))"
    match pair:
        case Pair(left, right):
            assert (left, right) == pair
    assert pickle.loads(pickle.dumps(pair)) == pair
    assert type(copy.copy(pair)) is Pair
    assert (Pair.__doc__, Pair.__module__, Pair._field_defaults) == ("Two things.", __name__, {"right": ()})
    with pytest.raises(AttributeError):
        pair.left = 2  # type: ignore[misc]


@pytest.mark.parametrize("made_before", [0, OFTEN])
def test_other_calls_of_a_named_tuple_are_refused(made_before: int) -> None:
    class Triple(records.NamedTuple):
        first: int
        second: int = 2
        third: int = 3

    for number in range(made_before):
        Triple(number)
    assert Triple(1, third=4) == Triple(second=2, third=4, first=1) == (1, 2, 4)
    with pytest.raises(TypeError):
        Triple()  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        Triple(1, 2, 3, 4)  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        Triple(1, fourth=4)  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        Triple(1)._replace(fourth=4)
