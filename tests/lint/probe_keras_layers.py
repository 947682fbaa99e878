"""Measures what `lint_rules/semantics/knowledge/keras_layers.json` records: every built-in layer, called.

The tests compare the table with these measurements; `python tests/lint/probe_keras_layers.py --write` renews the
table. Nothing is taken from documentation: a layer depends on the mode when its outputs, or the weights it leaves
behind, differ between `training=True` and `training=False`.
"""

from __future__ import annotations

import inspect
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

TABLE = Path(__file__).parents[2] / "lint_rules" / "semantics" / "knowledge" / "keras_layers.json"

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to construct a layer and what to call it with.

    `on` holds constructor arguments of which any one makes the layer depend on the mode, `off` the values with which
    none does. `wraps` names the argument that takes layers (its value is a factory). `foreign` marks code that Keras
    does not see into, `build_only` what cannot be called, `broken` what cannot even be constructed.
    """

    inputs: Callable[[], Any]
    arguments: Mapping[str, Any] = field(default_factory=dict)
    on: Mapping[str, Any] = field(default_factory=dict)
    off: Mapping[str, Any] = field(default_factory=dict)
    wraps: str | None = None
    foreign: bool = False
    states: bool = False
    stateful: str | None = None
    build_only: bool = False
    broken: bool = False


def _numbers(*shape: int, scale: float = 1.0) -> Callable[[], np.ndarray]:
    return lambda: (np.random.default_rng(0).random(shape) * scale).astype("float32")


vector = _numbers(4, 6)
sequence = _numbers(4, 5, 3)
image = _numbers(4, 8, 8, 3, scale=255.0)
unit_image = _numbers(4, 8, 8, 3)
volume = _numbers(2, 6, 6, 6, 2)
wave = _numbers(2, 512)


def tokens() -> np.ndarray:
    return np.array([[1, 2, 3], [2, 0, 1]], dtype="int32")


def pair() -> list[np.ndarray]:
    return [vector(), vector() + 1]


def boxes() -> Json:
    return {
        "images": image(),
        "bounding_boxes": {
            "boxes": np.tile(np.array([[[0, 0, 4, 4], [1, 1, 5, 5]]], "float32"), (4, 1, 1)),
            "labels": np.ones((4, 2), "float32"),
        },
    }


def labelled() -> Json:
    return {"images": image(), "labels": np.eye(4, dtype="float32")}


_RECURRENT_ON = {"dropout": 0.5, "recurrent_dropout": 0.5}
_RECURRENT_OFF = {"dropout": 0.0, "recurrent_dropout": 0.0}
_SIZES: dict[str, Callable[[], Any]] = {"1D": sequence, "2D": image, "3D": volume}


def recipes(layers: ModuleType) -> dict[str, Recipe]:
    """A recipe for every layer that `layers` (`keras.layers` or `tf_keras.layers`) may hold, by class name."""
    table: dict[str, Recipe] = {}

    def add(names: str, inputs: Callable[[], Any], **options: Any) -> None:
        for name in names.split():
            table[name] = Recipe(inputs, **options)

    def cells() -> list[Any]:
        return [layers.LSTMCell(3), layers.LSTMCell(2)]

    add(
        "ActivityRegularization ELU Flatten GroupNormalization Identity LayerNormalization LeakyReLU Masking PReLU "
        "RMSNormalization ReLU Softmax ThresholdedReLU UnitNormalization Normalization BatchNormalization "
        "SyncBatchNormalization",
        image,
    )
    table["GroupNormalization"] = Recipe(image, {"groups": 3})
    table["Masking"] = Recipe(sequence)
    add("Activation", vector, arguments={"activation": "relu"})
    add("Add Average Concatenate Maximum Minimum Multiply Subtract", pair)
    add("Dot", pair, arguments={"axes": 1})
    add("Dense", vector, arguments={"units": 2})
    add("RandomFourierFeatures", vector, arguments={"output_dim": 2})
    add("EinsumDense", vector, arguments={"equation": "ab,bc->ac", "output_shape": 3})
    add("Embedding ReversibleEmbedding", tokens, arguments={"input_dim": 5, "output_dim": 3})
    add("InputLayer", vector, arguments={"shape": (6,)}, build_only=True)
    add("Permute", sequence, arguments={"dims": (2, 1)})
    add("Reshape", vector, arguments={"target_shape": (3, 2)})
    add("RepeatVector", vector, arguments={"n": 2})
    for size, inputs in _SIZES.items():
        add(f"AdaptiveAveragePooling{size} AdaptiveMaxPooling{size}", inputs, arguments={"output_size": 2})
        add(f"AveragePooling{size} MaxPooling{size}", inputs, arguments={"pool_size": 2})
        add(f"GlobalAveragePooling{size} GlobalMaxPooling{size} Cropping{size} UpSampling{size}", inputs)
        add(f"ZeroPadding{size}", inputs)
        kernel = {"filters": 2, "kernel_size": 2}
        add(f"Conv{size} Conv{size}Transpose SeparableConv{size} LocallyConnected{size}", inputs, arguments=kernel)
        add(f"DepthwiseConv{size}", inputs, arguments={"kernel_size": 2})
        add(f"SpatialDropout{size}", inputs, on={"rate": 0.5}, off={"rate": 0.0})
        frames = _numbers(2, 3, *[4] * int(size[0]), 2)
        add(f"ConvLSTM{size}", frames, arguments=kernel, on=_RECURRENT_ON, off=_RECURRENT_OFF, stateful="stateful")
    table["Cropping2D"] = Recipe(image, {"cropping": 1})
    add("AlphaDropout Dropout GaussianDropout", vector, on={"rate": 0.5}, off={"rate": 0.0})
    add("GaussianNoise", vector, on={"stddev": 0.5}, off={"stddev": 0.0})

    add("Attention AdditiveAttention", lambda: [sequence(), sequence()], on={"dropout": 0.5}, off={"dropout": 0.0})
    heads = {"num_heads": 2, "key_dim": 3}
    add("MultiHeadAttention", sequence, arguments=heads, on={"dropout": 0.5}, off={"dropout": 0.0})
    grouped = {"head_dim": 2, "num_query_heads": 4, "num_key_value_heads": 2}
    add("GroupedQueryAttention", sequence, arguments=grouped, on={"dropout": 0.5}, off={"dropout": 0.0})

    recurrent: Json = {"arguments": {"units": 3}, "on": _RECURRENT_ON, "off": _RECURRENT_OFF}
    add("LSTM GRU SimpleRNN", sequence, stateful="stateful", **recurrent)
    add("LSTMCell GRUCell SimpleRNNCell", vector, states=True, **recurrent)
    dense = {"layer": lambda: layers.Dense(2)}
    add("RNN", sequence, arguments={"cell": lambda: layers.LSTMCell(3)}, wraps="cell", stateful="stateful")
    add("StackedRNNCells", vector, arguments={"cells": cells}, states=True, wraps="cells")
    add("Bidirectional", sequence, arguments={"layer": lambda: layers.LSTM(3)}, wraps="layer")
    add("TimeDistributed", sequence, arguments=dense, wraps="layer")
    add("SpectralNormalization", vector, arguments=dense, wraps="layer")
    add("Wrapper", vector, arguments=dense, wraps="layer", build_only=True)
    add("Pipeline", image, arguments={"layers": lambda: [layers.Rescaling(1.0)]}, wraps="layers")
    add("Lambda", vector, foreign=True)
    add("FlaxLayer JaxLayer TFSMLayer TorchModuleWrapper Layer AbstractRNNCell", vector, foreign=True)
    add("DenseFeatures DynamicEmbedding DynamicLookup PreprocessingLayer", vector, foreign=True)

    add("CategoryEncoding", tokens, arguments={"num_tokens": 5})
    add("Discretization", vector, arguments={"bin_boundaries": [0.3, 0.6]})
    add("Hashing", tokens, arguments={"num_bins": 3})
    add("HashedCrossing", lambda: [np.array([1, 2]), np.array([3, 4])], arguments={"num_bins": 3})
    add("IntegerLookup", tokens, arguments={"vocabulary": [1, 2, 3]})
    text = {"vocabulary": ["a", "b"]}
    add("StringLookup TextVectorization", lambda: np.array([["a"], ["c"]]), arguments=text)
    add("MelSpectrogram STFTSpectrogram", wave)
    table["STFTSpectrogram"] = Recipe(lambda: wave()[..., None])
    table["MelSpectrogram"] = Recipe(wave, {"fft_length": 128})
    add("Rescaling", image, arguments={"scale": 2.0})
    add("CenterCrop", image, arguments={"height": 4, "width": 4})
    add("Resizing", image, arguments={"height": 4, "width": 4})
    add("RandomCrop", image, arguments={"height": 4, "width": 4})
    add(
        "AugMix AutoContrast ContrastLimitedAdaptiveHistogramEqualization Equalization RandAugment RandomErasing "
        "RandomFlip RandomInvert RandomPerspective RandomElasticTransform RandomGaussianBlur RandomGrayscale",
        image,
    )
    add("ContrastLimitedAdaptiveHistogramEqualization", image, arguments={"tile_grid_size": (2, 2)})
    add("CutMix MixUp", labelled)
    add("MaxNumBoundingBoxes", boxes, arguments={"max_number": 3, "bounding_box_format": "xyxy"})
    add("Solarization", image, arguments={"addition_factor": 0.5, "threshold_factor": 0.5})
    add(
        "RandomBrightness RandomColorDegeneration RandomContrast RandomHue RandomPosterization RandomRotation "
        "RandomSaturation RandomSharpness RandomHeight RandomWidth",
        image,
        on={"factor": 0.5},
        off={"factor": 0.0},
    )
    table["RandomPosterization"] = Recipe(image, {"factor": 4})
    if layers.__name__.startswith("tf_keras"):
        # Keras 2 refuses a factor of zero here; its SpectralNormalization mixes in classes of the installed Keras 3.
        table["RandomContrast"] = Recipe(image, {"factor": 0.5})
        table["SpectralNormalization"] = Recipe(vector, wraps="layer", broken=True)
    for name in ("RandomColorDegeneration", "RandomSaturation", "RandomSharpness"):
        table[name] = Recipe(image, {"factor": 0.5})
    jitter = ("brightness_factor", "contrast_factor", "saturation_factor", "hue_factor")
    add("RandomColorJitter", image, on=dict.fromkeys(jitter, 0.5), off=dict.fromkeys(jitter, None))
    shear = ("x_factor", "y_factor")
    add("RandomShear", image, on=dict.fromkeys(shear, 0.5), off=dict.fromkeys(shear, 0.0))
    move = ("height_factor", "width_factor")
    add("RandomTranslation RandomZoom", image, on=dict.fromkeys(move, 0.5), off=dict.fromkeys(move, 0.0))
    return table


def layer_classes(*modules: ModuleType, base: type) -> dict[str, type]:
    """Every public name of `modules` that is a layer class; the first module wins."""
    found: dict[str, type] = {}
    for module in modules:
        for name in dir(module):
            value = getattr(module, name)
            if inspect.isclass(value) and issubclass(value, base) and not name.startswith("_"):
                found.setdefault(name, value)
    return found


def default_of_training(layer: type) -> str:
    """The default of `call`'s `training`: "absent", "none", "false" or "true"."""
    parameter = inspect.signature(layer.call).parameters.get("training")  # type: ignore[attr-defined]
    return "absent" if parameter is None else str(parameter.default).lower()


