"""The table of Keras layers says what the installed Keras does: layers are built and called in both modes.

A run takes some of the layers and applications, EVERYTHING=true takes all.
"""

from __future__ import annotations

import importlib.util
import inspect
import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from sampling import one_in

from lint_rules.semantics.knowledge.awake_layers import AWAKE_LAYERS
from lint_rules.semantics.knowledge.keras_layers import (
    UNREADABLE,
    Mode,
    application_facts,
    backbone_facts,
    depends_on_mode,
    layer_facts,
    layer_names,
)

keras = pytest.importorskip("keras", minversion="3.0")
pytest.importorskip("tensorflow")
if keras.backend.backend() != "tensorflow":
    pytest.skip("the table is measured on the TensorFlow backend", allow_module_level=True)

SMALLEST_OF_EACH_FAMILY = (
    "ConvNeXtTiny",
    "DenseNet121",
    "EfficientNetB0",
    "EfficientNetV2B0",
    "InceptionResNetV2",
    "InceptionV3",
    "MobileNet",
    "MobileNetV2",
    "MobileNetV3Small",
    "NASNetMobile",
    "ResNet50",
    "ResNet50V2",
    "VGG16",
    "Xception",
)


def _load_probe() -> ModuleType:
    path = Path(__file__).with_name("probe_keras_layers.py")
    spec = importlib.util.spec_from_file_location("probe_keras_layers", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


probe = _load_probe()
table: dict[str, Any] = json.loads(probe.TABLE.read_text(encoding="utf-8"))

HUB = probe.TABLE.with_name("keras_hub_backbones.json")
K3 = probe.layer_classes(keras.layers, base=keras.layers.Layer)


class TestKeras3:
    def test_the_installed_keras_and_the_table_have_the_same_layers(self) -> None:
        assert set(K3) == set(table["keras3"]), "renew the table: python tests/lint/probe_keras_layers.py --write"

    def test_every_layer_has_a_recipe_so_that_no_layer_goes_unmeasured(self) -> None:
        recipes = probe.recipes(keras.layers)
        assert {cls.__name__ for cls in K3.values()} <= set(recipes)

    @pytest.mark.sampled(3)
    @pytest.mark.parametrize("name", sorted(K3))
    def test_the_entry_is_what_the_layer_does(self, name: str) -> None:
        if "alias" in table["keras3"][name]:
            assert K3[name] is K3[table["keras3"][name]["alias"]]
            return
        recipe = probe.recipes(keras.layers)[K3[name].__name__]
        assert probe.row(K3[name], recipe) == table["keras3"][name]


class TestKeras2:
    def test_the_entries_are_what_tf_keras_does(self) -> None:
        pytest.importorskip("tf_keras")
        recorded = {
            name: table["keras2"].get(name, table["keras3"].get(name))
            for name in (table["keras3"].keys() - table["not_in_keras2"].keys()) | table["keras2"].keys()
        }
        # tf_keras cannot construct its SpectralNormalization beside Keras 3.
        recorded.pop("SpectralNormalization")
        there: set[str] = set()

        def some(names: Iterable[str]) -> set[str]:
            there.update(names)
            return one_in(4, names)

        measured = {name: entry for name, entry in probe.keras2_rows(some).items() if entry}
        assert measured
        assert measured == {name: recorded[name] for name in measured}
        assert there >= set(recorded)


class TestApplications:
    def test_the_installed_keras_and_the_table_have_the_same_applications(self) -> None:
        assert set(probe.application_names()) == set(table["applications"])

    @pytest.mark.sampled(4)
    @pytest.mark.parametrize("name", SMALLEST_OF_EACH_FAMILY)
    def test_the_entry_is_what_the_application_holds(self, name: str) -> None:
        assert probe.application_row(name, table["keras3"]) == table["applications"][name]

    def test_only_vgg_and_convnext_hold_no_mode_dependent_layer(self) -> None:
        free = {name for name, entry in table["applications"].items() if not entry["top"]}
        assert free == {name for name in table["applications"] if name.startswith(("VGG", "ConvNeXt"))}

    def test_a_classifier_can_bring_dropout(self) -> None:
        facts = application_facts("MobileNet")
        assert facts is not None
        assert facts.with_top == ("BatchNormalization", "Dropout")
        assert facts.without_top == ("BatchNormalization",)


class TestBackbones:
    @pytest.mark.parametrize(
        ("name", "always", "switches"),
        [
            ("ResNetBackbone", ("BatchNormalization",), {}),
            ("BertBackbone", (), {"dropout": 0.1}),
            ("LlamaBackbone", (), {"dropout": 0.0}),
            ("VGGBackbone", (), {}),
        ],
    )
    def test_what_a_backbone_holds(self, name: str, always: tuple[str, ...], switches: dict[str, float]) -> None:
        facts = backbone_facts(name)
        assert facts is not None
        assert (facts.always, facts.switches) == (always, switches)

    def test_an_unknown_backbone_has_no_facts(self) -> None:
        assert backbone_facts("MyBackbone") is None

    def test_the_defaults_are_those_of_the_installed_keras_hub(self) -> None:
        hub = pytest.importorskip("keras_hub")
        for name, entry in json.loads(HUB.read_text(encoding="utf-8"))["backbones"].items():
            parameters = inspect.signature(getattr(hub.models, name).__init__).parameters
            assert {key: parameters[key].default for key in entry.get("switches", {})} == entry.get("switches", {})


class TestQuestions:
    @pytest.mark.parametrize(
        ("name", "positional", "keywords", "answer"),
        [
            ("Dropout", [0.5], {}, True),
            ("Dropout", [0], {}, False),
            ("Dropout", [], {"rate": 0.0}, False),
            ("Dropout", [UNREADABLE], {}, None),
            ("Dropout", [], {"**": UNREADABLE}, None),
            ("LSTM", [64], {}, False),
            ("LSTM", [64], {"dropout": 0.2}, True),
            ("LSTM", [64], {"dropout": 0.0, "recurrent_dropout": UNREADABLE}, None),
            ("LSTM", [64], {"dropout": UNREADABLE, "recurrent_dropout": 0.1}, True),
            ("MultiHeadAttention", [2, 8], {}, False),
            ("MultiHeadAttention", [2, 8, None, 0.1], {}, True),
            ("BatchNormalization", [], {}, True),
            ("BatchNormalization", [], {"trainable": False}, False),
            ("BatchNormalization", [], {"trainable": UNREADABLE}, None),
            ("Dropout", [0.5], {"trainable": False}, True),
            ("RandomRotation", [(-0.1, 0.1)], {}, True),
            ("RandomTranslation", [0, 0.0], {}, False),
            ("Resizing", [8, 8], {}, False),
            ("Dense", [8], {}, False),
            ("TimeDistributed", [UNREADABLE], {}, None),
            ("Lambda", [UNREADABLE], {}, None),
        ],
    )
    def test_whether_a_constructed_layer_depends_on_the_mode(
        self, name: str, positional: list[object], keywords: dict[str, object], answer: bool | None
    ) -> None:
        facts = layer_facts(name)
        assert facts is not None
        assert depends_on_mode(facts, positional, keywords) is answer

    def test_an_alias_answers_for_its_class(self) -> None:
        assert layer_facts("MaxPool2D") == layer_facts("MaxPooling2D")

    def test_a_name_that_is_no_layer_has_no_facts(self) -> None:
        assert layer_facts("Adam") is None
        assert layer_facts("RandAugment", keras=2) is None
        assert layer_facts("ThresholdedReLU") is None

    def test_keras_2_differs_where_it_was_measured_to(self) -> None:
        two, three = layer_facts("Resizing", keras=2), layer_facts("Resizing")
        assert two is not None
        assert three is not None
        assert (two.training, three.training) == ("absent", "true")
        assert "ThresholdedReLU" in layer_names(keras=2) - layer_names()

    def test_the_layers_that_a_bare_call_runs_in_training_mode(self) -> None:
        bare = {facts for facts in map(layer_facts, layer_names()) if facts and facts.trains_when_called_bare}
        changing = {facts.name for facts in bare if facts.mode in (Mode.ALWAYS, Mode.SWITCHED)}
        harmless = {"AutoContrast", "CenterCrop", "ContrastLimitedAdaptiveHistogramEqualization", "MaxNumBoundingBoxes"}
        assert {facts.name for facts in bare} - changing == harmless | {"Pipeline", "Resizing"}
        assert changing - {facts.name for facts in bare if facts.random} == {"Equalization"}
        assert (len(bare), len(changing)) == (32, 26)

    def test_their_names_stand_apart(self) -> None:
        named = {name for name in layer_names() if (facts := layer_facts(name)) and facts.trains_when_called_bare}
        assert named == AWAKE_LAYERS

    def test_the_table_is_not_read_at_import(self) -> None:
        code = "import lint_rules.semantics.knowledge.keras_layers as k; print(k._table.cache_info().currsize)"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert done.stdout.strip() == "0"
