"""What is known of names outside the project: Keras's own, those built on it, and those that are neither.

Every spelling of Keras (`tensorflow.keras`, `tf_keras`, `keras.src`, `tensorflow.python.keras`, ...) is brought to one,
`keras.…`, before it is looked up.
"""

from __future__ import annotations

import re

from lint_rules.regex import lazy_pattern

_KERAS = lazy_pattern(
    r"^(?:tensorflow(?:\.compat\.v[12]|\.contrib|\.python|\._api\.v[12])*\.keras|tf_keras|keras_core|"
    r"tensorflow_core\.keras|autokeras\.keras|keras)(?:\.(?:src|api|_tf_keras\.keras|_tf_keras|engine|python))*(?=\.|$)"
)


def canonical(name: str) -> str:
    """A qualified name with every spelling of Keras brought to `keras.…`; `tf.compat.v1.…` becomes `tensorflow.…`."""
    found = _KERAS.match(name)
    if found:
        return "keras" + name[found.end() :]
    if name.startswith("tensorflow.compat.v"):
        return "tensorflow" + name[len("tensorflow.compat.v1") :]
    return name


OPTIMIZER_OPTIONS = frozenset({"lr", "learning_rate", "momentum", "beta_1", "beta_2", "iterations"})
"""Variables of an optimizer that say how it trains: setting one changes no weight.

https://keras.io/api/optimizers/
"""

MODEL_SHAPES = frozenset({"input_shape", "output_shape", "batch_shape", "batch_input_shape"})
"""Attributes of models and layers that are shapes."""

MODEL_SHAPE_CALLS = frozenset({"get_input_shape_at", "get_output_shape_at", "int_shape"})
"""Methods and functions that give such a shape."""

INPUTS = frozenset({"keras.Input", "keras.layers.Input", "keras.layers.InputLayer"})
"""What makes a symbolic input."""

SHAPES_WITH_BATCH = frozenset({"batch_input_shape", "batch_shape"})
"""Keywords that give the shape of an input with its batch axis."""

SHAPES_OF_SAMPLE = frozenset({"input_shape", "shape"})
"""Keywords that give the shape of one sample."""

FUNCTIONAL = ("Model", "Functional")
"""Classes whose models are made of inputs and outputs."""

LIBRARIES_OF_MODELS = ("keras_hub", "keras_nlp", "keras_cv", "tensorflow_recommenders", "transformers")
"""Packages beside Keras whose models are Keras's."""

LOADS_WITH_WEIGHTS = frozenset({"load_model", "from_pretrained"})
"""What reads a model with its weights from a file."""

MAKES_OWN_LAYERS = frozenset({"keras.models.load_model", "keras.models.clone_model", "keras.saving.load_model"})
"""What makes a model that shares no layer with another."""

MODEL_CLASSES = frozenset(
    {
        "Model",
        "Sequential",
        "Functional",
        "Graph",
        "WideDeepModel",
        "LinearModel",
    }
)
_MODEL_MAKERS = MODEL_CLASSES | {
    "load_model",
    "model_from_json",
    "model_from_yaml",
    "model_from_config",
    "clone_model",
    "load_from_saved_model",
    "multi_gpu_model",
    "clone_and_build_model",
    "load_model_hdf5",
    "load_from_hub",
}
_MODEL_MODULES = frozenset(
    {
        "models",
        "training",
        "sequential",
        "saving",
        "experimental",
        "model",
        "functional",
        "topology",
        "utils",
        "legacy",
        "wrappers",
        "Model",
        "Sequential",
        "premade",
    }
)