def position_of(layer: type, argument: str) -> int | None:
    """Where `argument` stands among the positional constructor arguments, from 0; None when keyword only or absent."""
    names = [
        parameter.name
        for parameter in list(inspect.signature(layer.__init__).parameters.values())[1:]  # type: ignore[misc]
        if parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
    ]
    return names.index(argument) if argument in names else None


def _flat(value: Any) -> list[np.ndarray]:
    if isinstance(value, Mapping):
        return [array for key in sorted(value) for array in _flat(value[key])]
    if isinstance(value, list | tuple):
        return [array for item in value for array in _flat(item)]
    if value is None:
        return []
    return [np.asarray(value)]


def _same(first: Any, second: Any) -> bool:
    left, right = _flat(first), _flat(second)
    return len(left) == len(right) and all(
        a.shape == b.shape and (a.dtype.kind in "OSU" or np.allclose(a, b, atol=1e-4, equal_nan=True))
        for a, b in zip(left, right, strict=True)
    )


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What one constructed layer does: whether outputs or state depend on the mode, whether training draws random
    numbers, whether training moves its (non-random) state, and whether a bare call runs in training mode."""

    depends: bool
    random: bool
    moves: bool
    bare_trains: bool


def behaviour(make: Callable[[], Any], recipe: Recipe) -> Behaviour:
    """Calls a fresh layer without a mode, in inference and in training mode (several times each), and compares.

    The training calls get a second layer, made and built with the same random seeds: Keras 2 caches dropout masks.
    """
    layer = make()
    accepts = default_of_training(type(layer)) != "absent"
    arguments: list[Any] = [recipe.inputs()]
    if recipe.states:
        keras2 = type(layer).__module__.startswith("tf_keras")
        dtype = {"dtype": "float32"} if keras2 else {}
        states = layer.get_initial_state(batch_size=len(arguments[0]), **dtype)
        states = states if isinstance(states, list | tuple) else [states]
        # Not zeros, on which recurrent dropout would show no effect.
        arguments.append([_map(lambda a: a * 0 + 1, state) for state in states])
    elif type(layer).__name__ in ("MultiHeadAttention", "GroupedQueryAttention"):
        arguments.append(recipe.inputs())

    def run(called: Any, **mode: bool) -> Any:
        return called(*arguments, **mode)

    # A first call builds the layer; in inference mode where it can be asked for.
    first = run(layer, training=False) if accepts else run(layer)
    if not accepts:
        return Behaviour(not _same(first, run(layer)), random=False, moves=False, bare_trains=False)
    still = state_of(layer)
    inference = [run(layer, training=False) for _ in range(3)]
    assert all(_same(first, other) for other in inference), f"{type(layer).__name__} is random at inference"
    assert _same(still, state_of(layer)), f"{type(layer).__name__} moves its state at inference"
    bare = [run(layer) for _ in range(3)]
    bare_moves = not _same(still, state_of(layer))

    trainee = make()
    trained = [run(trainee, training=True)]
    moves = not _same(still, state_of(trainee))
    for _ in range(5):
        restore(trainee, still)
        trained.append(run(trainee, training=True))
    return Behaviour(
        depends=moves or any(not _same(first, other) for other in trained),
        random=any(not _same(trained[0], other) for other in trained[1:]),
        moves=moves,
        bare_trains=bare_moves or any(not _same(first, other) for other in bare),
    )


def _map(change: Callable[[Any], Any], value: Any) -> Any:
    return [_map(change, item) for item in value] if isinstance(value, list | tuple) else change(value)


def _own_weights(layer: Any) -> list[Any]:
    return [w for w in layer.weights if "seed" not in getattr(w, "path", w.name)]


def state_of(layer: Any) -> list[np.ndarray]:
    """The values of the layer's weights, its random seeds apart."""
    return [np.array(w.numpy()) for w in _own_weights(layer)]


