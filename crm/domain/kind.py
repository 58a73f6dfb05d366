"""How a record kind is defined: a frozen dataclass whose fields carry metadata.

Everything else about a kind (tables, wire form, import columns, validation,
masking, diffs) is derived from what is said here, in `crm.records` or beside
the screen that needs it. Nothing here knows SQL, JSON or files.

    @kind("tag", label="Tag", stream="portfolio", parents=("customer",), rank=30)
    class Tag(Record):
        label: str | None = text("Label", 40, required=True)
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any, TypeVar, cast, dataclass_transform

from crm.domain.errors import Refused
from crm.domain.instants import check_instant
from crm.domain.seats import Offers, Takes

Value = str | int | bool | list[str]
Fields = dict[str, Value]

PROTOCOL_VERSION = 1
SCHEMA_VERSION = 1

# Names that a record carries outside its fields.
RESERVED = frozenset(["n", "id", "kind", "root", "parent", "stream", "version", "hash", "extra"])
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
MAX_WHOLE = 2**53 - 1  # RFC 8785 numbers are IEEE doubles


class FieldType(StrEnum):
    TEXT = "text"
    WHOLE = "whole"  # int; money in fen, rates in basis points
    FLAG = "flag"
    DAY = "day"  # YYYY-MM-DD, a date in Asia/Shanghai
    INSTANT = "instant"  # see crm.domain.instants
    CHOICE = "choice"
    REFERENCE = "reference"  # the id of another record
    WORDS = "words"  # a list of short texts


class Personal(StrEnum):
    """How closely a field touches a person."""

    INTERNAL = "C1"
    PERSONAL = "C2"
    MASKED = "C3"  # masked wherever it is shown, until revealed


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of a kind."""

    name: str = ""
    type: FieldType
    label: str
    required: bool = False
    max_length: int = 0  # characters; of each word for WORDS
    personal: Personal = Personal.INTERNAL
    choices: tuple[str, ...] = ()
    pattern: re.Pattern[str] | None = None  # of the normalised value
    headings: tuple[str, ...] = ()  # what spreadsheets call it, besides the label
    server_only: bool = False  # laptops read it, the server writes it

    def check(self, value: object) -> None:
        """Raise Refused when `value` may not stand in this field."""
        problem = _PROBLEMS[self.type](self, value)
        if problem:
            raise Refused(problem, field=self.name, limit=self.max_length)


def _text_problem(spec: Field, value: object) -> str | None:
    if not isinstance(value, str):
        return "field.type"
    if len(value) > spec.max_length:
        return "field.too_long"
    if "\x00" in value or not (value.isascii() or _is_text(value)):
        return "field.characters"
    if spec.pattern is not None and not spec.pattern.fullmatch(value):
        return "field.form"
    return None


def _is_text(value: str) -> bool:
    """Tell whether no half of a surrogate pair stands alone in it."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _whole_problem(_: Field, value: object) -> str | None:
    if not isinstance(value, int) or isinstance(value, bool):
        return "field.type"
    return None if -MAX_WHOLE <= value <= MAX_WHOLE else "field.form"


def _flag_problem(_: Field, value: object) -> str | None:
    return None if isinstance(value, bool) else "field.type"


def _choice_problem(spec: Field, value: object) -> str | None:
    if not isinstance(value, str):
        return "field.type"
    return None if value in spec.choices else "field.choice"


def _words_problem(spec: Field, value: object) -> str | None:
    if not isinstance(value, list) or len(value) > 100:
        return "field.type"
    return next((p for word in value if (p := _text_problem(spec, word))), None)


def _instant_problem(spec: Field, value: object) -> str | None:
    problem = _text_problem(spec, value)
    if problem is None:
        try:
            check_instant(str(value))
        except Refused:  # it looks like one, and is the 30th of February
            return "field.form"
    return problem


_PROBLEMS: dict[FieldType, Callable[[Field, object], str | None]] = {
    FieldType.TEXT: _text_problem,
    FieldType.WHOLE: _whole_problem,
    FieldType.FLAG: _flag_problem,
    FieldType.DAY: _text_problem,
    FieldType.INSTANT: _instant_problem,
    FieldType.CHOICE: _choice_problem,
    FieldType.REFERENCE: _text_problem,
    FieldType.WORDS: _words_problem,
}

_DAY = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\[[+-]\d\d:\d\d\]")
ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def _spec(**given: Any) -> Any:
    return dataclasses.field(default=None, metadata={"spec": Field(**given)})


def text(
    label: str,
    max_length: int,
    *,
    required: bool = False,
    personal: Personal = Personal.INTERNAL,
    pattern: str | None = None,
    headings: tuple[str, ...] = (),
    server_only: bool = False,
) -> Any:
    """Declare a text field of at most `max_length` characters."""
    return _spec(
        type=FieldType.TEXT,
        label=label,
        max_length=max_length,
        required=required,
        personal=personal,
        pattern=re.compile(pattern) if pattern else None,
        headings=headings,
        server_only=server_only,
    )


def whole(label: str, *, required: bool = False, headings: tuple[str, ...] = ()) -> Any:
    """Declare a whole number; the field's name says the unit."""
    return _spec(type=FieldType.WHOLE, label=label, required=required, headings=headings)


