"""How a recorded program is started, and what it leaves behind: known to who records and to who reads.

`VARIABLE` of the environment names the folder for the records, and `STARTUP` stands first in PYTHONPATH. Every Python
process of the program then leaves two files there, of one name: `.jsonl`, a line of JSON for each call of a model and
for what became of its gradients, and `.f64`, the values of the outputs, eight bytes each in the machine's own order.
"""

from __future__ import annotations

import os

VARIABLE = "KERAS_INFERENCE_RECORD"
STARTUP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "program", "startup")
MOVED = "KERAS_INFERENCE_RECORD_MOVED"
"""Names two folders, each ended by a line feed: what Python would import from the first, a project, it is to import
from the second, a copy of it. An installation for development leads to the project."""

LINES, VALUES = ".jsonl", ".f64"
WIDTH = 64
"""Values that are kept of a row. Of a longer one: `WIDTH - 2` at even distances, the mean, and the deviation."""
