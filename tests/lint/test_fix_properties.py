"""Laws of every rewrite: what comes out parses, a second run changes nothing, the rest of the file is untouched."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lint_rules.findings.diagnostics import (
    Applicability,
    Confidence,
    Diagnostic,
    Edit,
    Fix,
    Location,
    Position,
    Severity,
)
from lint_rules.fixes.apply.apply import fix_text
from lint_rules.fixes.apply.notebook_text import cell_sources, rewrite_cells
from lint_rules.fixes.calls.arguments import remove_arguments, set_argument
from lint_rules.fixes.calls.no_grad import under_no_grad
from lint_rules.fixes.calls.to_direct_call import to_direct_call
from lint_rules.fixes.calls.to_predict_on_batch import to_predict_on_batch
from lint_rules.fixes.loops.batch_loop import batch_predict
from lint_rules.fixes.loops.hoist import hoist
from lint_rules.fixes.loops.manual_batches import predict_whole
from lint_rules.fixes.tree.imports import bring_in
from lint_rules.fixes.tree.text import apply_changes, apply_edits, edits, offset_of, position_of

Rewrite = Callable[[str, Position], tuple[Edit, ...] | None]

REWRITES: dict[str, Rewrite] = {
    "predict_on_batch": to_predict_on_batch,
    "direct call": partial(to_direct_call, training="False"),
    "batch": batch_predict,
    "hoist": hoist,
    "whole": predict_whole,
    "no_grad": under_no_grad,
    "remove": partial(remove_arguments, names={"verbose"}),
    "set": partial(set_argument, name="verbose", value="0"),
}

receivers = st.sampled_from(["model", "self.net", "nets[0]", "agent.model", "load()"])
inputs = st.sampled_from(
    [
        "x[None]",
        "np.expand_dims(x, 0)",
        "np.array([x])",
        "f(x).reshape(1, -1)",
        "x",
        "[a[None], x[None]]",
        "xs[i:i + 1]",
    ]
)
extras = st.sampled_from(
    ["", ", verbose=0", ", batch_size=1", ", verbose = 0,", ",\n{i}  verbose=0,  # quiet\n{i}", ",  # one\n{i} 0\n{i}"]
)
uses = st.sampled_from(["", "[0]", "[0][0]", "[0, :, 1]", "[0].argmax()", ".flatten()"])
calls = st.builds(
    lambda receiver, sample, extra, use: f"{receiver}.predict({sample}{extra}){use}", receivers, inputs, extras, uses
)
statements = st.sampled_from(
    [
        "{i}out.append({call})\n",
        "{i}p = {call}\n{i}out.append((x, p))\n",
        "{i}out[i] = {call}  # row\n",
        "{i}y = x * 2\n\n{i}# then\n{i}if {call} > 0:\n{i}    out.append(y)\n",
        "{i}x = g(x)\n{i}p = {call}\n{i}show(x, p)\n",
        "{i}if x is None: continue\n{i}print({call}, 'é'); n = 1\n",
        "{i}print('''a\n  b''', {call})\n",
    ]
)
headers = st.sampled_from(
    [
        "{o}for x in xs:\n",
        "{o}for i, x in enumerate(xs):\n",
        "{o}for i, x in enumerate(tqdm(xs), start=1):\n",
        "{o}for x, y in zip(xs, ys):\n",
        "{o}for i in range(len(xs)):\n",
        "{o}for x in (f(a) for a in xs):\n",
        "{o}while go():\n",
        "{o}with tf.GradientTape() as tape:\n",
    ]
)
comprehensions = st.sampled_from(
    [
        "{o}ys = [{call} for x in xs]\n",
        "{o}ys = {{k: {call} for k, x in d.items()}}\n",
        "{o}y = np.concatenate([{call} for x in xs])\n",
        "{o}y = sum({call} for i, x in enumerate(xs) if x.any())\n",
    ]
)


@st.composite
def blocks(draw: st.DrawFn) -> str:
    outer = draw(st.sampled_from(["", "    ", "\t"]))
    inner = outer + draw(st.sampled_from(["    ", "  ", "\t"]) if outer != "\t" else st.just("\t"))
    call = draw(calls)
    if draw(st.booleans()):
        body = draw(comprehensions).format(o=outer, call=call.replace("{i}", outer + "  "))
    else:
        shape = draw(headers) + draw(statements)
        body = shape.format(o=outer, i=inner, call=call.replace("{i}", inner))
    return f"def run(xs, d):\n{body}" if outer else body


pieces = st.sampled_from(
    [
        "# ünïcode\nn = 3\n",
        '"""doc"""\n',
        "import os\nimport tensorflow as tf\n",
        "def other():\n    '''predict'''\n    return 1\n\n\n",
        "\n\n",
        "s = '# no comment'  # comment\n",
        "@cached\nclass A:\n\tpass\n",
    ]
)
newlines = st.sampled_from(["\n", "\r\n"])


@st.composite
def programs(draw: st.DrawFn) -> tuple[str, str, str]:
    """What stands before the code under test, that code, and what stands behind it."""
    newline = draw(newlines)
    before = "".join(draw(st.lists(pieces, max_size=3)))
    after = "".join(draw(st.lists(pieces, max_size=3)))
    before, code, after = (part.replace("\n", newline) for part in (before, draw(blocks()), after))
    return before, code, after


def predict_call(text: str) -> Position:
    """Where the first call of predict starts."""
    found = [
        node
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "predict"
    ]
    first = min(found, key=lambda call: (call.lineno, call.col_offset))
    line = re.split(r"\r\n?|\n", text)[first.lineno - 1]
    return Position(first.lineno, len(line.encode()[: first.col_offset].decode()) + 1)


@pytest.mark.parametrize("name", REWRITES)
@given(parts=programs())
@settings(max_examples=60, deadline=None)
def test_a_rewrite_parses_and_leaves_the_rest_alone(name: str, parts: tuple[str, str, str]) -> None:
    before, code, after = parts
    text = before + code + after
    rewrites = REWRITES[name](text, predict_call(text))
    if rewrites is None:
        return
    fixed = apply_edits(text, rewrites)
    ast.parse(fixed)
    rest = [edit for edit in rewrites if not edit.content.lstrip().startswith("import ")]
    start, end = len(before), len(before) + len(code)
    for edit in rest:
        assert start <= offset_of(text, edit.start) <= offset_of(text, edit.end) <= end
    assert apply_edits(text, rest).startswith(before)
    assert apply_edits(text, rest).endswith(after)
    assert set(re.findall(r"#.*", text)) <= set(re.findall(r"#.*", fixed))
    if "\r\n" in text:
        assert "\n" not in fixed.replace("\r\n", "")


@pytest.mark.parametrize("name", ["predict_on_batch", "direct call", "batch", "whole", "remove", "set"])
@given(parts=programs())
@settings(max_examples=40, deadline=None)
def test_a_second_run_changes_nothing(name: str, parts: tuple[str, str, str]) -> None:
    def check(path: Path, text: str) -> Sequence[Diagnostic]:
        if ".predict(" not in text:
            return []
        at = predict_call(text)
        rewrites = REWRITES[name](text, at)
        if not rewrites or (name == "batch" and "prediction" in text):
            return []
        fix = Fix(Applicability.SAFE, "rewrite", rewrites)
        place = Location(str(path), at, at)
        return [Diagnostic("KI000", "rule", "text", Severity.ERROR, Confidence.CERTAIN, place, fix=fix)]

    once = fix_text(Path("m.py"), "".join(parts), check)
    assert once.dropped == ()
    assert not fix_text(Path("m.py"), once.after, check).changed


texts = st.lists(st.sampled_from(["a", "é", "\n", "\r\n", "\r", "\x0c", "\u2028", "𝄞", " "]), max_size=30).map("".join)


@given(text=texts, data=st.data())
def test_positions_go_both_ways(text: str, data: st.DataObject) -> None:
    offset = data.draw(st.integers(0, len(text)))
    if not text.startswith("\n", offset) or not text.endswith("\r", 0, offset):
        assert offset_of(text, position_of(text, offset)) == offset


@given(text=texts, data=st.data())
def test_edits_say_what_the_changes_say(text: str, data: st.DataObject) -> None:
    assume(len(text) > 1)
    points = sorted(data.draw(st.lists(st.integers(0, len(text)), min_size=2, max_size=6, unique=True)))
    assume(all(text[max(point - 1, 0) : point + 1] != "\r\n" for point in points))
    changes = [(start, end, "x") for start, end in zip(points[::2], points[1::2], strict=False)]
    assert apply_edits(text, edits(text, changes)) == apply_changes(text, changes)


IMPORTS = (
    "from __future__ import annotations|import os|import sys as s|from typing import Any|import keras|import numpy|"
    "from sklearn import svm|import tensorflow as tf|from . import a|from .b import c|import numpy as xp"
)
modules = st.lists(
    st.sampled_from(IMPORTS.split("|")),
    unique=True,
    max_size=6,
)


@given(
    imports=modules,
    doc=st.booleans(),
    licence=st.booleans(),
    code=st.sampled_from(["", "x = 1\n", "np = 3\n", "def f(np): pass\n", "if x:\n    import numpy as np\n"]),
)
def test_an_import_is_added_once_and_binds_the_name(imports: list[str], doc: bool, licence: bool, code: str) -> None:
    imports.sort(key=lambda line: not line.startswith("from __future__"))
    text = "# (c)\n" * licence + '"""Doc."""\n\n' * doc + "".join(f"{line}\n" for line in imports) + code
    name, added = bring_in(text, "numpy", alias="np")
    fixed = apply_edits(text, added)
    ast.parse(fixed)
    compile(fixed, "m.py", "exec")
    assert bring_in(fixed, "numpy", alias="np") == (name, ())
    assert ast.get_docstring(ast.parse(fixed)) == ast.get_docstring(ast.parse(text))
    if not any("numpy" in line for line in imports):
        assert len(added) == 1
        assert name == ("np" if "np" not in code else "numpy")


sources = st.lists(
    st.sampled_from(["a = 1\n", "b = '\"é\\\\'\n", "𝄞 = 2\n", "\n", "# x\t\n", "c\n"]), min_size=1, max_size=6
)


@given(lines=sources, listed=st.booleans(), ascii_only=st.booleans(), data=st.data())
def test_a_cell_says_after_its_edits_what_its_text_says(
    lines: list[str], listed: bool, ascii_only: bool, data: st.DataObject
) -> None:
    text = "".join(lines)
    source: object = lines if listed else text
    cells = [{"cell_type": "code", "source": source, "outputs": ["a = 1\n"]}, {"cell_type": "raw", "source": "z"}]
    raw = json.dumps({"cells": cells, "metadata": {"cells": [1]}}, indent=1, ensure_ascii=ascii_only)
    points = sorted(data.draw(st.lists(st.integers(0, len(text)), min_size=2, max_size=6, unique=True)))
    content = st.sampled_from(["", "x", "y\n", "\nz = 'é'", "1\n2\n"])
    changes = [(start, end, data.draw(content)) for start, end in zip(points[::2], points[1::2], strict=False)]
    fixed = rewrite_cells(raw, {1: changes})
    assert cell_sources(fixed)[0].text == apply_changes(text, changes)
    parsed = json.loads(fixed)
    assert [cell["outputs"] for cell in parsed["cells"][:1]] == [["a = 1\n"]]
    assert isinstance(parsed["cells"][0]["source"], list if listed else str)
    assert fixed.startswith(raw[: cell_sources(raw)[0].pieces[0].start])
    assert fixed.endswith(raw[cell_sources(raw)[0].pieces[-1].end :])