def flag(label: str, *, headings: tuple[str, ...] = ()) -> Any:
    """Declare a yes-or-no field."""
    return _spec(type=FieldType.FLAG, label=label, headings=headings)


def day(
    label: str,
    *,
    required: bool = False,
    personal: Personal = Personal.INTERNAL,
    headings: tuple[str, ...] = (),
    server_only: bool = False,
) -> Any:
    """Declare a business date (Asia/Shanghai)."""
    return _spec(
        type=FieldType.DAY,
        label=label,
        max_length=10,
        pattern=_DAY,
        required=required,
        personal=personal,
        headings=headings,
        server_only=server_only,
    )


def instant(label: str, *, required: bool = False) -> Any:
    """Declare a moment: UTC, with the author's offset."""
    return _spec(
        type=FieldType.INSTANT, label=label, max_length=40, pattern=_INSTANT, required=required
    )


def choice(
    label: str, choices: tuple[str, ...], *, required: bool = False, headings: tuple[str, ...] = ()
) -> Any:
    """Declare a field that holds one of `choices`."""
    return _spec(
        type=FieldType.CHOICE, label=label, choices=choices, required=required, headings=headings
    )


def reference(label: str, *, required: bool = False) -> Any:
    """Declare a field that holds the id of another record."""
    return _spec(
        type=FieldType.REFERENCE, label=label, max_length=36, pattern=ID, required=required
    )


