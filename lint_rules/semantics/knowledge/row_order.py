"""What keeps the order of rows, what does not ask for it, and what puts rows side by side."""

from __future__ import annotations

LABELS = frozenset({"classes", "file_paths", "filenames", "filepaths", "labels", "y"})
"""Attributes of a source of data that hold something of each row, in the order of the files."""

ORDERLESS_ATTRIBUTES = frozenset(
    """
    batch_size class_indices class_mode class_names image_shape n nbytes ndim num_classes samples shape size
    """.split()
)
"""Attributes that are the same in whichever order the rows are."""

ORDERLESS_CALLS = frozenset(
    """
    Counter bincount cardinality class_weight compute_class_weight countplot hist histogram len nunique range set
    sort sorted unique value_counts
    """.split()
)
"""Functions and methods whose value is the same in whichever order the rows are."""

METRICS = frozenset(
    """
    ConfusionMatrix DataFrame array_equal binary_accuracy brier_score_loss calibration_curve categorical_accuracy
    classification_report column_stack confusion_matrix crosstab det_curve equal from_predictions hamming_loss
    log_loss matthews_corrcoef mean_absolute_error mean_squared_error multilabel_confusion_matrix not_equal
    plot_confusion_matrix precision_recall_curve precision_recall_fscore_support roc_curve
    sparse_categorical_accuracy update_state zero_one_loss zip
    """.split()
)
"""Functions that compare two things row by row."""

METRIC_ENDS = ("_score", "_accuracy", "_report", "confusion_matrix", "_roc", "_auc")
"""How the names of more of them end."""

TAKES_PAIRS = ("fit", "evaluate", "train_on_batch", "score", "train_test_split")
"""Methods and functions that are given inputs and labels side by side."""

COLLECTORS = ("list", "tuple", "fromiter")
"""Functions that make a sequence of what they walk through."""

FLATTENS = frozenset({"flatten", "ravel"})
"""Methods and functions that put all elements one behind the other."""

KEEPS_ROWS = frozenset({"array", "asarray", "round", "exp", "log", "abs", "clip", "softmax", "astype", "numpy", "cpu"})
"""Functions and methods whose result has the rows of what they are given."""

JOINS = frozenset({"append", "concat", "concatenate", "hstack", "vstack", "row_stack", "chain", "from_iterable", "cat"})
"""What puts arrays, or what is in lists, one behind the other."""

STAYS_IN_ORDER = frozenset({"flatten", "ravel", "squeeze", "tolist", "list"})
"""What still has the rows in their order."""
