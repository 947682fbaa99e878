"""Programs with a loop around `predict`, made at random, and what running one of them leaves behind.

A program binds names before, in and after its loop and reads them directly, by attribute, by method and by index; it
writes in place, leaves iterations and loops early, and collects in lists, dicts and sums. Whatever a fix makes of it
must leave the same behind. The model is a stand-in that computes each row by itself and writes down its calls.
"""

from __future__ import annotations

import builtins
import random
import re
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import numpy as np

SETTING = """\
import keras
import numpy as np

{model}


class Item:
    def __init__(self, key, row):
        self.key = key
        self.row = row
        self.tags = [key, key + "!"]
        self.marked = 0

    def label(self):
        return self.key.upper()


def fill(target, values):
    target[0] = values


def scaled(values):
    return values / 2.0


def filled(target, values):
    np.copyto(target[0], values)
    return target


def stream(values):
    for value in values:
        yield value


rows = [np.arange(3.0) + 3 * n for n in range({size})]
names = ["n" + str(n) for n in range({size})]
named = dict(zip(names, rows))
items = [Item(name, row.copy()) for name, row in named.items()]
table = np.stack(rows)
weights = {{name: n for n, name in enumerate(names)}}
stored = stream(rows)
"""
MODELS = {
    "one": 'model = keras.models.load_model("model.keras")',
    "two": (
        "entry = keras.Input((3,))\n"
        "model = keras.Model(entry, [keras.layers.Dense(2)(entry), keras.layers.Dense(1)(entry)])"
    ),
}
COLLECTORS = """\
out = []
keys = []
log = []
results = {}
state = {"seen": 0}
total = 0.0
count = 0
previous = None
best = None
buffer = np.zeros((1, 3))
view = buffer[0]
"""


HELPERS = (
    "\n\ndef ask(x):\n    return model.predict(x)\n\n\n",
    "\n\ndef ask(x):\n    doubled = x * 2\n    return model.predict(doubled, verbose=0)\n\n\n",
    "\n\nplace = np.zeros((1, 3))\n\n\ndef ask(x):\n    place[0] = x[0]\n    return model.predict(place)\n\n\n",
    "\n\nasked = []\n\n\ndef ask(x):\n    found = model.predict(x)\n    asked.append(found)\n    return found\n\n\n",
)
"""Functions around the call."""


@dataclass(frozen=True)
class Program:
    """`watched` are the names whose values count at the end, beside what is printed."""

    seed: int
    code: str
    watched: tuple[str, ...]


@dataclass(frozen=True)
class Source:
    """What a loop goes over: the code of row and key of one sample, in several spellings."""

    header: str
    targets: tuple[str, ...]
    rows: tuple[str, ...]
    keys: tuple[str, ...]


