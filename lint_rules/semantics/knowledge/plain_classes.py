"""What libraries make of classes: records with fields, namespaces, bases without members."""

from __future__ import annotations

WITHOUT_MEMBERS = frozenset({"abc.ABC", "typing.Generic", "typing.Protocol"})
"""Bases that bring a class no members that code calls."""

FIELDS = frozenset({"dataclasses.field", "attr.ib", "attr.field", "attrs.field", "pydantic.Field"})
"""Functions that declare a field of a record."""

NAMESPACES = frozenset({"types.SimpleNamespace", "argparse.Namespace", "sklearn.utils.Bunch", "addict.Dict"})
"""Classes whose objects have the attributes that they are made with."""
