"""Before and after, one shape each; what a rewrite does not know stays."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from functools import partial

import pytest

from lint_rules.findings.diagnostics import Edit, Position
from lint_rules.fixes.calls.arguments import remove_arguments, remove_positional, set_argument
from lint_rules.fixes.calls.batch_axis import keep_batch_axis
from lint_rules.fixes.calls.drop_method import drop_numpy
from lint_rules.fixes.calls.generator_api import to_generator_free
from lint_rules.fixes.calls.no_grad import under_no_grad
from lint_rules.fixes.calls.tensor_twin import stay_in_tensors
from lint_rules.fixes.calls.to_direct_call import call_model, to_direct_call, to_predict
from lint_rules.fixes.calls.to_predict_on_batch import to_predict_on_batch
from lint_rules.fixes.loops.batch_loop import batch_branch, batch_predict
from lint_rules.fixes.loops.hoist import hoist
from lint_rules.fixes.loops.known import Known
from lint_rules.fixes.loops.manual_batches import predict_whole
from lint_rules.fixes.tree.text import apply_edits, position_of

Rewrite = Callable[[str, Position], tuple[Edit, ...] | None]

trained = partial(to_direct_call, training="True")
forwarded = partial(to_direct_call, training="training")
quiet = partial(remove_arguments, names={"verbose", "batch_size"})
inference = partial(set_argument, name="training", value="False")


def rewritten(text: str, rewrite: Rewrite) -> str | None:
    """The text after the rewrite of the call whose start the mark » shows."""
    start = text.index("»")
    text = text.replace("»", "", 1)
    edits = rewrite(text, position_of(text, start))
    return None if edits is None else apply_edits(text, edits)


@pytest.mark.parametrize(
    ("rewrite", "before", "after"),
    [
        (to_predict_on_batch, "y = »m.predict(x)\n", "y = m.predict_on_batch(x)\n"),
        (to_predict_on_batch, "y = »m.predict(x, verbose=0)[0]\n", "y = m.predict_on_batch(x)[0]\n"),
        (to_predict_on_batch, "y = »m.predict(x=x, batch_size=1, steps=None)\n", "y = m.predict_on_batch(x=x)\n"),
        (to_predict_on_batch, "y = »m.predict(verbose=0, x=x)\n", "y = m.predict_on_batch(x=x)\n"),
        (partial(to_predict_on_batch, one_row=True), "y = »m.predict(x, 32, 0)\n", "y = m.predict_on_batch(x)\n"),
        (
            to_predict_on_batch,
            "y = »m.predict(\n    x,  # the state\n    verbose=0,  # quiet\n)\n",
            "y = m.predict_on_batch(\n    x,  # the state\n    # quiet\n)\n",
        ),
        (
            to_predict_on_batch,
            "y = (»self.net\n     .predict(f(x), verbose = 0))\n",
            "y = (self.net\n     .predict_on_batch(f(x)))\n",
        ),
        (trained, "y = »m.predict(x)\n", "y = m(x, training=True)\n"),
        (trained, "y = »self.m.predict_on_batch(x)\n", "y = self.m(x, training=True)\n"),
        (trained, "y = »m.predict(x=a + b, verbose=0)\n", "y = m(a + b, training=True)\n"),
        (trained, "y = »nets[0].predict([a, b])\n", "y = nets[0]([a, b], training=True)\n"),
        (
            trained,
            "y = »m.predict(\n    x,  # the batch\n    verbose=0,\n)\n",
            "y = m(\n    x,\n    training=True,  # the batch\n)\n",
        ),
        (forwarded, "y = »self.predict(x)\n", "y = self(x, training=training)\n"),
        (call_model, "y = »m.call(x, mask=k)\n", "y = m(x, mask=k)\n"),
        (to_predict, "y = »m(x, training=False)\n", "y = m.predict(x)\n"),
        (to_predict, "y = »m.predict_on_batch(x)\n", "y = m.predict(x)\n"),
        (to_predict, "y = »m(x, training=False).numpy()[0]\n", "y = m.predict(x)[0]\n"),
        (to_predict, "y = »m(x).numpy\n", "y = m.predict(x).numpy\n"),
        (drop_numpy, "y = »m.predict(x)[0].numpy()\n", "y = m.predict(x)[0]\n"),
        (drop_numpy, "y = »p.numpy ( ).shape\n", "y = p.shape\n"),
        (drop_numpy, "y = »(m.predict(x)).numpy()\n", "y = (m.predict(x))\n"),
        (stay_in_tensors, "y = »float(a + b) * 2\n", "y = (a + b) * 2\n"),
        (stay_in_tensors, "y = »float(f(a)) * 2\n", "y = f(a) * 2\n"),
        (quiet, "y = »m.predict(x, verbose=0, steps=3, batch_size=2)\n", "y = m.predict(x, steps=3)\n"),
        (quiet, "y = »m.predict(\n    x,\n    verbose=0\n)\n", "y = m.predict(\n    x\n)\n"),
        (quiet, "y = »m.predict(x,  # all\n    verbose=0)\n", "y = m.predict(x,  # all\n    )\n"),
        (quiet, "y = »m.predict(\n    x,  # all\n    verbose=0\n)\n", "y = m.predict(\n    x,  # all\n)\n"),
        (
            partial(remove_positional, place=1),
            "y = »m.predict(x, labels, verbose=0)\n",
            "y = m.predict(x, verbose=0)\n",
        ),
        (inference, "y = »m(x)\n", "y = m(x, training=False)\n"),
        (inference, "y = »m(x, training=None)\n", "y = m(x, training=False)\n"),
        (inference, "y = »m(\n    x,\n    mask=k,\n)\n", "y = m(\n    x,\n    mask=k,\n    training=False,\n)\n"),
        (inference, "y = »m()\n", "y = m(training=False)\n"),
        (keep_batch_axis, "y = »m.predict(x[i])\n", "y = m.predict(x[i:i + 1])\n"),
        (keep_batch_axis, "y = »m.predict(x[0], verbose=0)\n", "y = m.predict(x[0:1], verbose=0)\n"),
        (keep_batch_axis, "y = »m.predict(x[-1])\n", "y = m.predict(x[-1:])\n"),
        (keep_batch_axis, "y = »m.predict(x[-3])\n", "y = m.predict(x[-3:-2])\n"),
        (
            to_generator_free,
            "y = »m.predict_generator(g, n // 8, workers=4, verbose=1)\n",
            "y = m.predict(g, steps=n // 8, verbose=1)\n",
        ),
        (to_generator_free, "y = »m.evaluate_generator(generator=g)\n", "y = m.evaluate(x=g)\n"),
        (
            stay_in_tensors,
            "import tensorflow as tf\ny = »np.mean(x, axis=1)\n",
            "import tensorflow as tf\ny = tf.reduce_mean(x, axis=1)\n",
        ),
        (
            partial(stay_in_tensors, backend="jax"),
            "from keras import ops\ny = »np.mean(x)\n",
            "from keras import ops\ny = ops.mean(x)\n",
        ),
        (
            partial(stay_in_tensors, backend="jax"),
            "import keras\ny = »np.abs(x).reshape(2, 3).sum(axis=1)\n",
            "import keras\ny = keras.ops.sum(keras.ops.reshape(keras.ops.abs(x), [2, 3]), axis=1)\n",
        ),
        (
            stay_in_tensors,
            "import tensorflow as tf\ny = »np.linalg.norm(x, axis=1).astype('float32')\n",
            "import tensorflow as tf\ny = tf.cast(tf.norm(x, axis=1), 'float32')\n",
        ),
        (
            stay_in_tensors,
            "import tensorflow as tf\n\n\ndef f(x):\n    y = »float(x)\n    print(y.shape)\n    return y.mean()\n",
            "import tensorflow as tf\n\n\ndef f(x):\n    y = x\n    print(y.shape)\n    return tf.reduce_mean(y)\n",
        ),
        (
            stay_in_tensors,
            "import tensorflow as tf\n\n\ndef f(x):\n    y = »np.abs(x)\n    return (2 * (y - 1) ** 2)[:, 0].mean()\n",
            "import tensorflow as tf\n\n\ndef f(x):\n    y = tf.abs(x)\n"
            "    return tf.reduce_mean((2 * (y - 1) ** 2)[:, 0])\n",
        ),
        (
            stay_in_tensors,
            "import tensorflow as tf\n\n\ndef f(x):\n    y = »np.abs(x)\n"
            "    z = y / 2\n    return z.sum(1) + z[0].max()\n",
            "import tensorflow as tf\n\n\ndef f(x):\n    y = tf.abs(x)\n    z = y / 2\n"
            "    return tf.reduce_sum(z, 1) + tf.reduce_max(z[0])\n",
        ),
        (
            stay_in_tensors,
            "import numpy as np\nimport tensorflow as tf\n\n\ndef f(x):\n    y = »np.abs(x)\n"
            "    return np.where(y < 1, np.square(y) / 2, y) + np.sum(np.exp(-y), 1).mean() + other.square(y)\n",
            "import numpy as np\nimport tensorflow as tf\n\n\ndef f(x):\n    y = tf.abs(x)\n"
            "    return tf.where(y < 1, tf.square(y) / 2, y) + tf.reduce_mean(tf.reduce_sum(tf.exp(-y), 1)) "
            "+ other.square(y)\n",
        ),
        (
            under_no_grad,
            "import torch\nfor x in xs:\n  outs.append(\n    »m(x))  # kept\n",
            "import torch\nfor x in xs:\n  with torch.no_grad():\n    outs.append(\n      m(x))  # kept\n",
        ),
    ],
)
def test_becomes(rewrite: Rewrite, before: str, after: str) -> None:
    assert rewritten(before, rewrite) == after


@pytest.mark.parametrize(
    ("rewrite", "code"),
    [
        (to_predict_on_batch, "y = »m.predict(x, steps=3)\n"),
        (to_predict_on_batch, "y = »m.predict(x, batch_size=32)\n"),
        (to_predict_on_batch, "y = »m.predict(x, n)\n"),
        (to_predict_on_batch, "y = »m.predict(x, callbacks=[c])\n"),
        (to_predict_on_batch, "y = »m.predict(x, verbose=level())\n"),
        (to_predict_on_batch, "y = »m.predict(*args)\n"),
        (to_predict_on_batch, "y = »m.predict(x, **options)\n"),
        (to_predict_on_batch, "y = »m.predict()\n"),
        (to_predict_on_batch, "y = »predict(x)\n"),
        (trained, "y = »super().predict(x)\n"),
        (trained, "y = »m.predict(x, steps=2)\n"),
        (call_model, "y = »super().call(x)\n"),
        (to_predict, "y = »m(x, training=True)\n"),
        (to_predict, "y = »m(a, b)\n"),
        (inference, "y = »m(x for x in xs)\n"),
        (inference, "y = »m(x, training=False)\n"),
        (keep_batch_axis, "y = »m.predict(x[i, 0])\n"),
        (keep_batch_axis, "y = »m.predict(x[order[i]])\n"),
        (keep_batch_axis, "y = »m.predict(x[i:j])\n"),
        (to_generator_free, "y = »m.predict_generator(g, val_samples=100)\n"),
        (stay_in_tensors, "y = »np.mean(x, dtype=float)\n"),
        (stay_in_tensors, "y = »np.where(x)\n"),
        (stay_in_tensors, "y = »np.norm(x)\n"),
        (stay_in_tensors, "y = »np.array(x, dtype='float32')\n"),
        (stay_in_tensors, "y = »np.abs(x).argsort()\n"),
        (stay_in_tensors, "y = »np.abs(x).sum(where=x > 0)\n"),
        (stay_in_tensors, "def f(x):\n    y = »np.abs(x)\n    return y.argsort()\n"),
        (stay_in_tensors, "def f(x):\n    y = »np.abs(x)\n    return (y / 2).argsort()\n"),
        (partial(remove_positional, place=1), "y = »m.predict(x, y, 32)\n"),
        (under_no_grad, "if »m(x):\n    pass\n"),
    ],
)
def test_stays(rewrite: Rewrite, code: str) -> None:
    assert rewritten(code, rewrite) in (None, code.replace("»", ""))


BATCHED = [
    (
        "out = [»m.predict(x[None])[0] for x in xs for _ in ks if x.any()]",
        "out = list(m.predict(np.stack([x for x in xs for _ in ks if x.any()])))",
    ),
    (
        "for x in xs:\n    mean, deviation = »m.predict(x[None])\n    use(mean)\n",
        "predictions = zip(*m.predict(np.stack(list(xs))))\nfor prediction in predictions:\n"
        "    mean, deviation = [output[None] for output in prediction]\n    use(mean)\n",
    ),
    (
        "out = [»m.predict(x[None])[0] for x in xs]",
        "out = list(m.predict(np.stack(list(xs))))",
    ),
    (
        "n = len(xs)\nout = [»m.predict(np.expand_dims(f(x), 0), verbose=0)[0] for x in xs]",
        "n = len(xs)\nout = list(m.predict(np.stack([f(x) for x in xs]), verbose=0))",
    ),
    (
        "out = np.array([»m.predict(np.array([x]))[0] for x in load()])",
        "out = m.predict(np.array(list(load())))",
    ),
    (
        "out = {k: »m.predict(v[None])[0, 1] for k, v in d.items()}",
        "out = {k: prediction[1] for (k, v), prediction in "
        "zip(d.items(), m.predict(np.stack([v for k, v in d.items()])))}",
    ),
    (
        "for x in a, b:\n    out.append(»m.predict(x[None])[0])",
        "out.extend(m.predict(np.stack(list((a, b)))))",
    ),
    (
        "for x, y in xs,:\n    z = »m.predict(np.array([x]))[0]\n    use(y, z)",
        "predictions = m.predict(np.array([x for x, y in (xs,)]))\n"
        "for (x, y), z in zip((xs,), predictions):\n    use(y, z)",
    ),
    (
        "for x in a if c else b:\n    out.append(»m.predict(f(x)[None])[0])",
        "out.extend(m.predict(np.stack([f(x) for x in (a if c else b)])))",
    ),
    (
        "for x in xs:\n    out.append(»m.predict(x[None])[0])",
        "out.extend(m.predict(np.stack(list(xs))))",
    ),
    (
        """
        # before
        for i in range(len(xs)):
            # one row
            out[i] = »m.predict(xs[i:i + 1])[0]  # filled
        """,
        """
        # before
        predictions = m.predict(xs)
        for i, prediction in enumerate(predictions):
            # one row
            out[i] = prediction  # filled
        """,
    ),
    (
        """
        for i, x in enumerate(xs[:5]):
            p = »m.predict(x[None], verbose=0)[0]
            show(i, x, p)
        """,
        """
        predictions = m.predict(np.stack(xs[:5]), verbose=0)
        for i, (x, p) in enumerate(zip(xs[:5], predictions)):
            show(i, x, p)
        """,
    ),
    (
        """
        for x, y in zip(stream(), labels):
            if »m.predict(x[None])[0, 0] > 0.5:
                hits.append(y)
        """,
        """
        samples = list(zip(stream(), labels))
        predictions = m.predict(np.stack([x for x, y in samples]))
        for (x, y), prediction in zip(samples, predictions):
            if prediction[0] > 0.5:
                hits.append(y)
        """,
    ),
    (
        """
        for path in tqdm(paths):
            # read
            image = load(path)
            if image is None:
                continue

            # predict
            p = »m.predict(image[None])
            save(path, p)
        """,
        """
        inputs = []
        kept = []
        for path in tqdm(paths):
            # read
            image = load(path)
            if image is None:
                continue
            inputs.append(image)
            kept.append(path)
        predictions = m.predict(np.stack(inputs))
        for path, prediction in zip(kept, predictions):

            # predict
            p = prediction[None]
            save(path, p)
        """,
    ),
]


BATCHED.append(
    (
        """
        samples = list(xs)
        predictions = m.predict(np.stack(samples))
        for x, p in zip(samples, predictions):
            use(p, »n.predict(x[None])[0])
        """,
        """
        samples = list(xs)
        predictions = m.predict(np.stack(samples))
        batch_predictions = n.predict(np.stack([x for x, p in zip(samples, predictions)]))
        for x, p, prediction in zip(samples, predictions, batch_predictions):
            use(p, prediction)
        """,
    )
)


@pytest.mark.parametrize(("before", "after"), BATCHED)
def test_a_loop_is_batched(before: str, after: str) -> None:
    head = "import numpy as np\n"
    known = Known(steady=frozenset({"d.items()", "samples", "predictions"}))
    assert rewritten(f"{head}{textwrap.dedent(before).strip()}\n", partial(batch_predict, known=known)) == (
        f"{head}{textwrap.dedent(after).strip()}\n"
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            """
            for x, done in samples[:9]:
                y = 0 if done else »m.predict(x[None])[0]
            """,
            """
            predictions = m.predict(np.stack([x for x, done in samples[:9]]))
            for (x, done), prediction in zip(samples[:9], predictions):
                y = 0 if done else prediction
            """,
        ),
        (
            """
            for x, done in load():
                if done:
                    continue_with(0)
                elif late:
                    out.append(»m.predict(x))
            """,
            """
            samples = list(load())
            predictions = m.predict(np.concatenate([x for x, done in samples]))
            for (x, done), prediction in zip(samples, predictions):
                if done:
                    continue_with(0)
                elif late:
                    out.append(prediction[None])
            """,
        ),
    ],
)
def test_a_branch_is_batched(before: str, after: str) -> None:
    head = "import numpy as np\n"
    found = rewritten(f"{head}{textwrap.dedent(before).strip()}\n", partial(batch_branch, known=Known(single=True)))
    assert found == f"{head}{textwrap.dedent(after).strip()}\n"


@pytest.mark.parametrize(
    "code",
    [
        "for x in xs[:9]:\n    if x is not None:\n        out.append(»m.predict(x[None])[0])\n",
        "for x in xs[:9]:\n    if flag:\n        y = x + 1\n        out.append(»m.predict(y[None])[0])\n",
        "for x in xs[:9]:\n    if flag:\n        out.append(»m.predict(load(x)[None])[0])\n",
        "for x in xs[:9]:\n    if flag:\n        out.append(»m.predict(x[None])[0])\n        break\n",
        "for x in xs[:9]:\n    if flag:\n        yield »m.predict(x[None])[0]\n",
        "for x in xs[:9]:\n    if flag:\n        for k in ks:\n            out.append(»m.predict(x[None])[0])\n",
        "for x in xs[:9]:\n    try:\n        out.append(»m.predict(x[None])[0])\n    except OSError:\n        pass\n",
        "for x in xs[:9]:\n    if flag:\n        m = better(m)\n        out.append(»m.predict(x[None])[0])\n",
        "for x in xs[:9]:\n    out.append(»m.predict(x[None])[0])\n",
        "while flag:\n    if x:\n        out.append(»m.predict(x[None])[0])\n",
    ],
)
def test_a_branch_that_cannot_be_batched_stays(code: str) -> None:
    assert rewritten(code, batch_branch) is None


@pytest.mark.parametrize(
    "code",
    [
        "for x in xs:\n    state = »m.predict(state[None])[0]\n",
        "for x in xs:\n    out.append(»m.predict(x)[0])\n",
        "for x in xs:\n    if x.any():\n        out.append(»m.predict(x[None])[0])\n",
        "for x in xs:\n    y = x.any() and »m.predict(x[None])[0]\n",
        "for k in ks:\n    out.append(»m.predict(x[None])[0] * k)\n",
        "out = [»m.predict(x[None])[0] * k for k in ks]\n",
        "for m in ms:\n    out.append(»m.predict(x[None])[0])\n",
        "for x in xs:\n    m = fit(m)\n    out.append(»m.predict(x[None])[0])\n",
        "for x in xs:\n    out.append(»m.predict(x[None], callbacks=[c])[0])\n",
        "while xs:\n    out.append(»m.predict(xs.pop()[None])[0])\n",
        "for x in xs:\n    with open(x) as f:\n        out.append(»m.predict(x[None])[0])\n",
        "for x in xs:\n    out.append(lambda: »m.predict(x[None])[0])\n",
        "for i in ks:\n    buffer[0] = i\n    p = »m.predict(buffer[None])\n    use(p, buffer)\n",
        "async def f():\n    async for x in xs:\n        out.append(»m.predict(x[None])[0])\n",
        "out = [»m.predict(x[None])[0] if x.any() else None for x in xs]\n",
        "out = [m.predict(x[None]) for m in ms for x in »m.predict(xs[None])]\n",
        "out = [  # each alone\n    »m.predict(x[None])[0] for x in xs\n]\n",
    ],
)
def test_a_loop_that_cannot_be_batched_stays(code: str) -> None:
    assert rewritten(code, batch_predict) is None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            """
            with tf.GradientTape() as tape:
                # the target
                t = »m.predict(
                    x,
                )
                q = n(x)
            """,
            """
            # the target
            t = m.predict(
                x,
            )
            with tf.GradientTape() as tape:
                q = n(x)
            """,
        ),
        (
            """
            for i in range(3):
                print(i, »m.predict(x))
            """,
            """
            prediction = m.predict(x)
            for i in range(3):
                print(i, prediction)
            """,
        ),
        (
            """
            for part in parts:
                m = »build(3)
                m.load_weights(path)  # trained elsewhere
                m.compile("sgd", loss)
                out.append(m.predict(part))
            """,
            """
            m = build(3)
            m.load_weights(path)  # trained elsewhere
            m.compile("sgd", loss)
            for part in parts:
                out.append(m.predict(part))
            """,
        ),
        ("y = [»m.predict(x) * k for k in ks]", "prediction = m.predict(x)\ny = [prediction * k for k in ks]"),
    ],
)
def test_an_evaluation_is_hoisted(before: str, after: str) -> None:
    assert rewritten(f"{textwrap.dedent(before).strip()}\n", hoist) == f"{textwrap.dedent(after).strip()}\n"


@pytest.mark.parametrize(
    "code",
    [
        "with t as tape:\n    x = f()\n    y = »m.predict(x)\n    z = y\n",
        "with t as tape:\n    y = »m.predict(x)\n",
        "for i in r:\n    y = »m.predict(x)\n    y += i\n",
        "for i in r:\n    if y:\n        pass\n    y = »m.predict(x)\n",
        "for i in r:\n    if i:\n        y = »m.predict(x)\n    z = i\n",
        "for i in r:\n    y = »m.predict(x[i])\n    z = y\n",
        "for i in r:\n    x.append(i)\n    print(»m.predict(x))\n",
        "while »m.predict(x) > 0:\n    y = 1\n",
        "for i in r:\n    def f():\n        return »m.predict(x)\n    f()\n",
        "for i in r:\n    m = »build(3)\n    m.load_weights(names[i])\n    use(m.predict(x))\n",
        "for i in r:\n    m = »build(3)\n    m.fit(x, y)\n    use(m.predict(x))\n",
        "for i in r:\n    m = »build(3)\n    use(m.predict(x))\n    m.load_weights(path)\n",
        "y = »m.predict(x)\n",
        "y = [»m.predict(x * k) for k in ks]\n",
    ],
)
def test_an_evaluation_that_cannot_move_stays(code: str) -> None:
    assert rewritten(code, hoist) is None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            """
            # collect
            parts = []
            for i in range(0, len(x), 32):
                parts.append(»m.predict(x[i:i+32], verbose=0))
            # join
            y = np.concatenate(parts)
            """,
            """
            # collect
            # join
            y = m.predict(x, batch_size=32, verbose=0)
            """,
        ),
        (
            """
            def f(x, n):
                out = list()
                for i in range(0, x.shape[0], n):
                    piece = x[i:min(i + n, x.shape[0])]
                    p = »m.predict_on_batch(piece)
                    out.append(p)
                return np.vstack(out)
            """,
            """
            def f(x, n):
                return m.predict(x, batch_size=n)
            """,
        ),
        (
            "y = np.concatenate([»m.predict(x[i:i+n]) for i in range(0, len(x), n)], axis=0)",
            "y = m.predict(x, batch_size=n)",
        ),
    ],
)
def test_batches_cut_by_hand_become_one_call(before: str, after: str) -> None:
    assert rewritten(f"{textwrap.dedent(before).strip()}\n", predict_whole) == f"{textwrap.dedent(after).strip()}\n"


@pytest.mark.parametrize(
    "code",
    [
        "p = []\nfor i in range(0, len(x), 32):\n    p.append(»m.predict(x[i:i+16]))\ny = np.concatenate(p)\n",
        "p = []\nfor i in range(8, len(x), 32):\n    p.append(»m.predict(x[i:i+32]))\ny = np.concatenate(p)\n",
        "p = []\nfor i in range(0, len(z), 32):\n    p.append(»m.predict(x[i:i+32]))\ny = np.concatenate(p)\n",
        "p = []\nfor i in range(0, len(x), 32):\n    p.append(»m.predict(x[i:i+32]))\ny = np.stack(p)\n",
        "p = [0]\nfor i in range(0, len(x), 32):\n    p.append(»m.predict(x[i:i+32]))\ny = np.concatenate(p)\n",
        "p = []\nfor i in range(0, len(x), 32):\n    p.append(»m.predict(x[i:i+32]))\ny = np.concatenate(p)\nf(p)\n",
        "p = []\nfor i in range(0, len(x), 32):\n    p.append(»m.predict(x[i:i+32]))\ny = np.concatenate(p)\nf(i)\n",
        "p = []\nfor i in range(0, len(x), 9):\n    # w\n    p.append(»m.predict(x[i:i+9]))\ny = np.concatenate(p)\n",
        "y = np.concatenate([»m.predict(x[i:i+n]) for i in range(0, len(x), n)], axis=1)\n",
    ],
)
def test_other_loops_over_slices_stay(code: str) -> None:
    assert rewritten(code, predict_whole) is None