def restore(layer: Any, values: list[np.ndarray]) -> None:
    """Puts the values of the layer's weights (its random seeds apart) back."""
    for weight, value in zip(_own_weights(layer), values, strict=True):
        weight.assign(value)


def row(cls: type, recipe: Recipe) -> Json:
    """The table's entry for one layer class, measured.

    Raises AssertionError when the recipe's arguments do not switch the mode on and off as it says.
    """
    entry: Json = {"training": default_of_training(cls)}
    if recipe.wraps:
        entry["wraps"] = [recipe.wraps, position_of(cls, recipe.wraps)]
    if recipe.stateful:
        entry["stateful"] = [recipe.stateful, position_of(cls, recipe.stateful)]
    if recipe.foreign:
        return {"mode": "foreign", **entry}
    if recipe.broken:
        return {}
    if recipe.build_only:
        return {"mode": "wrapped" if recipe.wraps else "never", **entry}

    def make(trainable: bool = True, **chosen: Any) -> Callable[[], Any]:
        def construct() -> Any:
            _seed(cls)
            arguments = {**recipe.arguments, **recipe.off, **chosen}
            if recipe.wraps:
                arguments[recipe.wraps] = arguments[recipe.wraps]()
            layer = cls(**arguments)
            layer.trainable = trainable
            return layer

        return construct

    base = behaviour(make(), recipe)
    if recipe.on:
        assert not base.depends, f"{cls.__name__} depends on the mode although all of {dict(recipe.off)} are off"
        entry["switches"] = {name: position_of(cls, name) for name in recipe.on}
        found = [behaviour(make(**{name: value}), recipe) for name, value in recipe.on.items()]
        for name, one in zip(recipe.on, found, strict=True):
            assert one.depends, f"{cls.__name__}({name}={recipe.on[name]}) does not depend on the mode"
        base = found[0]
        mode = "switched"
    elif base.depends:
        mode = "always"
    else:
        mode = "wrapped" if recipe.wraps else "never"
    if mode in ("always", "switched"):
        first = dict(list(recipe.on.items())[:1])
        frozen = behaviour(make(**first, trainable=False), recipe)
        entry |= {"random": base.random, "moves": base.moves, "frozen_by_trainable": not frozen.depends}
        trains = entry["training"] == "true"
        assert base.bare_trains == trains, f"a bare call of {cls.__name__} contradicts its default of training"
    return {"mode": mode, **entry}


