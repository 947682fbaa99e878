"""`dataclass`, `field`, `replace` and `NamedTuple` as in the standard library, for classes that cost little to define.

`dataclasses` writes and compiles up to seven functions for each class when its module is imported, and imports
`inspect`: for the hundred classes of the linter that takes longer than judging a file. Here all classes share the same
functions, which go over the fields; what fills an object is compiled once many of a class have been made. Type checkers
see the standard library's, and a class behaves like one of its, but for what nothing here asks for: no such class
derives from another, and what `field(init=False)` declares is filled by `__post_init__`. Named tuples compile code too,
one function for each class and, those of `typing`, one for the annotation of each field.
"""

from __future__ import annotations

import operator
from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    import dataclasses
    from dataclasses import dataclass, field, replace
    from typing import Any, NamedTuple, NoReturn, TypeVar

    T = TypeVar("T")

__all__ = ["NamedTuple", "dataclass", "field", "replace"]

_NOTHING = object()
_FIELDS = "__record_fields__"
_MANY = 100
_OF_NO_CLASS_BUT_ITS_OWN = ("__dict__", "__weakref__")


# Named tuples

_One: Any = namedtuple("_One", "only")
_Getter: Any = type(_One.only)
"""The descriptor of a field, which reads it in C."""


class _NamedTuples(type):
    """Makes a named tuple of each class that derives from `NamedTuple`, which itself is none."""

    def __new__(cls, name: str, bases: tuple[type, ...], space: dict[str, Any]) -> type:
        if not bases:
            return super().__new__(cls, name, bases, space)
        fields = tuple(space.get("__annotations__", ()))
        defaults = {field: space[field] for field in fields if field in space}
        shared = {
            "__slots__": (),
            "__match_args__": fields,
            "_fields": fields,
            "_field_defaults": defaults,
            "__new__": _maker(name, fields, defaults),
            "__repr__": _tuple_repr,
            "__getnewargs__": _tuple_state,
            "_replace": _tuple_replace,
        }
        getters = {field: _Getter(number, None) for number, field in enumerate(fields)}
        return type(name, (tuple,), shared | space | getters)


def _maker(what: str, fields: tuple[str, ...], defaults: Mapping[str, object]) -> Callable[..., Any]:
    """What makes a new tuple. Once many have been made of a class, it gets a function of its own for that."""
    left = _MANY

    def make(cls: type[Any], /, *values: object, **named: object) -> Any:
        nonlocal left
        left -= 1
        if not left:
            cls.__new__ = staticmethod(_compiled_maker(fields, defaults))
        if named or len(values) != len(fields):
            values = _arranged(what, fields, values, named, defaults.__getitem__)
        return tuple.__new__(cls, values)

    return make


def _compiled_maker(fields: tuple[str, ...], defaults: Mapping[str, object]) -> Callable[..., Any]:
    """The same as `collections.namedtuple` writes it: it takes a third of the time."""
    known: dict[str, Any] = {"_new": tuple.__new__, **{f"_default_{name}": it for name, it in defaults.items()}}
    head = (f"{name}=_default_{name}" if name in defaults else name for name in fields)
    exec(f"def make(_cls, {', '.join(head)}):\n return _new(_cls, ({', '.join(fields)},))", known)
    made: Callable[..., Any] = known["make"]
    return made


def _tuple_repr(self: Any) -> str:
    shown = (f"{name}={value!r}" for name, value in zip(self._fields, self, strict=True))
    return f"{type(self).__name__}({', '.join(shown)})"


def _tuple_state(self: Any) -> tuple[object, ...]:
    return (*self,)


def _tuple_replace(self: Any, /, **changes: object) -> Any:
    return type(self)(*[changes.pop(name, value) for name, value in zip(self._fields, self, strict=True)], **changes)


if not TYPE_CHECKING:

    class NamedTuple(metaclass=_NamedTuples):
        """`typing.NamedTuple`."""


