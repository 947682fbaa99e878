"""check_modes finds exactly the built-in layers that depend on the mode: every class in keras.layers is built and run.

A class that a new Keras brings has no entry in `CATALOGUE`, and the test says so. On JAX and torch, where every layer
is compiled or run again, `SAMPLE` stands for all; EVERY_LAYER=true runs all of them there too.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import keras
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from layer_catalogue import CATALOGUE, NOT_RUN, SEVERAL, WORDS, classes

from pytest_keras_inference import check_modes
from pytest_keras_inference.models.flavour import takes_training

# fmt: off
DEPENDENT = [
    "AdditiveAttention", "AlphaDropout", "Attention", "AugMix", "BatchNormalization", "ConvLSTM1D",
    "ConvLSTM2D", "ConvLSTM3D", "CutMix", "Dropout", "Equalization", "GRU", "GRUCell", "GaussianDropout",
    "GaussianNoise", "GroupedQueryAttention", "LSTM", "LSTMCell", "MixUp", "MultiHeadAttention", "RNN",
    "RandAugment", "RandomBrightness", "RandomColorDegeneration", "RandomColorJitter", "RandomContrast",
    "RandomCrop", "RandomElasticTransform", "RandomErasing", "RandomFlip", "RandomGaussianBlur",
    "RandomGrayscale", "RandomHue", "RandomInvert", "RandomPerspective", "RandomPosterization",
    "RandomRotation", "RandomSaturation", "RandomSharpness", "RandomShear", "RandomTranslation", "RandomZoom",
    "SimpleRNN", "SimpleRNNCell", "Solarization", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D",
    "SpectralNormalization", "StackedRNNCells",
]

# Each family, each way in which a layer depends on the mode, each form of input.
SAMPLE = [
    "Activation", "AlphaDropout", "Attention", "BatchNormalization", "CenterCrop", "Concatenate", "Conv2D", "CutMix",
    "Dense", "Dropout", "Embedding", "Equalization", "Flatten", "GRU", "GRUCell", "GaussianNoise",
    "GroupedQueryAttention", "Hashing", "Lambda", "LayerNormalization", "MaxNumBoundingBoxes", "MaxPooling2D",
    "MixUp", "MultiHeadAttention", "Normalization", "Pipeline", "RNN", "RandomBrightness", "RandomCrop",
    "RandomErasing", "RandomFlip", "RandomRotation", "Rescaling", "SeparableConv1D", "SimpleRNN", "SpatialDropout2D",
    "SpectralNormalization", "StackedRNNCells", "StringLookup", "TextVectorization", "TimeDistributed",
]
# fmt: on


class Holder(keras.Model):
    """One layer as a model."""

    def __init__(self, layer: Any) -> None:
        super().__init__()
        self.layer = layer

    def call(self, x: Any, training: bool | None = None) -> Any:
        args = x if isinstance(self.layer, SEVERAL) else (x,)
        return self.layer(*args, **({"training": training} if takes_training(self.layer) else {}))


CANNOT = {
    "ConvLSTM1D": "drops nothing out",
    "ConvLSTM2D": "drops nothing out",
    "ConvLSTM3D": "drops nothing out",
    "Normalization": "takes no mean for all features together",
}
"""What layers of Keras 3.3, which knows no paths of layers, do otherwise than later ones."""

ALL_HERE = keras.backend.backend() == "tensorflow" or os.environ.get("EVERY_LAYER", "").lower() in {"1", "true"}


@pytest.mark.parametrize("name", classes() if ALL_HERE else SAMPLE)
def test_exactly_the_mode_dependent_layers_are_found(name: str) -> None:
    if name in NOT_RUN:
        assert name not in CATALOGUE
        return
    assert name in CATALOGUE, (
        f"keras.layers.{name} is new: add it to CATALOGUE, and to DEPENDENT if it depends on the mode"
    )
    if name in CANNOT and not hasattr(keras.layers.Layer, "path"):
        pytest.skip(f"{name} of Keras {keras.__version__} {CANNOT[name]}")
    keras.utils.set_random_seed(1)
    build, x = CATALOGUE[name]
    # No model on JAX or torch takes words: there these layers run on their own, before it.
    report = check_modes(build() if x is WORDS else Holder(build()), x)
    found = {layer.kind for layer in report.layers}
    assert found == ({name} if name in DEPENDENT else set()), str(report)


def test_fifty_layers_depend_on_the_mode() -> None:
    assert len(DEPENDENT) == len(set(DEPENDENT)) == 50
    assert set(DEPENDENT) <= CATALOGUE.keys()


def test_the_sample_holds_both_kinds() -> None:
    assert set(SAMPLE) <= CATALOGUE.keys()
    assert 20 <= len(set(SAMPLE) & set(DEPENDENT)) < len(set(SAMPLE)) == len(SAMPLE)