# Functions and classes of other packages that give a Keras model; a trailing * stands for any further name of a class,
# ** for any name.
_FOREIGN_MAKERS = (
    "keras_hub.models.*",
    "keras_nlp.models.*",
    "keras_cv.models.*",
    "segmentation_models.Unet",
    "segmentation_models.FPN",
    "segmentation_models.Linknet",
    "segmentation_models.PSPNet",
    "efficientnet.*",
    "classification_models.*",
    "keras_applications.*",
    "keras_vggface.vggface.VGGFace",
    "keras_bert.load_trained_model_from_checkpoint",
    "keras_bert.get_model",
    "keras_bert.build_model_from_config",
    "keras_gpt_2.load_trained_model_from_checkpoint",
    "keras_transformer.get_model",
    "keras_xlnet.load_trained_model_from_checkpoint",
    "bert4keras.models.build_transformer_model",
    "bert4keras.backend.keras.*",
    "keras_unet.models.**",
    "keras_unet_collection.models.**",
    "keras_segmentation.models.**",
    "keras_segmentation.pretrained.**",
    "deepctr.models.*",
    "deepmatch.models.*",
    "spektral.models.*",
    "tensorflow_decision_forests.keras.*",
    "tcn.compiled_tcn",
    "mlflow.keras.load_model",
    "mlflow.tensorflow.load_model",
    "huggingface_hub.from_pretrained_keras",
    "huggingface_hub.keras_mixin.from_pretrained_keras",
    "tensorflowjs.converters.load_keras_model",
    "keras_resnet.models.*",
    "keras_retinanet.models.load_model",
    "keras_retinanet.models.convert_model",
    "keras_efficientnet_v2.*",
    "keras_cv_attention_models.*",
    "vit_keras.*",
    "qkeras.utils.load_qmodel",
    "qkeras.QSequential",
    "tensorflow_model_optimization.sparsity.keras.prune_low_magnitude",
    "tensorflow_model_optimization.sparsity.keras.strip_pruning",
    "tensorflow_model_optimization.quantization.keras.quantize_model",
    "tfmot.*",
    "tensorflow_recommenders.models.Model",
    "tensorflow_recommenders.Model",
    "larq_zoo.*",
    "alibi_testing.load",
    "tensorflow.estimator.keras",
)
# What objects of other packages give: how the qualified name begins and ends of a method that gives a model, of one
# that gives several, and of an attribute that holds one.
_GIVE_A_MODEL = (
    ("keras_tuner.", ".hypermodel.build"),
    ("kerastuner.", ".hypermodel.build"),
    ("autokeras.", ".export_model"),
    ("talos.", ".best_model"),
)
_GIVE_MODELS = (
    ("keras_tuner.", ".get_best_models"),
    ("kerastuner.", ".get_best_models"),
    ("hyperas.optim", ".minimize"),  # and the parameters that it was built with
)
_HOLD_A_MODEL = (
    ("keras.wrappers.scikit_learn.", ".model"),
    ("scikeras.wrappers.", ".model_"),
    ("keras_facenet.", ".model"),
)
_FOREIGN_BASES = (
    "tensorflow_recommenders.models.Model",
    "tensorflow_recommenders.Model",
    "transformers.TFPreTrainedModel",
    "keras_hub.models.*",
    "keras_nlp.models.*",
    "keras_cv.models.*",
)
# How documentation calls a Keras model, and what it names where other models are meant as well.
_CALLED_KERAS = lazy_pattern(r"\bkeras(?:\.\w+)*\.(?:Model|Sequential)\b|\bkeras\b[`'\s-]+(?:\w+[\s-])?models?\b", re.I)
_CALLED_OTHERWISE = lazy_pattern(r"torch|sklearn|scikit|xgboost|lightgbm|\bor an?\b|wrapper|\bmxnet\b|\bonnx\b", re.I)
_TF_TRANSFORMERS = lazy_pattern(r"^transformers\.(?:.*\.)?TF[A-Z]\w*(?:\.from_pretrained|\.from_config)?$")

PACKAGES = frozenset({"keras", "keras_core", "tensorflow", "tf_keras"})
"""The packages that bring Keras."""

# Modules whose `predict` is not Keras's, though some wrap a Keras model.
OTHER_LIBRARIES = frozenset(
    {
        "sklearn", "xgboost", "lightgbm", "catboost", "statsmodels", "torch", "torchvision", "scikeras", "art",
        "alibi", "alibi_detect", "prophet", "fbprophet", "pmdarima", "hmmlearn", "surprise", "implicit", "cuml",
        "pyspark", "h2o", "mlxtend", "imblearn", "tpot", "autosklearn", "pycaret", "gensim", "fasttext", "spacy",
        "ultralytics", "deepface", "face_recognition", "pytorch_lightning", "fastai", "skorch", "gluonts", "darts",
        "scipy", "pandas", "econml", "causalml", "lifelines", "shap", "lime", "catalyst", "paddle", "mxnet", "chainer",
        "caffe", "onnxruntime", "openvino", "skmultiflow", "river", "dask_ml", "stable_baselines3", "stable_baselines",
        "tf_agents", "autokeras", "ludwig", "simpletransformers", "flair", "tflearn", "theano", "nolearn", "lasagne",
        "imageai", "mtcnn", "easyocr", "paddleocr", "insightface", "dlib", "cv2", "skimage", "pyod", "kats",
        "neuralprophet",
    }
)  # fmt: skip
NO_IMAGES = frozenset(
    {"cv2", "dlib", "face_recognition", "lightgbm", "lime", "pandas", "scipy", "shap", "skimage", "sklearn"}
    | {"statsmodels", "xgboost"}
)
"""Of these, what predicts on no arrays of three axes or more, if it predicts at all."""

