"""The layers of Keras 3 that a bare call runs in training mode, as `keras_layers.json` says, which a test compares.

Every file that makes or calls a model is looked through for these names, which is over sooner than the table is read.
"""

from __future__ import annotations

AWAKE_LAYERS = frozenset(
    """
    AugMix AutoContrast CenterCrop ContrastLimitedAdaptiveHistogramEqualization CutMix Equalization
    MaxNumBoundingBoxes MixUp Pipeline RandAugment RandomBrightness RandomColorDegeneration RandomColorJitter
    RandomContrast RandomCrop RandomElasticTransform RandomErasing RandomFlip RandomGaussianBlur RandomGrayscale
    RandomHue RandomInvert RandomPerspective RandomPosterization RandomRotation RandomSaturation RandomSharpness
    RandomShear RandomTranslation RandomZoom Resizing Solarization
    """.split()
)