class _Field(NamedTuple):
    """One field of a class. What `default` and `factory` say is `_NOTHING` and None where nothing is said."""

    default: object = _NOTHING
    factory: Callable[[], object] | None = None
    init: bool = True
    compare: bool = True
    repr: bool = True

    @property
    def is_required(self) -> bool:
        """Whether a call has to say what the field holds."""
        return self.default is _NOTHING and self.factory is None

    def filled(self) -> object:
        """What the field holds where a call does not say it.

        Raises:
            KeyError: a call has to say it.
        """
        if self.is_required:
            raise KeyError
        return self.default if self.factory is None else self.factory()


def _field(
    *,
    default: object = _NOTHING,
    default_factory: Callable[[], object] | None = None,
    init: bool = True,
    compare: bool = True,
    repr: bool = True,  # noqa: A002
) -> Any:
    return _Field(default, default_factory, init, compare, repr)


def _dataclass(
    *, frozen: bool = False, slots: bool = False, eq: bool = True, order: bool = False
) -> Callable[[type[T]], type[T]]:
    def record(cls: type[T]) -> type[T]:
        if any(hasattr(base, _FIELDS) for base in cls.__bases__):
            raise TypeError(f"{cls.__qualname__}: a class of this kind cannot derive from another")
        fields = {name: _declared(cls, name) for name in cls.__annotations__}
        own = {name: it for name, it in cls.__dict__.items() if name not in (*fields, *_OF_NO_CLASS_BUT_ITS_OWN)}
        shared = {
            _FIELDS: fields,
            "__qualname__": cls.__qualname__,
            "__match_args__": tuple(_given(fields)),
            "__dataclass_fields__": _StandardFields(),
            "__repr__": _repr,
        }
        if slots:
            shared |= {"__slots__": tuple(fields), "__getstate__": _state, "__setstate__": _set_state}
        if eq:
            shared |= _comparisons([name for name, it in fields.items() if it.compare], hashable=frozen, order=order)
        if frozen:
            shared |= {"__setattr__": _refuse_to_set, "__delattr__": _refuse_to_delete}
        metaclass: Any = type(cls)
        made: type[T] = metaclass(cls.__name__, cls.__bases__, shared | own)
        made.__init__ = _initialiser(made, _given(fields))  # type: ignore[method-assign]
        return made

    return record


def _declared(cls: type, name: str) -> _Field:
    value = cls.__dict__.get(name, _NOTHING)
    return value if isinstance(value, _Field) else _Field(value)


def _given(fields: Mapping[str, _Field]) -> dict[str, _Field]:
    """The fields that a call fills."""
    return {name: found for name, found in fields.items() if found.init}


# What the classes share


def _initialiser(cls: type[Any], given: Mapping[str, _Field]) -> Callable[..., None]:
    """What fills a new object. Once many have been made of a class, it gets a function of its own for that."""
    stores = tuple(_store(cls, name) for name in given)
    left = _MANY

    def filled(name: str) -> object:
        return given[name].filled()

    def initialise(self: Any, /, *values: object, **named: object) -> None:
        nonlocal left
        left -= 1
        if not left:
            cls.__init__ = _compiled(cls, given, stores)
        if named or len(values) != len(stores):
            values = _arranged(cls.__qualname__, tuple(given), values, named, filled)
        for store, value in zip(stores, values, strict=True):
            store(self, value)
        if hasattr(self, "__post_init__"):
            self.__post_init__()

    return initialise


def _compiled(
    cls: type[Any], given: Mapping[str, _Field], stores: Sequence[Callable[[Any, object], None]]
) -> Callable[..., None]:
    """The same as the `__init__` that one would write: it takes a third of the time."""
    is_frozen = "__setattr__" in cls.__dict__
    known: dict[str, Any] = {"_NOTHING": _NOTHING}
    head, body = [], []
    for (name, found), store in zip(given.items(), stores, strict=True):
        known |= {f"_store_{name}": store, f"_default_{name}": found.default, f"_factory_{name}": found.factory}
        head.append(name if found.is_required else f"{name}=_default_{name}")
        value = name if found.factory is None else f"_factory_{name}() if {name} is _NOTHING else {name}"
        body.append(f" _store_{name}(self, {value})" if is_frozen else f" self.{name} = {value}")
    if hasattr(cls, "__post_init__"):
        body.append(" self.__post_init__()")
    exec("\n".join([f"def initialise(self, {', '.join(head)}):", *body]), known)
    made: Callable[..., None] = known["initialise"]
    return made