def _seed(cls: type) -> None:
    library = sys.modules["tf_keras" if cls.__module__.startswith("tf_keras") else "keras"]
    library.utils.set_random_seed(0)


def layer_rows(
    classes: Mapping[str, type], known: Mapping[str, Recipe], of: Callable[[Iterable[str]], set[str]] = set
) -> dict[str, Json]:
    """The measured entries of the classes that `of` chooses; an alias names the class it stands for.

    Raises KeyError for a layer without a recipe.
    """
    rows: dict[str, Json] = {}
    for name in sorted(of(classes)):
        cls = classes[name]
        if cls.__name__ != name and cls.__name__ in classes:
            rows[name] = {"alias": cls.__name__}
        elif name in known or cls.__name__ in known:
            rows[name] = row(cls, known.get(name) or known[cls.__name__])
        else:
            raise KeyError(f"no recipe for the layer {name}: add one to {Path(__file__).name}, then renew the table")
    return rows


def keras3_rows() -> dict[str, Json]:
    """The measured entries of the installed Keras 3."""
    import keras

    known = recipes(keras.layers)
    known["GroupQueryAttention"] = known["GroupedQueryAttention"]
    return layer_rows(layer_classes(keras.layers, base=keras.layers.Layer), known)


def keras2_rows(of: Callable[[Iterable[str]], set[str]] = set) -> dict[str, Json]:
    """The measured entries of the installed tf_keras (Keras 2), the experimental layers included, that `of` chooses."""
    import tf_keras

    layers = tf_keras.layers
    classes = layer_classes(layers, layers.experimental, layers.experimental.preprocessing, base=layers.Layer)
    return layer_rows(classes, recipes(layers), of)