SOURCES = (
    Source("for row in rows", ("row",), ("row",), ("float(row[0])", "row.sum()", "row.shape[0]", "row[-1]")),
    Source(
        "for name in names", ("name",), ("named[name]",), ("name", "name.upper()", "name[0] + 'x'", "weights[name]")
    ),
    Source(
        "for item in items",
        ("item",),
        ("item.row",),
        ("item.key", "item.label()", "item.tags[1]", "item.row[0]", "weights[item.key]"),
    ),
    Source("for item in stream(items)", ("item",), ("item.row",), ("item.key", "item.label()", "item.tags[0]")),
    Source("for n, row in enumerate(rows)", ("n", "row"), ("row",), ("n", "names[n]", "row[1]", "n * 2")),
    Source("for name, row in zip(names, rows)", ("name", "row"), ("row",), ("name", "name.title()", "(name, row[0])")),
    Source("for name, row in named.items()", ("name", "row"), ("row",), ("name", "name[1:]", "weights[name]")),
    Source("for n in range(len(rows))", ("n",), ("rows[n]", "table[n]"), ("n", "names[n]", "items[n].key")),
    Source("for n, item in enumerate(stream(items))", ("n", "item"), ("item.row",), ("n", "item.key", "item.label()")),
    Source("for row in (r + 1 for r in rows)", ("row",), ("row",), ("row[0]", "row.mean()")),
    Source("for holder.item in items", ("holder",), ("holder.item.row",), ("holder.item.key", "holder.item.label()")),
    Source("for row in list(stored)", ("row",), ("row",), ("row[0]", "row.min()")),
    Source("for row in table", ("row",), ("row",), ("row[0]", "row.max()")),
)
INPUTS = (
    ("", "{row}[None]"),
    ("", "np.expand_dims({row}, 0)"),
    ("", "np.array([{row}])"),
    ("", "scaled({row})[None]"),
    ("", "{row}.reshape(1, 3)"),
    ("x = {row}[None]", "x"),
    ("x = np.expand_dims({row}, axis=0)", "x"),
    ("sample = {row} * 2\nx = sample.reshape(1, -1)", "x"),
    ("sample = scaled({row})", "sample[None]"),
    ("sample = {row}.copy()\nsample /= 4\nx = sample[None]", "x"),
    ("buffer[0] = {row}", "buffer"),
    ("np.copyto(buffer[0], {row})", "buffer"),
    ("np.multiply({row}, 2.0, out=buffer[0])", "buffer"),
    ("view[:] = {row}", "buffer"),
    ("fill(buffer, {row})", "buffer"),
    ("buffer[0] = {row}\nx = buffer", "x"),
    ("buffer[0, :] = {row}\nx = buffer[0][None]", "x"),
    ("x = filled(buffer, {row})", "x"),
    ("", "filled(buffer, {row})"),
    ("buffer[0] = {row}\nx = buffer + 1", "x"),
    ("x = np.zeros((1, 3))\nx[0] = {row}", "x"),
)
BEFORE = (
    "key = {key}",
    "key = str({key})\nfolder = key + '/'",
    "count += 1",
    "log.append({key})",
    "state['seen'] += 1",
    "state['last'] = {key}",
    "print('reading', {key})",
    "first, second = {key}, count",
    "marker = [{key}]",
    "shown = lambda: {key}",
    "tail = rows[-1].copy()\ntail += count",
    "if count > 90:\n    rare = {key}",
    "with_index = weights.get(names[0], 0)",
    "np.random.seed(3)",
)
EXITS_BEFORE = (
    "if {row}[0] == 3.0:\n    continue",
    "if {row}[0] > 5.0:\n    break",
    "if {row}[0] > 5.0:\n    raise ValueError('too large')",
    "if {row}[0] < 1.0:\n    count += 10\n    continue",
)
USES = (
    "y = {call}[0]",
    "y = {call}",
    "out.append({call}[0])",
    "out.append({call})",
    "results[{key}] = {call}[0]",
    "total += {call}[0, 1]",
    "keys.append(({key}, float({call}[0][0])))",
    "y = {call}[0]\nresults[{key}] = y",
    "y = {call}\nbest = np.argmax(y[0])",
    "if {call}[0, 0] > 0.5:\n    keys.append({key})\nelse:\n    log.append({key})",
    "y = {call}[0, 1]",
    "y = {call}.tolist()",
    "y = {call}.sum(axis=0)",
    "for part in {call}[0]:\n    keys.append((part, {key}))",
    "y = {call}[0] if {key} != names[0] else np.zeros(2)",
    "y = 0.5\nif {key} != names[0]:\n    y = {call}[0]\n    out.append(y)",
    "if count % 2:\n    keys.append(float({call}[0, 0]))\nelif state['seen']:\n    log.append({key})",
)
USES_OF_TWO = (
    "y, z = {call}",
    "y = {call}[0][0]",
    "y = {call}\nout.append((y[0][0], y[1][0]))",
    "y, *more = {call}\nkeys.append(len(more))",
)
LATE = (
    "out.append(({key}, y))",
    "results[{key}] = y",
    "keys.append({key})",
    "log.append(('late', {key}))",
    "print('done', {key})",
    "previous = {key}",
    "count += 1",
    "state['last'] = {key}",
    "state['seen'] += 1",
    "total += float(np.sum(y))",
    "key = 'late ' + str({key})",
    "best = {key} if best is None else best",
    "label = str({key}) + '.txt'\nkeys.append(label)",
    "keys.append(previous)\nprevious = {key}",
    "{row}[:] = 0",
    "buffer[0] = 0",
    "rows[0] = rows[0] + 1",
    "weights['n0'] = weights['n0'] + 1",
    "names.append('more') if len(names) < 3 else None",
    "if float(np.sum(y)) > 0:\n    keys.append({key})",
)
LATE_OF_BEFORE = ("keys.append({name})", "results[str({name})] = y", "log.append([{name}])", "print({name})")
EXITS_LATE = (
    "break",
    "continue",
    "if {key} == names[1]:\n    break",
    "if float(np.sum(y)) > 1.0:\n    break",
    "if {key} == names[0]:\n    continue\nkeys.append({key})",
)
COMPREHENSIONS = (
    "out = [{call}[0] {header}]",
    "out = [({key}, {call}[0]) {header}]",
    "out = [{call} {header}]",
    "results = {{{key}: {call}[0] {header}}}",
    "total = sum(float({call}[0, 0]) {header})",
    "out = [{call}[0] {header} if {row}[0] > 1]",
    "out = np.concatenate([{call} {header}])",
    "out = np.array([{call}[0] {header}])",
    "out = list(map(lambda row: {call}[0], rows))",
    "best = max(({call}[0, 1], str({key})) {header})",
    "out = [{call}[0].sum() if {row}[0] > 1 else 0 {header}]",
    "out = [{call}[0] {header} for again in range(2)]",
    "out = [(again, {key}, {call}[0]) {header} for again in range(3) if again or {row}[0] > 1]",
)
OUTER = (
    ("for other in rows", "other"),
    ("for other in table", "other"),
    ("for other in stream(rows)", "other"),
    ("for other in stored", "other"),
    ("for place in range(len(rows))", "rows[place]"),
    ("for place, other in enumerate(rows)", "other"),
)
"""Headers of a loop around a loop, and the row that each gives."""
MIXED = (
    ("", "({row} + {other})[None]"),
    ("", "np.array([{row} * {other}])"),
    ("sample = {row} - {other}", "sample[None]"),
    ("x = ({row} * 2 + {other})[None]", "x"),
    ("buffer[0] = {row} + {other}", "buffer"),
)
NESTED = (
    "out = [[{call}[0] {header}] {outer}]",
    "out = [({key}, [{call}[0, 0] {header} if {row}[0] > 1]) {outer}]",
    "results = {{str({other}): [{call} {header}] {outer}}}",
    "for name in names:\n    out.append([{call}[0] {header}])",
)
BETWEEN = (
    "",
    "",
    "",
    "count += 1",
    "log.append(float({other}[0]))",
    "keys = []",
    "print('next', {other}[1])",
    "if count > 2:\n    break",
)


