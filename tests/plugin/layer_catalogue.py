"""Every class in keras.layers, built small, with inputs that it takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from keras import layers, ops

RNG = np.random.default_rng(7)
VECTOR = RNG.normal(size=(4, 6)).astype("float32")
SEQUENCE = RNG.normal(size=(4, 8, 4)).astype("float32")
IMAGE = (RNG.random(size=(4, 16, 16, 3)) * 255).astype("float32")
VOLUME = RNG.normal(size=(2, 6, 6, 6, 2)).astype("float32")
WAVE = RNG.normal(size=(2, 64)).astype("float32")
TOKENS = RNG.integers(0, 9, size=(4, 5))
WORDS = np.array([["a"], ["b"], ["c"], ["a"]], dtype=object)

Build = Callable[[], Any]


def built(layer: Any, x: Any) -> Any:
    """Some layers make tensors when they are built: a model that builds them in a scratch graph cannot use those."""
    layer.build(x.shape)
    return layer


CATALOGUE: dict[str, tuple[Build, Any]] = {
    "Activation": (lambda: layers.Activation("relu"), VECTOR),
    "ActivityRegularization": (lambda: layers.ActivityRegularization(l2=0.1), VECTOR),
    "AdaptiveAveragePooling1D": (lambda: layers.AdaptiveAveragePooling1D(2), SEQUENCE),
    "AdaptiveAveragePooling2D": (lambda: layers.AdaptiveAveragePooling2D(2), IMAGE),
    "AdaptiveAveragePooling3D": (lambda: layers.AdaptiveAveragePooling3D(2), VOLUME),
    "AdaptiveMaxPooling1D": (lambda: layers.AdaptiveMaxPooling1D(2), SEQUENCE),
    "AdaptiveMaxPooling2D": (lambda: layers.AdaptiveMaxPooling2D(2), IMAGE),
    "AdaptiveMaxPooling3D": (lambda: layers.AdaptiveMaxPooling3D(2), VOLUME),
    "Add": (lambda: layers.Add(), [VECTOR, VECTOR]),
    "AdditiveAttention": (lambda: layers.AdditiveAttention(dropout=0.5), [SEQUENCE, SEQUENCE]),
    "AlphaDropout": (lambda: layers.AlphaDropout(0.5), VECTOR),
    "Attention": (lambda: layers.Attention(dropout=0.5), [SEQUENCE, SEQUENCE]),
    "AugMix": (lambda: layers.AugMix(), IMAGE),
    "AutoContrast": (lambda: layers.AutoContrast(), IMAGE),
    "Average": (lambda: layers.Average(), [VECTOR, VECTOR]),
    "AveragePooling1D": (lambda: layers.AveragePooling1D(2), SEQUENCE),
    "AveragePooling2D": (lambda: layers.AveragePooling2D(2), IMAGE),
    "AveragePooling3D": (lambda: layers.AveragePooling3D(2), VOLUME),
    "BatchNormalization": (lambda: layers.BatchNormalization(), VECTOR),
    "Bidirectional": (lambda: layers.Bidirectional(layers.GRU(3)), SEQUENCE),
    "CategoryEncoding": (lambda: layers.CategoryEncoding(num_tokens=9, output_mode="multi_hot"), TOKENS),
    "CenterCrop": (lambda: layers.CenterCrop(8, 8), IMAGE),
    "Concatenate": (lambda: layers.Concatenate(), [VECTOR, VECTOR]),
    "ContrastLimitedAdaptiveHistogramEqualization": (
        lambda: layers.ContrastLimitedAdaptiveHistogramEqualization(),
        IMAGE,
    ),
    "Conv1D": (lambda: layers.Conv1D(2, 3), SEQUENCE),
    "Conv1DTranspose": (lambda: layers.Conv1DTranspose(2, 3), SEQUENCE),
    "Conv2D": (lambda: layers.Conv2D(2, 3), IMAGE),
    "Conv2DTranspose": (lambda: layers.Conv2DTranspose(2, 3), IMAGE),
    "Conv3D": (lambda: layers.Conv3D(2, 3), VOLUME),
    "Conv3DTranspose": (lambda: layers.Conv3DTranspose(2, 3), VOLUME),
    "ConvLSTM1D": (lambda: layers.ConvLSTM1D(2, 3, dropout=0.5), SEQUENCE[:, None].repeat(3, 1)),
    "ConvLSTM2D": (lambda: layers.ConvLSTM2D(2, 3, dropout=0.5), VOLUME),
    "ConvLSTM3D": (lambda: layers.ConvLSTM3D(2, 3, dropout=0.5), VOLUME[:, None].repeat(2, 1)),
    "Cropping1D": (lambda: layers.Cropping1D(1), SEQUENCE),
    "Cropping2D": (lambda: layers.Cropping2D(1), IMAGE),
    "Cropping3D": (lambda: layers.Cropping3D(1), VOLUME),
    "CutMix": (lambda: layers.CutMix(), {"images": IMAGE, "labels": np.eye(4, dtype="float32")}),
    "Dense": (lambda: layers.Dense(3), VECTOR),
    "DepthwiseConv1D": (lambda: layers.DepthwiseConv1D(3), SEQUENCE),
    "DepthwiseConv2D": (lambda: layers.DepthwiseConv2D(3), IMAGE),
    "Discretization": (lambda: layers.Discretization(bin_boundaries=[-1.0, 0.0, 1.0]), VECTOR),
    "Dot": (lambda: layers.Dot(axes=1), [VECTOR, VECTOR]),
    "Dropout": (lambda: layers.Dropout(0.5), VECTOR),
    "ELU": (lambda: layers.ELU(), VECTOR),
    "EinsumDense": (lambda: layers.EinsumDense("ab,bc->ac", output_shape=3), VECTOR),
    "Embedding": (lambda: layers.Embedding(9, 3), TOKENS),
    "Equalization": (lambda: layers.Equalization(), IMAGE),
    "Flatten": (lambda: layers.Flatten(), IMAGE),
    "GRU": (lambda: layers.GRU(3, dropout=0.5), SEQUENCE),
    "GRUCell": (lambda: TwoSteps(layers.GRUCell(3, dropout=0.5)), VECTOR),
    "GaussianDropout": (lambda: layers.GaussianDropout(0.5), VECTOR),
    "GaussianNoise": (lambda: layers.GaussianNoise(1.0), VECTOR),
    "GlobalAveragePooling1D": (lambda: layers.GlobalAveragePooling1D(), SEQUENCE),
    "GlobalAveragePooling2D": (lambda: layers.GlobalAveragePooling2D(), IMAGE),
    "GlobalAveragePooling3D": (lambda: layers.GlobalAveragePooling3D(), VOLUME),
    "GlobalMaxPooling1D": (lambda: layers.GlobalMaxPooling1D(), SEQUENCE),
    "GlobalMaxPooling2D": (lambda: layers.GlobalMaxPooling2D(), IMAGE),
    "GlobalMaxPooling3D": (lambda: layers.GlobalMaxPooling3D(), VOLUME),
    "GroupNormalization": (lambda: layers.GroupNormalization(groups=2), VECTOR),
    "GroupedQueryAttention": (lambda: layers.GroupQueryAttention(4, 4, 2, dropout=0.5), [SEQUENCE, SEQUENCE]),
    "HashedCrossing": (lambda: layers.HashedCrossing(num_bins=5), (TOKENS[:, :1], TOKENS[:, 1:2])),
    "Hashing": (lambda: layers.Hashing(num_bins=3), TOKENS),
    "Identity": (lambda: layers.Identity(), VECTOR),
    "IntegerLookup": (lambda: layers.IntegerLookup(vocabulary=[1, 2, 3]), TOKENS),
    "LSTM": (lambda: layers.LSTM(3, dropout=0.5), SEQUENCE),
    "LSTMCell": (lambda: TwoSteps(layers.LSTMCell(3, dropout=0.5)), VECTOR),
    "Lambda": (lambda: layers.Lambda(lambda x: x * 2), VECTOR),
    "LayerNormalization": (lambda: layers.LayerNormalization(), VECTOR),
    "LeakyReLU": (lambda: layers.LeakyReLU(), VECTOR),
    "Masking": (lambda: layers.Masking(), SEQUENCE),
    "MaxNumBoundingBoxes": (
        lambda: layers.MaxNumBoundingBoxes(max_number=2, bounding_box_format="xyxy"),
        {
            "images": IMAGE,
            "bounding_boxes": {
                "boxes": np.tile(np.array([[[1.0, 1.0, 5.0, 5.0]]], "float32"), (4, 3, 1)),
                "labels": np.ones((4, 3), "float32"),
            },
        },
    ),
    "MaxPooling1D": (lambda: layers.MaxPooling1D(), SEQUENCE),
    "MaxPooling2D": (lambda: layers.MaxPooling2D(), IMAGE),
    "MaxPooling3D": (lambda: layers.MaxPooling3D(), VOLUME),
    "Maximum": (lambda: layers.Maximum(), [VECTOR, VECTOR]),
    "MelSpectrogram": (
        lambda: layers.MelSpectrogram(num_mel_bins=4, sampling_rate=80, sequence_stride=4, fft_length=16),
        WAVE,
    ),
    "Minimum": (lambda: layers.Minimum(), [VECTOR, VECTOR]),
    "MixUp": (lambda: layers.MixUp(), {"images": IMAGE, "labels": np.eye(4, dtype="float32")}),
    "MultiHeadAttention": (lambda: layers.MultiHeadAttention(2, 4, dropout=0.5), [SEQUENCE, SEQUENCE]),
    "Multiply": (lambda: layers.Multiply(), [VECTOR, VECTOR]),
    "Normalization": (lambda: built(layers.Normalization(mean=1.0, variance=2.0), VECTOR), VECTOR),
    "PReLU": (lambda: layers.PReLU(), VECTOR),
    "Permute": (lambda: layers.Permute((2, 1)), SEQUENCE),
    "Pipeline": (lambda: layers.Pipeline([layers.Rescaling(0.5), layers.CenterCrop(8, 8)]), IMAGE),
    "RMSNormalization": (lambda: layers.RMSNormalization(), VECTOR),
    "RNN": (lambda: layers.RNN(layers.GRUCell(3, dropout=0.5)), SEQUENCE),
    "RandAugment": (lambda: layers.RandAugment(), IMAGE),
    "RandomBrightness": (lambda: layers.RandomBrightness(0.5), IMAGE),
    "RandomColorDegeneration": (lambda: layers.RandomColorDegeneration(0.5), IMAGE),
    "RandomColorJitter": (lambda: layers.RandomColorJitter(brightness_factor=0.5), IMAGE),
    "RandomContrast": (lambda: layers.RandomContrast(0.5), IMAGE),
    "RandomCrop": (lambda: layers.RandomCrop(8, 8), IMAGE),
    "RandomElasticTransform": (lambda: layers.RandomElasticTransform(), IMAGE),
    "RandomErasing": (lambda: layers.RandomErasing(), IMAGE),
    "RandomFlip": (lambda: layers.RandomFlip(), IMAGE),
    "RandomGaussianBlur": (lambda: layers.RandomGaussianBlur(), IMAGE),
    "RandomGrayscale": (lambda: layers.RandomGrayscale(), IMAGE),
    "RandomHue": (lambda: layers.RandomHue(0.5), IMAGE),
    "RandomInvert": (lambda: layers.RandomInvert(), IMAGE),
    "RandomPerspective": (lambda: layers.RandomPerspective(), IMAGE),
    "RandomPosterization": (lambda: layers.RandomPosterization(4), IMAGE),
    "RandomRotation": (lambda: layers.RandomRotation(0.5), IMAGE),
    "RandomSaturation": (lambda: layers.RandomSaturation(0.5), IMAGE),
    "RandomSharpness": (lambda: layers.RandomSharpness(0.5), IMAGE),
    "RandomShear": (lambda: layers.RandomShear(0.5, 0.5), IMAGE),
    "RandomTranslation": (lambda: layers.RandomTranslation(0.5, 0.5), IMAGE),
    "RandomZoom": (lambda: layers.RandomZoom(0.5), IMAGE),
    "ReLU": (lambda: layers.ReLU(), VECTOR),
    "RepeatVector": (lambda: layers.RepeatVector(2), VECTOR),
    "Rescaling": (lambda: layers.Rescaling(0.5), IMAGE),
    "Reshape": (lambda: layers.Reshape((3, 2)), VECTOR),
    "Resizing": (lambda: layers.Resizing(8, 8), IMAGE),
    "ReversibleEmbedding": (lambda: layers.ReversibleEmbedding(9, 3), TOKENS),
    "STFTSpectrogram": (
        lambda: built(layers.STFTSpectrogram(frame_length=16, frame_step=8, fft_length=16), WAVE[..., None]),
        WAVE[..., None],
    ),
    "SeparableConv1D": (lambda: layers.SeparableConv1D(2, 3), SEQUENCE),
    "SeparableConv2D": (lambda: layers.SeparableConv2D(2, 3), IMAGE),
    "SimpleRNN": (lambda: layers.SimpleRNN(3, dropout=0.5), SEQUENCE),
    "SimpleRNNCell": (lambda: TwoSteps(layers.SimpleRNNCell(3, dropout=0.5)), VECTOR),
    "Softmax": (lambda: layers.Softmax(), VECTOR),
    "Solarization": (lambda: layers.Solarization(), IMAGE),
    "SpatialDropout1D": (lambda: layers.SpatialDropout1D(0.5), SEQUENCE),
    "SpatialDropout2D": (lambda: layers.SpatialDropout2D(0.5), IMAGE),
    "SpatialDropout3D": (lambda: layers.SpatialDropout3D(0.5), VOLUME),
    "SpectralNormalization": (lambda: layers.SpectralNormalization(layers.Dense(3)), VECTOR),
    "StackedRNNCells": (
        lambda: TwoSteps(layers.StackedRNNCells([layers.GRUCell(3, dropout=0.5), layers.GRUCell(3)])),
        VECTOR,
    ),
    "StringLookup": (lambda: layers.StringLookup(vocabulary=["a", "b"]), WORDS),
    "Subtract": (lambda: layers.Subtract(), [VECTOR, VECTOR]),
    "TextVectorization": (lambda: layers.TextVectorization(vocabulary=["a", "b"]), WORDS),
    "TimeDistributed": (lambda: layers.TimeDistributed(layers.Dense(3)), SEQUENCE),
    "UnitNormalization": (lambda: layers.UnitNormalization(), VECTOR),
    "UpSampling1D": (lambda: layers.UpSampling1D(), SEQUENCE),
    "UpSampling2D": (lambda: layers.UpSampling2D(), IMAGE),
    "UpSampling3D": (lambda: layers.UpSampling3D(), VOLUME),
    "ZeroPadding1D": (lambda: layers.ZeroPadding1D(), SEQUENCE),
    "ZeroPadding2D": (lambda: layers.ZeroPadding2D(), IMAGE),
    "ZeroPadding3D": (lambda: layers.ZeroPadding3D(), VOLUME),
}

NOT_RUN = {
    "Layer": "a base class without a call",
    "Wrapper": "a base class without a call",
    "InputLayer": "a placeholder that computes nothing",
    "FlaxLayer": "needs flax and is the user's own function",
    "JaxLayer": "is the user's own function",
    "TFSMLayer": "needs a SavedModel on disk, and runs in one mode only",
    "TorchModuleWrapper": "needs torch; see test_modes.py",
}

SEVERAL = (layers.MultiHeadAttention, layers.GroupQueryAttention)
"""Layers whose inputs are arguments of their own."""


class TwoSteps(layers.Layer):
    """Runs a recurrent cell for two steps from zeros."""

    def __init__(self, cell: Any) -> None:
        super().__init__()
        self.cell = cell

    def call(self, x: Any, training: bool | None = None) -> Any:
        _, states = self.cell(x, self.cell.get_initial_state(batch_size=ops.shape(x)[0]), training=training)
        output = self.cell(x, states, training=training)[0]
        for cell in getattr(self.cell, "cells", [self.cell]):
            cell.reset_dropout_mask()  # as RNN does after its last step
        return output


def classes() -> list[str]:
    """One name for each layer class of the installed Keras: that of the class."""
    found = {thing for thing in vars(layers).values() if isinstance(thing, type) and issubclass(thing, layers.Layer)}
    return sorted(kind.__name__ for kind in found)
