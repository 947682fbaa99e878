"""What calls give one by one, in which order, and how many, by the last name of what is called."""

from __future__ import annotations

PROGRESS_BARS = frozenset({"tqdm", "track", "progressbar", "progress_bar", "alive_it"})
"""What gives the elements of its first argument and shows how far it is."""

PROGRESS_MODULES = ("tqdm.", "rich.progress.", "alive_progress.", "progressbar.", "fastprogress.")
"""The libraries of those."""

RANGES = frozenset({"range", "trange"})
"""What counts."""

IN_ORDER = PROGRESS_BARS | {"enumerate", "iter", "list", "tuple"}
"""What gives as many elements as its first argument has, in their order."""

AS_MANY = IN_ORDER | {"reversed", "sorted"}
"""What gives as many elements as its first argument has."""

PASSES_ON = AS_MANY | {"zip", "islice"}
"""What gives elements of its first argument, or of all its arguments side by side."""

WALKS = (AS_MANY - {"enumerate"}) | {"set", "as_completed", "islice"}
"""What gives elements of its first argument one by one, and nothing beside them."""

GIVE_AGAIN = frozenset({"itertools.cycle", "itertools.product"})
"""Walks that give the same objects several times: what is stored in one is read from it later."""

GIVES_ITSELF = frozenset({"as_numpy_iterator", "tqdm"})
"""Methods, called without arguments, that give the elements of their object one by one, in their order."""

GO_THROUGH = frozenset({"len", "enumerate", "zip", "map", "sorted", "list"})
"""Functions that walk through their arguments, or count what is in them."""

TABLE_WALKS = frozenset({"apply", "map"})
"""Methods by which a table or a series runs a function for each of its rows or elements."""

OPTION_PARSERS = frozenset({"getopt.getopt", "getopt.gnu_getopt"})
"""What gives the options of a command line, each of which says once what is to be done."""
