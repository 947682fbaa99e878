"""Abstract arrays: the value, what Python's own syntax does to it, and what library calls do (`calls` says which)."""