# Of these, what has no method `predict` at all: where a call of it works, the receiver is something else.
_WITHOUT_PREDICT = ("onnxruntime.", "openvino.", "cv2.dnn", "tensorflow.saved_model.", "tensorflow_hub.load")
# What gives the functions of a SavedModel, which are no Keras model, as it is commonly written.
SAVED_MODEL_LOADERS = {
    "tensorflow.saved_model.load": "tf.saved_model.load",
    "tensorflow.saved_model.load_v2": "tf.saved_model.load",
    "tensorflow_hub.load": "hub.load",
}

# What brings a SavedModel back without Keras: its methods are traced functions that take and give tensors, whatever
# they are called. `hub.KerasLayer` is a layer.
_RESTORERS = (
    "tensorflow.saved_model.load",
    "tensorflow.saved_model.load_v2",
    "tensorflow.saved_model.loader.load",
    "tensorflow_hub.load",
    "tensorflow_hub.Module",
)

LAYER_BASES = frozenset({"Layer", "Wrapper", "AbstractRNNCell", "RNN", "StackedRNNCells"})


def is_keras(name: str) -> bool:
    """Whether a canonical name is Keras's own."""
    return name == "keras" or name.startswith("keras.")


def makes_model(name: str) -> bool:
    """Whether calling this canonical name gives a Keras model."""
    if is_keras(name):
        head, _, last = name.rpartition(".")
        if last == "from_config":
            return is_model_base(head)
        if ".applications" in name:
            return (last[:1].isupper() and "." in head) or last[:1].isupper()
        if last not in _MODEL_MAKERS:
            return False
        return head == "keras" or any(part in _MODEL_MODULES for part in head.split("."))
    return _matches(name, _FOREIGN_MAKERS) or bool(_TF_TRANSFORMERS.match(name))


def gives_model(name: str) -> bool:
    """Whether calling this method of an object of another package gives a Keras model."""
    return _begins_and_ends(name, _GIVE_A_MODEL)


def gives_models(name: str) -> bool:
    """Whether calling this method, or function, gives a list of Keras models."""
    return _begins_and_ends(name, _GIVE_MODELS)


def holds_model(name: str) -> bool:
    """Whether this attribute of an object of another package is a Keras model."""
    return _begins_and_ends(name, _HOLD_A_MODEL)


def is_model_base(name: str) -> bool:
    """Whether a subclass of this canonical name is a Keras model."""
    if is_keras(name):
        return makes_model(name) and name.rpartition(".")[2] in MODEL_CLASSES
    return _matches(name, _FOREIGN_BASES) or bool(_TF_TRANSFORMERS.match(name))


def is_layer(name: str) -> bool:
    """Whether calling this canonical name gives a Keras layer."""
    if not is_keras(name) or makes_model(name):
        return False
    head, _, last = name.rpartition(".")
    return last[:1].isupper() and (".layers" in head or last in LAYER_BASES) and last not in {"Input", "InputSpec"}


def is_layer_base(name: str) -> bool:
    """Whether a subclass of this canonical name is a Keras layer (and no model)."""
    return is_layer(name)


def is_other_library(name: str) -> bool:
    """Whether a qualified name belongs to a library whose `predict` is not Keras's."""
    return name.partition(".")[0] in OTHER_LIBRARIES or is_restored(name)


def is_restored(name: str) -> bool:
    """Whether a qualified name gives a SavedModel that Keras did not load, or is a part of one."""
    return any(name == maker or name.startswith((f"{maker}.", f"{maker}()")) for maker in _RESTORERS)


def is_called_a_model(text: str) -> bool:
    """Whether documentation calls something a Keras model, and nothing else."""
    return bool(_CALLED_KERAS.search(text)) and not _CALLED_OTHERWISE.search(text)


def feeds_networks(name: str) -> bool:
    """Whether a function of Keras makes what only networks are given: padded sequences, the images of one network."""
    return is_keras(name) and name.endswith((".pad_sequences", ".preprocess_input"))


def lacks_predict(name: str) -> bool:
    """Whether what a qualified name makes has no method `predict`: the sessions and nets of other runtimes."""
    return name.startswith(_WITHOUT_PREDICT)


def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    for pattern in patterns:
        if pattern.endswith(".**"):
            if name.startswith(pattern[:-2]):
                return True
        elif pattern.endswith(".*"):
            if name.startswith(pattern[:-1]) and any(part[:1].isupper() for part in name.split(".")[1:]):
                return True
        elif name == pattern:
            return True
    return False


def _begins_and_ends(name: str, rows: tuple[tuple[str, str], ...]) -> bool:
    return any(name.startswith(start) and name.endswith(end) for start, end in rows)
