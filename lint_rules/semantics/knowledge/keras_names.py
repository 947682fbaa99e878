"""What is known of names outside the project: Keras's own, those built on it, and those that are neither.

Every spelling of Keras (`tensorflow.keras`, `tf_keras`, `keras.src`, `tensorflow.python.keras`, ...) is brought to one,
`keras.…`, before it is looked up.
"""

from __future__ import annotations

import re

_KERAS = re.compile(
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


PREDICT_FAMILY = frozenset(
    {
        "predict",
        "predict_on_batch",
        "predict_generator",
        "predict_classes",
        "predict_proba",
        "evaluate",
        "evaluate_generator",
        "test_on_batch",
    }
)
# The members of the family that loop rules judge: the others always walk a whole data set.
LOOP_FAMILY = frozenset({"predict", "predict_on_batch", "predict_classes", "predict_proba"})

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

# Functions and classes of other packages that give a Keras model; a trailing * stands for any further name.
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
    "keras_unet.models.*",
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
_FOREIGN_BASES = (
    "tensorflow_recommenders.models.Model",
    "tensorflow_recommenders.Model",
    "transformers.TFPreTrainedModel",
    "keras_hub.models.*",
    "keras_nlp.models.*",
    "keras_cv.models.*",
)
_TF_TRANSFORMERS = re.compile(r"^transformers\.(?:.*\.)?TF[A-Z]\w*(?:\.from_pretrained|\.from_config)?$")

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

# Calls whose function arguments run while a graph is traced or differentiated, by the position(s) of the function.
TRACERS = {
    "tensorflow.function": "tf.function",
    "keras.layers.Lambda": "a Lambda layer",
    "jax.jit": "jax.jit",
    "jax.pmap": "jax.pmap",
    "jax.vmap": "jax.vmap",
    "jax.checkpoint": "jax.checkpoint",
    "jax.lax.scan": "jax.lax.scan",
    "jax.lax.map": "jax.lax.map",
    "jax.lax.fori_loop": "jax.lax.fori_loop",
    "jax.lax.while_loop": "jax.lax.while_loop",
    "jax.lax.cond": "jax.lax.cond",
    "tensorflow.vectorized_map": "tf.vectorized_map",
    "tensorflow.while_loop": "tf.while_loop",
    "tensorflow.cond": "tf.cond",
    "tensorflow.scan": "tf.scan",
    "keras.ops.map": "keras.ops.map",
    "keras.ops.scan": "keras.ops.scan",
    "keras.ops.vectorized_map": "keras.ops.vectorized_map",
    "keras.ops.while_loop": "keras.ops.while_loop",
    "keras.ops.fori_loop": "keras.ops.fori_loop",
    "keras.ops.cond": "keras.ops.cond",
    "tensorflow.contrib.eager.defun": "tf.function",
}
# tf.cond, tf.scan and tf.while_loop run eagerly outside a graph, as tf.map_fn does.
EAGER_OUTSIDE_GRAPHS = frozenset(
    {"tensorflow.while_loop", "tensorflow.cond", "tensorflow.scan", "tensorflow.map_fn",
     "keras.ops.map", "keras.ops.scan", "keras.ops.while_loop", "keras.ops.fori_loop", "keras.ops.cond"}
)  # fmt: skip
DIFFERENTIATORS = {
    "jax.grad": "jax.grad",
    "jax.value_and_grad": "jax.value_and_grad",
    "jax.jacobian": "jax.jacobian",
    "jax.jacfwd": "jax.jacfwd",
    "jax.jacrev": "jax.jacrev",
    "jax.hessian": "jax.hessian",
    "jax.vjp": "jax.vjp",
    "jax.jvp": "jax.jvp",
    "jax.linearize": "jax.linearize",
    "torch.func.grad": "torch.func.grad",
    "torch.func.grad_and_value": "torch.func.grad_and_value",
    "torch.func.vjp": "torch.func.vjp",
    "torch.func.jacrev": "torch.func.jacrev",
    "torch.func.jacfwd": "torch.func.jacfwd",
    "tensorflow_probability.math.value_and_gradient": "tfp.math.value_and_gradient",
}
# What any library calls a function that differentiates the function it is given.
DIFFERENTIATES = frozenset(
    {"filter_grad", "filter_value_and_grad", "grad", "grad_and_value", "value_and_grad", "value_and_gradient"}
    | {"value_and_gradients"}
)


def differentiator(name: str) -> str | None:
    """What to call the function of that name if it differentiates a function that it is given: `jax.grad`."""
    if name in DIFFERENTIATORS:
        return DIFFERENTIATORS[name]
    return name if name.rpartition(".")[2] in DIFFERENTIATES else None


# What tries one point after the other on the function it is given, the next chosen by the results so far.
SEARCHES = frozenset(
    f"scipy.optimize.{name}"
    for name in (
        "minimize",
        "minimize_scalar",
        "differential_evolution",
        "dual_annealing",
        "basinhopping",
        "shgo",
        "direct",
        "fmin",
        "fmin_powell",
        "fmin_cobyla",
        "fmin_bfgs",
        "fmin_cg",
        "fmin_l_bfgs_b",
        "fmin_slsqp",
        "fmin_tnc",
        "least_squares",
        "root",
        "root_scalar",
        "bisect",
        "brentq",
    )
)
# Python code that a graph calls back into: no trace and no tape inside.
CALLBACKS_TO_PYTHON = frozenset(
    {
        "tensorflow.py_function",
        "tensorflow.numpy_function",
        "tensorflow.py_func",
        "jax.pure_callback",
        "jax.experimental.io_callback",
        "jax.debug.callback",
    }
)


def is_keras(name: str) -> bool:
    """Whether a canonical name is Keras's own."""
    return name == "keras" or name.startswith("keras.")


def makes_model(name: str) -> bool:
    """Whether calling this canonical name gives a Keras model."""
    if is_keras(name):
        head, _, last = name.rpartition(".")
        if ".applications" in name:
            return (last[:1].isupper() and "." in head) or last[:1].isupper()
        if last not in _MODEL_MAKERS:
            return False
        return head == "keras" or any(part in _MODEL_MODULES for part in head.split("."))
    return _matches(name, _FOREIGN_MAKERS) or bool(_TF_TRANSFORMERS.match(name))


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


def lacks_predict(name: str) -> bool:
    """Whether what a qualified name makes has no method `predict`: the sessions and nets of other runtimes."""
    return name.startswith(_WITHOUT_PREDICT)


def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    for pattern in patterns:
        if pattern.endswith(".*"):
            if name.startswith(pattern[:-1]) and any(part[:1].isupper() for part in name.split(".")[1:]):
                return True
        elif name == pattern:
            return True
    return False
