"""What library calls do to the shape of arrays: one row a name, for all libraries that agree on it.

A row holds for functions (`np.expand_dims(x, 0)`) and methods (`x.reshape(1, -1)`) alike: the subject is the first
argument, or the object. Names of one library only are written out in full.
"""

from __future__ import annotations

from enum import Enum, auto


class Effect(Enum):
    """What a call does to the shape of its subject."""

    KEEP = auto()  # element by element: the shape stays
    BROADCAST = auto()  # element by element with a second operand
    CONVERT = auto()  # an array of what is given, lists included
    AXIS_ADDED = auto()  # expand_dims(x, axis)
    RESHAPED = auto()
    FILLED = auto()  # a new array of the shape that is given
    STACKED = auto()  # one axis more, in front: stack([a, b])
    JOINED = auto()  # along the first axis: concatenate, vstack
    JOINED_BEHIND = auto()  # along another axis: hstack, column_stack
    APPENDED = auto()
    TILED = auto()
    REPEATED = auto()
    FIRST_AXIS_KEPT = auto()  # the rows stay, the rest is another
    TAKEN = auto()  # some rows by their numbers: take(x, [i], axis=0)
    PIECES = auto()  # a list of slices
    TWO_AXES = auto()  # atleast_2d
    TRANSPOSED = auto()
    SWAPPED = auto()  # swapaxes(x, a, b)
    MOVED = auto()  # moveaxis(x, from, to)
    SQUEEZED = auto()
    FLATTENED = auto()
    LOADED = auto()  # a whole data set
    IMAGE = auto()  # one image
    IMAGE_BATCH = auto()  # one image with its batch axis
    PADDED = auto()  # a list of sequences becomes one array
    TABLE = auto()  # a table of what is given: DataFrame
    DRAWN = auto()  # some elements of what is given: random.sample(memory, 32)
    NEXT = auto()
    LISTED = auto()  # a list of the elements
    QUEUE = auto()  # an empty queue
    TAKEN_OUT = auto()  # one element of a list, which loses it: popleft, get
    LENGTH = auto()
    BATCHES = auto()  # an iterator of batches
    SLICE = auto()


EFFECTS: dict[str, Effect] = {
    name: effect
    for effect, names in {
        Effect.KEEP: """
            astype cast copy ascontiguousarray normalize nan_to_num clip clip_by_value abs absolute sqrt log exp round
            preprocess_input identity to float double half deepcopy float32 float64 float16 int32 int64 uint8
            per_image_standardization sigmoid relu tanh square log1p expm1 negative sign rint floor ceil
            flip fliplr roll cpu detach toarray todense to_numpy numpy minmax_scale ensure_shape
            standardize equalize_hist adjust_gamma img_as_float fillna dropna stop_gradient
        """,
        Effect.BROADCAST: "divide multiply subtract add true_divide maximum minimum power mod",
        Effect.CONVERT: "array asarray convert_to_tensor constant tensor as_tensor from_numpy asanyarray",
        Effect.AXIS_ADDED: "expand_dims unsqueeze",
        Effect.RESHAPED: "reshape view broadcast_to",
        Effect.FILLED: """
            zeros ones empty ndarray full rand randn random random_sample standard_normal normal uniform randint
            integers truncated_normal random_normal random_uniform
        """,
        Effect.STACKED: "stack",
        Effect.JOINED: "concatenate vstack row_stack concat",
        Effect.JOINED_BEHIND: "hstack column_stack dstack",
        Effect.APPENDED: "append",
        Effect.TILED: "tile",
        Effect.REPEATED: "repeat",
        Effect.FIRST_AXIS_KEPT: """
            transform fit_transform inverse_transform one_hot to_categorical
            predict predict_on_batch predict_proba texts_to_matrix resize_images
        """,
        Effect.TAKEN: "take gather",
        Effect.PIECES: "array_split batched chunked",
        Effect.TWO_AXES: "atleast_2d",
        Effect.TRANSPOSED: "transpose permute",
        Effect.SWAPPED: "swapaxes",
        Effect.MOVED: "moveaxis",
        Effect.SQUEEZED: "squeeze",
        Effect.FLATTENED: "flatten ravel",
        Effect.LOADED: """
            load_data read_csv read_excel read_pickle read_parquet load_dataset train_test_split read_hdf read_json
            fetch_openml load_iris load_digits load_wine load_breast_cancer load_diabetes make_classification load_files
            fetch_mldata loadtxt genfromtxt load make_moons make_circles make_blobs make_regression
        """,
        Effect.IMAGE: "img_to_array load_img imread decode_jpeg decode_png decode_image",
        Effect.IMAGE_BATCH: "blobFromImage",
        Effect.PADDED: "pad_sequences sequence_padding texts_to_sequences",
        Effect.TABLE: "DataFrame Series",
        Effect.DRAWN: "sample choices",
        Effect.NEXT: "next __next__",
        Effect.LISTED: "list tuple deque sorted",
        Effect.QUEUE: "Queue SimpleQueue LifoQueue",
        Effect.TAKEN_OUT: "pop popleft get get_nowait",
        Effect.LENGTH: "len",
        Effect.SLICE: "slice",
        Effect.BATCHES: "flow flow_from_directory flow_from_dataframe image_dataset_from_directory",
    }.items()
    for name in names.split()
}