class Maker:
    """Makes one program from one seed."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.random = random.Random(seed)
        self.bound: list[str] = []
        self.helper = ""

    def program(self) -> Program:
        pick = self.random
        outputs = "two" if pick.random() < 0.12 else "one"
        source = pick.choice(SOURCES)
        form = pick.choice(("loop", "loop", "loop", "loop", "comprehension", "helper", "repeated", "slices", "nested"))
        if form == "comprehension" and (outputs == "two" or "holder" in source.targets):
            form = "loop"
        if form == "slices":
            body = self._slices()
        elif form == "repeated":
            body = self._repeated()
        elif form == "nested":
            outputs = "one"
            again = "holder" not in source.targets and "stored" not in source.header
            body = self._nested(source if again else SOURCES[0])
        elif form == "comprehension":
            body = self._comprehension(source)
        else:
            self.helper = pick.choice(HELPERS) if form == "helper" else ""
            body = self._loop(source, outputs)
            self.bound += [*source.targets, "y"]
        # What is gone after one pass has no samples the second time, for which a batched call raises an error.
        if form != "comprehension" and "stored" not in body and pick.random() < 0.15:
            body = f"for turn in range(2):\n{textwrap.indent(body, '    ')}\n    log.append(turn)\n"
        collecting = COLLECTORS + ("holder = Item('none', rows[0])\n" if "holder" in source.targets else "")
        if self.helper and pick.random() < 0.4:
            body += "best = ask(table[:2])\n"
        read = dict.fromkeys(name for name in self.bound if pick.random() < 0.3)
        tail = "".join(f"seen_{name} = {name}\n" for name in read)
        names = ["out", "keys", "log", "results", "state", "total", "count", "previous", "best", "buffer"]
        # What is reached through other names: the program's own arrays.
        names += [f"seen_{name}" for name in read] + ["rows", "table", "weights", "names", "items"]
        setting = SETTING.format(model=MODELS[outputs], size=pick.choice((2, 3, 4, 6))) + self.helper
        return self._placed(setting, collecting, f"{body}{tail}", names)

    def _placed(self, setting: str, collecting: str, body: str, names: list[str]) -> Program:
        """The program with its loop at module level, in a function or in a method."""
        place = self.random.choice(("module", "function", "method"))
        if place == "module":
            return Program(self.seed, f"{setting}{collecting}{body}", tuple(names))
        returned = "return {\n" + "".join(f"    {name!r}: {name},\n" for name in names) + "}\n"
        if place == "function":
            inner = textwrap.indent(f"{collecting}{body}{returned}", "    ")
            return Program(self.seed, f"{setting}\n\ndef work():\n{inner}\n\ndone = work()\n", ("done",))
        fields = "|".join(self.random.sample(("out", "buffer", "state", "previous", "results", "total"), 3))
        attribute = rf"(?<![\w.'])({fields})\b(?!['\w])"
        made = "".join(
            re.sub(attribute, r"self.\1", line) + "\n"
            for line in (*collecting.splitlines(), "self.model = model")
            if re.match(rf"({fields}|self|view)\b", line) and not line.startswith("view")
        )
        rest = "".join(f"{line}\n" for line in collecting.splitlines() if not re.match(rf"({fields})\b", line))
        inner = re.sub(attribute, r"self.\1", rest + body + returned)
        inner = re.sub(r"(?<![\w.])model\.", "self.model.", inner)
        code = (
            f"{setting}\n\nclass Worker:\n    def __init__(self):\n{textwrap.indent(made, ' ' * 8)}\n"
            "    def prepared(self, values):\n        self.space = getattr(self, 'space', np.zeros((1, 3)))\n"
            "        self.space[0] = values\n        return self.space\n\n"
            f"    def work(self):\n{textwrap.indent(inner, ' ' * 8)}\n\ndone = Worker().work()\n"
        )
        if self.random.random() < 0.2:
            code = code.replace("scaled(row)[None]", "self.prepared(row)").replace("filled(buffer,", "self.prepared(")
        return Program(self.seed, code, ("done",))

    def _slices(self) -> str:
        """Batches cut by hand."""
        pick = self.random
        call = self._call("table[start:start + 2]").replace(", batch_size=1", "")
        extra = pick.choice(("", "", "    count += 1\n", "    table[0] = table[0] + 1\n", "    keys.append(start)\n"))
        left = pick.choice(("", "", "", "    break\n", "    if start > 1:\n        break\n"))
        return (
            f"parts = []\nfor start in range(0, len(table), 2):\n    parts.append({call})\n{extra}{left}"
            "best = np.concatenate(parts)\n"
        )

    def _nested(self, source: Source) -> str:
        """A loop in a loop, or a comprehension in one: samples made of one element of each."""
        pick = self.random
        outer, other = pick.choice(OUTER)
        row, key = pick.choice(source.rows), pick.choice(source.keys)
        made, value = (text.format(row=row, other=other) for text in pick.choice(MIXED))
        if pick.random() < 0.3:
            call = self._call(f"({row} + 1)[None]" if made else value)
            template = pick.choice(NESTED)
            return template.format(call=call, key=key, row=row, other=other, header=source.header, outer=outer) + "\n"
        use = pick.choice(USES).format(call=self._call(value), key=key)
        late = [pick.choice(LATE).format(row=row, key=key) for _ in range(pick.choice((0, 0, 1, 2)))]
        body = textwrap.indent("\n".join([*([made] if made else []), use, *late]), " " * 8)
        between, behind = (pick.choice(BETWEEN).format(other=other) for _ in range(2))
        rows = [f"{outer}:", *textwrap.indent(between, "    ").splitlines(), f"    {source.header}:", body]
        return "y = 0.0\n" + "\n".join([*rows, *textwrap.indent(behind, "    ").splitlines()]) + "\n"

    def _repeated(self) -> str:
        """The same input in every iteration, unless something writes it."""
        pick = self.random
        value = pick.choice(("buffer", "table", "rows[0][None]", "view[None]"))
        body = [f"y = {self._call(value).replace(', batch_size=2', '')}", "out.append(y[0])"]
        change = pick.choice(
            (
                *("", "", "buffer[0] = row", "np.copyto(buffer[0], row)", "view[:] = row", "fill(buffer, row)"),
                *("np.add(row, 1.0, out=buffer[0])", "table += 1", "rows[0] = row", "keys.append(row[0])", "break"),
            )
        )
        if change:
            body.insert(pick.randint(0, 2), change)
        self.bound = ["y", "row"]
        return f"for row in rows:\n{textwrap.indent(chr(10).join(body), '    ')}\n"

    def _call(self, value: str) -> str:
        if self.helper:
            return f"ask({value})"
        method = self.random.choice(("predict", "predict", "predict", "predict_on_batch"))
        extra = self.random.choice(("", "", ", verbose=0", ", batch_size=1", ", batch_size=2"))
        return f"model.{method}({value}{extra if method == 'predict' else ''})"

    def _comprehension(self, source: Source) -> str:
        pick = self.random
        template = pick.choice(COMPREHENSIONS)
        row = "row" if "lambda" in template else pick.choice(source.rows)
        value = pick.choice([value for made, value in INPUTS if not made]).format(row=row)
        key = pick.choice(source.keys)
        return template.format(call=self._call(value), key=key, row=row, header=source.header) + "\n"

    def _loop(self, source: Source, outputs: str) -> str:
        pick = self.random

        def fill(template: str) -> str:
            return template.format(row=pick.choice(source.rows), key=pick.choice(source.keys))

        made, value = pick.choice(INPUTS)
        row = pick.choice(source.rows)
        body = [fill(pick.choice(BEFORE)) for _ in range(pick.choice((0, 0, 1, 1, 2, 3)))]
        if pick.random() < 0.25:
            body.insert(pick.randint(0, len(body)), fill(pick.choice(EXITS_BEFORE)))
        body += [made.format(row=row)] if made else []
        self.bound = [name for name in ("key", "folder", "first", "second", "marker", "sample", "x", "shown")
                      if any(line.startswith((f"{name} =", f"{name},", f"first, {name}"))
                             for part in body for line in part.splitlines())]  # fmt: skip
        call = self._call(value.format(row=row))
        body.append(
            pick.choice(USES if outputs == "one" else USES_OF_TWO).format(call=call, key=pick.choice(source.keys))
        )
        late = [fill(pick.choice(LATE)) for _ in range(pick.choice((0, 1, 1, 2, 3)))]
        late += [
            pick.choice(LATE_OF_BEFORE).format(name=name if name != "shown" else "shown()")
            for name in self.bound
            if pick.random() < 0.5
        ]
        pick.shuffle(late)
        if pick.random() < 0.2:
            late.insert(pick.randint(0, len(late)), fill(pick.choice(EXITS_LATE)))
        body += late
        code = "\n".join(textwrap.indent(part, "    ") for part in body)
        end = pick.choice(("", "", "", "else:\n    log.append('through')\n"))
        # The late statements read `y` also where the use does not bind it.
        return f"y = 0.0\n{source.header}:\n{code}\n{end}"


def programs(first: int, count: int) -> Iterator[Program]:
    for seed in range(first, first + count):
        yield Maker(seed).program()


# Running


@dataclass
class Calls:
    """What the models were asked: how many calls, how many rows."""

    rows: list[int] = field(default_factory=list)


class StandIn:
    """A model without Keras: each row of its outputs depends on that row of the input alone."""

    def __init__(self, calls: Calls, outputs: int = 1) -> None:
        self.calls, self.outputs = calls, outputs

    def predict(self, x: Any, batch_size: int | None = None, verbose: Any = "auto") -> Any:
        return self.predict_on_batch(x)

    def predict_on_batch(self, x: Any) -> Any:
        if not isinstance(x, np.ndarray) or x.ndim != 2:
            raise TypeError(f"expected a batch of rows, found {type(x).__name__}")
        self.calls.rows.append(len(x))
        made = [
            np.stack([np.array([np.tanh(row.sum() / 10 + n), float(np.prod(row + 1)) + n][: 2 - n]) for row in x])
            for n in range(self.outputs)
        ]
        return made if self.outputs > 1 else made[0]

    __call__ = predict_on_batch


def stand_in(calls: Calls, model: Callable[[Calls, int], StandIn] = StandIn) -> ModuleType:
    """A module that can do of Keras what the programs need; `model` makes a model with so many outputs."""
    keras = ModuleType("keras")
    keras.models = ModuleType("keras.models")  # type: ignore[attr-defined]
    keras.models.load_model = lambda _path: model(calls, 1)  # type: ignore[attr-defined]
    keras.layers = ModuleType("keras.layers")  # type: ignore[attr-defined]
    keras.layers.Dense = lambda _units: lambda _inputs: object()  # type: ignore[attr-defined]
    keras.Input = lambda _shape: object()  # type: ignore[attr-defined]
    keras.Model = lambda _inputs, outputs: model(calls, len(outputs))  # type: ignore[attr-defined]
    return keras


@dataclass(frozen=True)
class Outcome:
    """What a run left behind."""

    failed: str | None
    printed: tuple[str, ...]
    values: dict[str, Any]
    calls: tuple[int, ...]


def run(code: str, watched: tuple[str, ...], library: Callable[[Calls], ModuleType] = stand_in) -> Outcome:
    """Run a program with a stand-in for Keras."""
    calls, printed = Calls(), []
    keras = library(calls)

    def imported(name: str, *rest: Any, **further: Any) -> Any:
        return keras if name == "keras" else builtins.__import__(name, *rest, **further)

    def shown(*values: Any, **_: Any) -> None:
        printed.append(" ".join(map(str, values)))

    scope: dict[str, Any] = {
        "__name__": "program",
        "__builtins__": {**vars(builtins), "__import__": imported, "print": shown},
    }
    failed = None
    try:
        exec(compile(code, "program.py", "exec"), scope)
    except Exception as error:
        failed = type(error).__name__
    values = {name: plain(scope[name]) for name in watched if name in scope}
    return Outcome(failed, tuple(printed), values, tuple(calls.rows))


def plain(value: Any) -> Any:
    """A value as something that can be compared: arrays as type, shape and numbers."""
    if isinstance(value, np.ndarray):
        return ("array", value.shape, np.round(value, 6).tolist())
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return (type(value).__name__, [plain(item) for item in value])
    if isinstance(value, (np.floating, np.integer)):
        return ("scalar", round(float(value), 6))
    if type(value).__name__ == "Item":
        return plain(vars(value))
    if callable(value):
        return plain(value())
    return value
