"""What makes data sets and generators, which of them shuffle, and what their methods do to the order of rows.

Measured in docs/keras-facts.md.
"""

from __future__ import annotations

import re

from lint_rules.regex import lazy_pattern

SHUFFLING = {
    "flow": 3,
    "flow_from_directory": 6,
    "flow_from_dataframe": 10,
    "image_dataset_from_directory": 7,
    "text_dataset_from_directory": 6,
    "audio_dataset_from_directory": 8,
}
"""Sources that shuffle unless told otherwise, with the position of their `shuffle` argument (without self)."""

COUNTS_SAMPLES = frozenset({"samples", "n"})
"""Attributes of Keras's iterators that hold the number of rows."""

FROM_ARRAYS = frozenset({"from_tensor_slices", "from_tensors"})
"""What makes a data set of arrays that are given, in their order."""

KEEP_SOURCE = frozenset(
    """
    map batch prefetch with_options unbatch padded_batch take skip repeat apply filter enumerate as_numpy_iterator
    ignore_errors shard rebatch ragged_batch
    """.split()
)
"""Methods whose data come in the order of those of their object, in every pass."""

FIX_ORDER = frozenset({"cache", "snapshot"})
"""Methods that keep the order of the first pass."""

NEXT_BATCH = frozenset({"next_batch"})
"""Methods that give the next rows of a data set: those of TensorFlow's tutorials, and of what follows them."""

LOADERS = frozenset(
    """
    load_data read_csv read_excel read_parquet read_hdf read_pickle load_dataset train_test_split fetch_openml
    make_classification fetch_mldata load loadtxt genfromtxt
    """.split()
)
"""Functions whose names say that they load a whole data set, or split one."""

_CALLED_A_GENERATOR = lazy_pattern(
    r"\b(?:data[ _]?)?generator\b|\bdata ?loader\b|\btf\.data\b|\bkeras\.utils\.Sequence\b", re.I
)


def is_called_a_generator(text: str) -> bool:
    """Whether documentation says that something gives a model its batches."""
    return _CALLED_A_GENERATOR.search(text) is not None


SPLITS = frozenset(
    """
    itertools.batched more_itertools.chunked numpy.array_split numpy.split
    """.split()
)
"""Functions that give the pieces of what they are given."""

GIVES_BATCHES = frozenset(
    """
    DataLoader as_numpy_iterator batch batches flow flow_from_dataframe flow_from_directory iterbatches prefetch
    take
    """.split()
)
"""Functions and methods that give batches, by their last names."""

DRAWS_SAMPLES = frozenset({"sample"})
"""Functions and methods that draw some items of what is stored, each of them a sample."""

LOADS_ANYTHING = frozenset({"genfromtxt", "load", "loadtxt", "read_hdf", "read_pickle"})
"""Of these loaders a single sample, a table of weights or a noise vector comes as well as a data set."""

SMALL_SETS = frozenset(
    """
    load_boston load_breast_cancer load_diabetes load_digits load_iris load_linnerud load_wine make_blobs
    make_circles make_moons make_regression
    """.split()
)
"""Loaders and makers of a few hundred rows."""

SMALL_SET_MODULES = frozenset({"boston_housing"})
"""Modules of `keras.datasets` whose data set has a few hundred rows."""

ON_DISK = frozenset(
    """
    File HDFStore memmap open_array open_dataset open_group open_memmap open_zarr
    """.split()
)
"""What gives an array or a table that lies in a file, of which a slice is read."""