def words(label: str, max_length: int, *, headings: tuple[str, ...] = ()) -> Any:
    """Declare a list of short texts."""
    return _spec(type=FieldType.WORDS, label=label, max_length=max_length, headings=headings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What every record has, whatever its kind."""

    id: str
    parent: str | None = None


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of record, as everything derived from it sees it."""

    name: str
    label: str
    cls: type[Record]
    fields: tuple[Field, ...]
    stream: str  # bank, branch or portfolio
    parents: tuple[str, ...]  # kinds that may be its parent; "*" any, "" none (a root)
    rank: int  # parents before children
    append_only: bool = False
    server_only: bool = False  # laptops read it, the server's users and feeds write it
    # None: all. Else the server makes and removes such records, and laptops edit these alone.
    laptop_fields: frozenset[str] | None = None
    seats: Offers | Takes | None = None  # see crm.domain.seats

    @cached_property
    def by_name(self) -> Mapping[str, Field]:
        return {spec.name: spec for spec in self.fields}

    @property
    def may_be_root(self) -> bool:
        return "" in self.parents

    def may_hang_under(self, parent_kind: str) -> bool:
        return "*" in self.parents or parent_kind in self.parents

    @property
    def offers(self) -> Offers | None:
        return self.seats if isinstance(self.seats, Offers) else None

    @property
    def takes(self) -> Takes | None:
        return self.seats if isinstance(self.seats, Takes) else None

    def check(self, fields: Mapping[str, object], *, whole_record: bool) -> None:
        """Raise Refused when a value breaks its field's rule.

        None means "empty". Unknown fields pass: a newer laptop or server may
        have put them there. With `whole_record` required fields must be there.
        """
        for name, value in fields.items():
            spec = self.by_name.get(name)
            if spec is not None and value is not None:
                spec.check(value)
            elif spec is not None and spec.required:
                raise Refused("field.required", field=name, limit=0)
        if whole_record:
            for spec in self.fields:
                if spec.required and fields.get(spec.name) is None:
                    raise Refused("field.required", field=spec.name, limit=0)

    def make(self, record_id: str, parent: str | None, fields: Mapping[str, object]) -> Record:
        """Return the domain value; fields this version does not know are left out."""
        known = {n: v for n, v in fields.items() if n in self.by_name and v is not None}
        return self.cls(id=record_id, parent=parent, **cast(Any, known))

    @cached_property
    def open_fields(self) -> tuple[Field, ...]:
        """The fields that people fill in: all but those that the server alone writes."""
        return tuple(spec for spec in self.fields if not spec.server_only)

    def check_open(self, changes: Mapping[str, Sequence[object]]) -> None:
        """Raise Refused `field.server_only` where a laptop's `{field: (base, new)}` changes
        what the server alone writes."""
        for name, (base, new) in changes.items():
            spec = self.by_name.get(name)
            if spec is not None and spec.server_only and base != new:
                raise Refused("field.server_only", field=name)

    def fields_of(self, record: Record) -> Fields:
        """Return the non-empty fields of a domain value."""
        given = ((spec.name, getattr(record, spec.name)) for spec in self.fields)
        return {name: value for name, value in given if value is not None}


def _fields_of_class(cls: type[Record]) -> tuple[Field, ...]:
    specs = []
    for made in dataclasses.fields(cls):
        if "spec" in made.metadata:
            if not NAME.fullmatch(made.name) or made.name in RESERVED:
                raise ValueError(f"field name {made.name!r} is reserved or not lower-case ASCII")
            specs.append(dataclasses.replace(made.metadata["spec"], name=made.name))
    return tuple(specs)


R = TypeVar("R", bound=Record)


@dataclass_transform(kw_only_default=True, frozen_default=True)
def kind(  # noqa: PLR0913 - what a kind says of itself, by name
    name: str,
    *,
    label: str,
    stream: str,
    parents: tuple[str, ...] = ("",),
    rank: int,
    append_only: bool = False,
    server_only: bool = False,
    laptop_fields: frozenset[str] | None = None,
    seats: Offers | Takes | None = None,
) -> Callable[[type[R]], type[R]]:
    """Make a class a record kind; find it again with `kind_of`."""

    def wrap(cls: type[R]) -> type[R]:
        made = dataclass(frozen=True, slots=True, kw_only=True)(cls)
        _KINDS[made] = Kind(
            name=name,
            label=label,
            cls=made,
            fields=_fields_of_class(made),
            stream=stream,
            parents=parents,
            rank=rank,
            append_only=append_only,
            server_only=server_only,
            laptop_fields=laptop_fields,
            seats=seats,
        )
        return made

    return wrap


_KINDS: dict[type[Record], Kind] = {}


def kind_of(cls: type[Record]) -> Kind:
    """Return the kind that a decorated class defines."""
    return _KINDS[cls]


UNKNOWN_RANK = 99  # of a kind that only a newer program knows


class Schema:
    """The kinds that one program knows, by name."""

    def __init__(self, kinds: Iterable[Kind], version: int = SCHEMA_VERSION) -> None:
        self.version = version
        self.kinds = tuple(sorted(kinds, key=lambda k: (k.rank, k.name)))
        self._by_name = {k.name: k for k in self.kinds}
        if len(self._by_name) != len(self.kinds):
            raise ValueError("two kinds share a name")

    def get(self, name: str) -> Kind | None:
        return self._by_name.get(name)

    def __getitem__(self, name: str) -> Kind:
        return self._by_name[name]

    def rank(self, name: str) -> int:
        """Return the kind's rank; kinds we do not know come last."""
        known = self._by_name.get(name)
        return known.rank if known else UNKNOWN_RANK

    def with_kinds(self, *more: type[Record]) -> Schema:
        """Return this schema with kinds added or, under the same name, replaced."""
        kinds = dict(self._by_name)
        kinds.update({kind_of(cls).name: kind_of(cls) for cls in more})
        return Schema(kinds.values(), self.version)