BY_NAME = frozenset({Effect.LOADED, Effect.BATCHES, Effect.NEXT})
"""Effects that their names show well enough, whatever library has them."""

LIBRARIES = frozenset(
    {
        *("numpy", "pandas", "tensorflow", "keras", "torch", "jax", "sklearn", "copy", "random", "collections"),
        *("queue", "multiprocessing"),
        *("cv2", "PIL", "skimage", "imageio", "matplotlib", "scipy"),
    }
)
"""The packages that the table speaks of."""

TENSOR_LIBRARIES = ("tensorflow.", "keras.ops.", "keras.backend.", "keras.random.", "torch.", "jax.")

NUMPY_ITERATORS = frozenset({"broadcast", "flatiter", "ndenumerate", "ndindex", "nditer", "nested_iters"})
"""What NumPy has to walk through arrays once.

https://numpy.org/doc/stable/reference/routines.indexing.html#iterating-over-arrays
"""

ARRAY_METHODS = frozenset(
    """
    astype copy clip round reshape view flatten ravel transpose swapaxes squeeze repeat numpy to_numpy toarray
    unsqueeze permute float double half cpu detach to fillna dropna
    """.split()
)
"""Methods that arrays, tensors and tables have under these names."""

SIZES = frozenset({"dtype", "nbytes", "ndim", "shape", "size"})
"""Attributes of arrays that stay whatever is stored in their cells."""

POSITIONS = frozenset({"argmax", "argmin"})
"""Functions and methods that give where along an axis a value is."""

REDUCTIONS = POSITIONS.union(
    """
    all amax amin any max mean median min prod std sum var nanmax nanmean nanmedian nanmin nanstd nansum nanvar ptp
    reduce_all reduce_any reduce_max reduce_mean reduce_min reduce_prod reduce_std reduce_sum reduce_variance
    """.split()
)
"""Functions and methods that make one number of an array, or of what lies along an axis."""

GIVES_ARRAY = ARRAY_METHODS | REDUCTIONS | {"argsort", "cumprod", "cumsum", "dot", "item", "take", "tolist"}
"""Methods of arrays and tensors that give one, or numbers of one."""

DENSE_TRANSFORMERS = frozenset(
    {
        *("StandardScaler", "MinMaxScaler", "RobustScaler", "MaxAbsScaler", "PowerTransformer", "QuantileTransformer"),
        *("Normalizer", "PCA", "KernelPCA", "TruncatedSVD", "FastICA", "NMF", "SimpleImputer", "KNNImputer"),
    }
)
"""Classes of scikit-learn whose `transform` gives a NumPy array of one that it is given."""

FEEDERS = (
    ".Sequence",
    ".PyDataset",
    ".DataLoader",
    ".flow()",
    ".flow_from_directory()",
    ".flow_from_dataframe()",
    ".flow",
    ".flow_from_directory",
    ".flow_from_dataframe",
)
"""How the names of what feeds a model batch by batch end."""

REBATCHES = frozenset(
    {"batch", "unbatch", "padded_batch", "ragged_batch", "rebatch", "window", "flat_map", "interleave"}
)
"""Methods of data sets that give other batches than those before."""

PER_FILE = frozenset(
    {"load", "loadtxt", "genfromtxt", "read_pickle", "read_csv", "read_parquet", "read_hdf", "read_json"}
)
"""Loaders of one file, which holds a data set, or one sample of many."""

IMAGE_PACKAGES = (
    "cv2.",
    "PIL.",
    "skimage.",
    "imageio.",
    "matplotlib.image.",
    "scipy.misc.",
    "scipy.ndimage.",
)
"""Packages whose functions take and give single images (but `cv2.dnn`)."""

PACKAGES_OF_ANY_ARRAYS = ("skimage.", "scipy.")
"""Those whose functions take a whole batch as well."""

IMAGE_FUNCTIONS = frozenset(
    """
    imread imdecode resize imresize cvtColor GaussianBlur blur medianBlur bilateralFilter filter2D flip rotate
    warpAffine warpPerspective remap equalizeHist Canny Laplacian Sobel addWeighted copyMakeBorder bitwise_not
    bitwise_and bitwise_or dilate erode morphologyEx normalize pyrDown pyrUp adaptiveThreshold getRectSubPix
    open convert crop fromarray transpose filter thumbnail rgb2gray gray2rgb rgb2hsv rescale gaussian zoom shift
    equalize_adapthist gaussian_filter median_filter imrotate
    """.split()
)
"""Their functions, and methods of their images, that give one image."""

SIZES_ONE_BY_ONE = ("torch.",)
"""Libraries whose makers take the sizes of the axes one by one, too."""

SIZE_FIRST = frozenset({"rand", "randn"})
"""Makers that take the sizes of the axes one by one."""

SIZE_LAST = {"normal": 2, "uniform": 2, "randint": 2, "integers": 2, "truncated_normal": 2}
"""Makers whose first positional arguments are no shape, and the position of the shape."""

KERAS_DATASETS = "keras.datasets."
"""`keras.datasets.mnist.load_data()` gives ((x, y), (x, y)), one row a sample."""

OF_ARRAYS = frozenset({"astype", "dtype", "ndim", "reshape", "shape"})
"""Attributes and methods that arrays have, and lists have not."""

ROUNDS_DOWN = frozenset({"int", "floor", "trunc"})
"""Functions that leave out what is behind the point."""
