"""Why a call repeats, and whether it needs to: the loops on a call's ways, judged by when the code really runs."""
