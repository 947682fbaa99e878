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