def _store(cls: type[Any], name: str) -> Callable[[Any, object], None]:
    """What puts a value into a field, also of a frozen object."""
    if name in cls.__dict__:
        put: Callable[[Any, object], None] = cls.__dict__[name].__set__
        return put

    def put_into_dict(self: Any, value: object) -> None:
        self.__dict__[name] = value

    return put_into_dict


def _arranged(
    what: str,
    fields: tuple[str, ...],
    values: tuple[object, ...],
    named: dict[str, object],
    filled: Callable[[str], object],
) -> tuple[object, ...]:
    """The values of a call in the order of the fields; what is `filled` in for one that it does not say."""
    if len(values) > len(fields):
        raise TypeError(f"{what}() takes {len(fields)} values, and {len(values)} were given")
    arranged = [*values]
    for name in fields[len(values) :]:
        try:
            arranged.append(named.pop(name) if name in named else filled(name))
        except KeyError:
            raise TypeError(f"{what}() lacks a value for {name!r}") from None
    if named:
        raise TypeError(f"{what}() got {next(iter(named))!r}, which is given twice or is no field")
    return tuple(arranged)


def _comparisons(names: list[str], *, hashable: bool, order: bool) -> dict[str, Callable[..., object]]:
    """The methods that compare what two objects of one class hold."""
    held: Callable[[Any], Any] = operator.attrgetter(*names) if names else _nothing_held

    def compared(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], object]:
        def method(self: Any, other: Any) -> object:
            return compare(held(self), held(other)) if other.__class__ is self.__class__ else NotImplemented

        return method

    def equal(self: Any, other: Any) -> object:
        return held(self) == held(other) if other.__class__ is self.__class__ else NotImplemented

    methods: dict[str, Callable[..., object]] = {"__eq__": equal}
    if hashable:
        methods["__hash__"] = lambda self: hash(held(self))
    if order:
        methods |= {f"__{it.__name__}__": compared(it) for it in (operator.lt, operator.le, operator.gt, operator.ge)}
    return methods


def _nothing_held(_: object) -> object:
    return None


def _repr(self: Any) -> str:
    shown = (f"{name}={getattr(self, name)!r}" for name, found in _fields(self) if found.repr)
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _state(self: Any) -> list[object]:
    return [getattr(self, name) for name, _ in _fields(self)]


def _set_state(self: Any, state: list[object]) -> None:
    for (name, _), value in zip(_fields(self), state, strict=True):
        object.__setattr__(self, name, value)


def _refuse_to_set(self: object, name: str, value: object) -> NoReturn:
    from dataclasses import FrozenInstanceError

    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(self: object, name: str) -> NoReturn:
    from dataclasses import FrozenInstanceError

    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _fields(record: Any) -> Iterator[tuple[str, _Field]]:
    fields: dict[str, _Field] = getattr(type(record), _FIELDS)
    return iter(fields.items())


class _StandardFields:
    """The fields as `dataclasses.fields`, `asdict` and others ask a class for them, made when they do."""

    def __get__(self, _: object, owner: type[Any]) -> dict[str, dataclasses.Field[Any]]:
        import dataclasses

        names = getattr(owner, _FIELDS)
        typed = [(name, owner.__annotations__[name]) for name in names]
        standard: Any = dataclasses.make_dataclass(owner.__name__, typed)
        fields: dict[str, dataclasses.Field[Any]] = standard.__dataclass_fields__
        for name, found in names.items():
            fields[name].init, fields[name].compare, fields[name].repr = found.init, found.compare, found.repr
        return fields


def _replace(record: T, /, **changes: object) -> T:
    given = [name for name, found in _fields(record) if found.init]
    values = [changes.pop(name) if name in changes else getattr(record, name) for name in given]
    return type(record)(*values, **changes)


if not TYPE_CHECKING:
    dataclass, field, replace = _dataclass, _field, _replace
