"""What gives its results one length, and what each its own."""

from __future__ import annotations

EVENS_OUT = frozenset(
    """
    crop fix_length hashing_trick interp interp1d ljust load_img mean pad pad_sequences pad_to_bounding_box resample
    resize resize_with_pad rjust sum texts_to_matrix thumbnail to_categorical zfill zoom
    """.split()
)
"""Functions and methods whose results all have one length."""

LENGTH_KEYWORDS = frozenset(
    """
    max_len max_length maxlen output_sequence_length padding target_size
    """.split()
)
"""Keywords that set the length of what is made."""

TOKENIZERS = frozenset(
    """
    encode encode_plus texts_to_sequences tokenize word_tokenize
    """.split()
)
"""Functions and methods that make as many numbers of a text as it has words."""

SHAPED = frozenset({"empty", "full", "ones", "reshape", "zeros"})
"""Functions that make an array of the shape that is given."""

RESIZES = frozenset({"resize", "imresize", "rescale", "zoom", "resize_bilinear", "resize_images"})
"""Functions that give an image another size."""
