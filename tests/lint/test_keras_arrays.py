"""What is said of arrays is compared with what TensorFlow, Keras and PyTorch make of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from array_truth import Look, compare, names_after, split

from lint_rules.semantics.knowledge.array_calls import EFFECTS

SETUP = """
import numpy as np
import keras
import tensorflow as tf
x = np.ones((3, 4), "float32")
one = np.ones((1, 4), "float32")
v = np.ones(5, "float32")
t = tf.ones((1, 4))
images = np.ones((1, 8, 8, 3), "float32")
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
"""

KERAS = {
    "cast": "tf.cast(x, 'int32') | keras.ops.cast(one, 'int32')",
    "normalize": "keras.utils.normalize(x)",
    "clip_by_value": "tf.clip_by_value(one, 0, 1)",
    "preprocess_input": "keras.applications.resnet50.preprocess_input(images)",
    "numpy": "t.numpy() | tf.expand_dims(v, 0).numpy()",
    "per_image_standardization": "tf.image.per_image_standardization(images)",
    "sigmoid": "tf.sigmoid(x) | keras.ops.sigmoid(x)",
    "relu": "tf.nn.relu(x)",
    "ensure_shape": "tf.ensure_shape(t, (1, 4))",
    "stop_gradient": "tf.stop_gradient(t)",
    "identity": "tf.identity(t)",
    "convert_to_tensor": "tf.convert_to_tensor(x) | keras.ops.convert_to_tensor([v])",
    "constant": "tf.constant([[1.0, 2.0]]) | tf.constant(3.0, shape=(1, 2)) | tf.constant(one)",
    "expand_dims": "tf.expand_dims(v, 0) | tf.expand_dims(v, -1) | keras.ops.expand_dims(v, 0)"
    " | tf.expand_dims(t, axis=1)",
    "reshape": "tf.reshape(x, (1, -1)) | keras.ops.reshape(x, (1, 12)) | tf.reshape(x, [-1, 6])",
    "zeros": "tf.zeros((1, 3)) | keras.ops.zeros((1, 3)) | tf.zeros([4])",
    "ones": "tf.ones(4)",
    "normal": "tf.random.normal((1, 3)) | keras.random.normal((1, 3)) | tf.random.normal(shape=[2, 3])",
    "uniform": "tf.random.uniform((1, 3)) | keras.random.uniform((1, 3))",
    "truncated_normal": "tf.random.truncated_normal((1, 3))",
    "gather": "tf.gather(x, [0]) | tf.gather(x, [0, 1]) | tf.gather(x, 0) | tf.gather(x, [0], axis=1)",
    "stack": "tf.stack([v, v]) | keras.ops.stack([v], axis=0) | tf.stack([x, x], axis=1)",
    "concat": "tf.concat([x, x], 0) | tf.concat([one, one], axis=1) | tf.concat([one, one], -1)",
    "concatenate": "keras.ops.concatenate([one, one], axis=0) | keras.ops.concatenate([one, one], axis=1)"
    " | keras.ops.concatenate([one, one])",
    "tile": "tf.tile(one, (3, 1)) | tf.tile(one, [1, 3]) | keras.ops.tile(v, (2, 1))",
    "repeat": "tf.repeat(one, 3, axis=0) | tf.repeat(one, 3, axis=1) | keras.ops.repeat(x, 2)",
    "transpose": "tf.transpose(x) | tf.transpose(images, perm=[0, 3, 1, 2]) | keras.ops.transpose(x, (1, 0))",
    "squeeze": "tf.squeeze(t) | tf.squeeze(t, 0) | keras.ops.squeeze(t, axis=0)",
    "one_hot": "tf.one_hot([1, 2], 3) | tf.one_hot([1, 2], 3, axis=0) | keras.ops.one_hot([1], 3)",
    "to_categorical": "keras.utils.to_categorical([1, 2], 3) | keras.utils.to_categorical(np.ones((1, 1)), 3)",
    "predict": "model.predict(x, verbose=0) | model.predict(one, verbose=0)",
    "predict_on_batch": "model.predict_on_batch(one)",
    "img_to_array": "keras.utils.img_to_array(images[0])",
    "decode_png": "tf.io.decode_png(tf.io.encode_png(np.ones((8, 8, 3), 'uint8')))",
    "decode_jpeg": "tf.io.decode_jpeg(tf.io.encode_jpeg(np.ones((8, 8, 3), 'uint8')))",
    "decode_image": "tf.io.decode_image(tf.io.encode_png(np.ones((8, 8, 3), 'uint8')))",
    "pad_sequences": "keras.utils.pad_sequences([[1, 2]]) | keras.utils.pad_sequences([[1, 2], [1]])",
    "len": "len(t) | len(model.predict(x, verbose=0))",
    "add": "tf.add(t, x) | t + x | x - t | t[0:1] | t[0] | t[None]",
}

TORCH_SETUP = """
import numpy as np
import torch
x = np.ones((3, 4), "float32")
t = torch.ones((1, 4))
"""

TORCH = {
    "from_numpy": "torch.from_numpy(x)",
    "as_tensor": "torch.as_tensor(x)",
    "tensor": "torch.tensor([[1.0, 2.0]])",
    "unsqueeze": "torch.ones(4).unsqueeze(0) | torch.unsqueeze(t, 1) | torch.unsqueeze(t, dim=0)",
    "permute": "torch.ones((1, 2, 3)).permute(2, 0, 1) | torch.permute(t, (1, 0))",
    "transpose": "torch.ones((1, 2, 3)).transpose(0, 1) | t.transpose(1, 0)",
    "zeros": "torch.zeros(1, 3) | torch.zeros((1, 3)) | torch.zeros(3)",
    "randn": "torch.randn(1, 3)",
    "reshape": "t.reshape(4, 1) | t.view(-1)",
    "repeat": "t.repeat(3, 2) | torch.ones(4).repeat(3, 1)",
    "cpu": "t.cpu()",
    "detach": "t.detach() | t.detach().numpy() | t.detach().cpu().numpy()",
    "double": "t.double()",
    "half": "t.half()",
    "to": "t.to(torch.float64)",
    "squeeze": "t.squeeze(0) | t.squeeze()",
    "stack": "torch.stack([t, t]) | torch.stack([t, t], dim=1)",
}


@pytest.fixture(scope="module")
def keras_names() -> dict[str, object]:
    pytest.importorskip("tensorflow")
    return names_after(SETUP)


@pytest.fixture(scope="module")
def torch_names() -> dict[str, object]:
    pytest.importorskip("torch")
    return names_after(TORCH_SETUP)


@pytest.mark.parametrize("name", list(KERAS))
def test_rows_of_keras_and_tensorflow(view: Look, keras_names: dict[str, object], name: str) -> None:
    assert name in EFFECTS
    answers = compare(view, SETUP, split(KERAS[name]), keras_names)
    assert any(answer.values for answer in answers)


@pytest.mark.parametrize("name", list(TORCH))
def test_rows_of_pytorch(view: Look, torch_names: dict[str, object], name: str) -> None:
    assert name in EFFECTS
    compare(view, TORCH_SETUP, split(TORCH[name]), torch_names)


def test_an_image_that_is_read_has_no_batch_axis(view: Look, keras_names: dict[str, object], tmp_path: Path) -> None:
    path = tmp_path / "image.png"
    keras_names = {**keras_names, "path": str(path)}
    exec("keras.utils.save_img(path, images[0])", keras_names)
    expressions = ["keras.utils.img_to_array(keras.utils.load_img(path))", "np.array(keras.utils.load_img(path))"]
    compare(view, SETUP, expressions, keras_names)