def application_names() -> list[str]:
    """The model builders of `keras.applications`."""
    import keras

    return sorted(n for n in dir(keras.applications) if inspect.isfunction(getattr(keras.applications, n)))


def application_row(name: str, table: Mapping[str, Json]) -> Json:
    """The mode-dependent layers, by class name, of one `keras.applications` model with and without its top.

    `table` holds the entries of the layers.

    No weight is allocated: inside a stateless scope Keras leaves variables uninitialised, so that even the largest
    network is built in a second.
    """
    import keras
    from keras.src.backend.common.stateless_scope import StatelessScope

    entry: Json = {}
    for key, top in (("top", True), ("no_top", False)):
        with StatelessScope(initialize_variables=False):
            model = getattr(keras.applications, name)(weights=None, include_top=top)
        held = {type(layer).__name__ for layer in _leaves(model)}
        # A layer that Keras does not export is a class of the application itself (LayerScale of ConvNeXt).
        entry[key] = sorted(k for k in held if table.get(k, {"mode": "never"})["mode"] in ("always", "switched"))
    return entry


def _leaves(model: Any) -> Iterator[Any]:
    for layer in model.layers:
        if getattr(layer, "layers", None):
            yield from _leaves(layer)
        else:
            yield layer


def compact(document: Json) -> str:
    """JSON with one line per entry, so that a diff shows which layer changed."""
    lines = ["{"]
    sections = list(document.items())
    for number, (section, entries) in enumerate(sections):
        comma = "," if number + 1 < len(sections) else ""
        lines.append(f" {json.dumps(section)}: {{")
        body = [f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in entries.items()]
        lines.append(",\n".join(body))
        lines.append(f" }}{comma}")
    return "\n".join([*lines, "}", ""])


def document() -> Json:
    """The whole table, measured on what is installed."""
    import keras
    import tf_keras

    keras3, keras2 = keras3_rows(), keras2_rows()
    return {
        "measured": {"keras": keras.__version__, "tf_keras": tf_keras.__version__},
        "keras3": keras3,
        "keras2": {name: entry for name, entry in keras2.items() if entry and keras3.get(name) != entry},
        "not_in_keras2": {name: True for name in keras3 if name not in keras2},
        "applications": {name: application_row(name, keras3) for name in application_names()},
    }


if __name__ == "__main__":
    text = compact(document())
    if "--write" in sys.argv:
        TABLE.write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)
