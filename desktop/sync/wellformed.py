"""What a reply must look like before anything of it is used. Believes nobody's types.

A server that was broken into, or one with a defect, must not bring down a laptop nor leave
half of its nonsense there. Every reader here raises ServerUnreachable `sync.protocol` with the
place, never the value.

Entries come by the hundred thousand in a first sync: they are looked at by columns, which costs
a twentieth of applying them at most.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import chain, groupby
from operator import itemgetter
from typing import Any, NoReturn

from crm.domain.errors import Refused, ServerUnreachable
from crm.domain.kind import ID, MAX_WHOLE, NAME, Field, FieldType, Schema
from crm.records.canonical import bucket, check_wire_value

CAUSES = frozenset({"deleted", "moved", "merged", "erased"})
BUCKETS = 256
EPOCH_MOST = 64  # characters
_PLACES = 8
_DIGEST = re.compile(r"[0-9a-f]{32}")
SCAN_POSITION = re.compile(rf"([0-9]{{1,3}}):({ID.pattern})")
_STREAM = re.compile(r"[a-z]{1,20}(:[0-9a-z-]{1,40})?")
_DASHES = (8, 13, 18, 23)
_ID_LENGTH = 36


def wrong(place: str) -> NoReturn:
    raise ServerUnreachable("sync.protocol", place=place)


def whole(value: object, place: str, least: int = 0) -> int:
    """Return a whole number from `least` to 2^53-1; JSON's true and 1.0 are none."""
    if type(value) is not int or not least <= value <= MAX_WHOLE:
        wrong(place)
    return value


def flag(value: object, place: str) -> bool:
    if not isinstance(value, bool):
        wrong(place)
    return value


def text(value: object, place: str, most: int) -> str:
    """Return a text of at most `most` characters."""
    if not isinstance(value, str) or len(value) > most:
        wrong(place)
    return value


def seal_key(value: object) -> str:
    """Return the key that operations are sealed to; "" of a server older than sealing."""
    from crm.records.sealing import check_seal_key  # late: its library loads slowly

    found = text(value, "seal_key", 100)
    try:
        if found:
            check_seal_key(found)
    except ValueError:
        wrong("seal_key")
    return found


def id_text(value: object, place: str) -> str:
    if not isinstance(value, str) or not ID.fullmatch(value):
        wrong(place)
    return value


def epoch_text(value: object, place: str) -> str:
    return text(value, place, EPOCH_MOST)


def digest(value: object, place: str) -> int:
    """Return a digest, 32 hexadecimal digits, as a number."""
    if not isinstance(value, str) or not _DIGEST.fullmatch(value):
        wrong(place)
    return int(value, 16)


def is_stream(name: str) -> bool:
    """Tell whether a server would take this for a stream's name."""
    return _STREAM.fullmatch(name) is not None and (":" in name or name == "bank")


def stream_name(value: object, place: str) -> str:
    if not isinstance(value, str) or not _STREAM.fullmatch(value):
        wrong(place)
    return value


def mapping(value: object, place: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        wrong(place)
    return value


def position(value: object, place: str) -> tuple[int, str]:
    """Return a position in a scan as (rank, id), which is its order; "" comes before all."""
    if value == "":
        return -1, ""
    found = SCAN_POSITION.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        wrong(place)
    return int(found[1]), found[2]


def buckets_told(value: object) -> list[int]:
    """Return numbers of buckets."""
    if not isinstance(value, list) or not _all_of(value, int):
        wrong("check.buckets")
    if not set(range(BUCKETS)).issuperset(value):
        wrong("check.buckets")
    return value


def ids_told(value: object, place: str) -> list[str]:
    """Return a list of ids."""
    if not isinstance(value, list) or not _all_of(value, str) or not are_ids(set(value)):
        wrong(place)
    return value


class Entries:
    """Looks at the entries of pages and checks. Knows the types of the fields of a schema."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema

    def of_scan(self, entries: object, most: int) -> None:
        """Raise unless these are at most `most` put entries with number 0."""
        numbers, *columns = _columns(entries, most)
        if not _all_of(numbers, int) or any(numbers):
            wrong("entry.number")
        _check_envelope(*columns[:5])
        self._puts(columns[1], *columns[5:])

    def of_log(self, entries: object, most: int, after: int, until: int) -> None:
        """Raise unless these are at most `most` entries, numbered upwards, after < n <= until."""
        numbers, *columns = _columns(entries, most)
        if not _all_of(numbers, int) or not _climb(numbers, after, until):
            wrong("entry.number")
        _check_envelope(*columns[:5])
        _, kinds, _, _, _, fields, asides = columns
        gone = [aside for told, aside in zip(fields, asides, strict=True) if told is None]
        if not _all_of(gone, str) or not CAUSES.issuperset(gone):
            wrong("entry.cause")
        puts = [told for told in zip(kinds, fields, asides, strict=True) if told[1] is not None]
        self._puts(*(zip(*puts, strict=True) if puts else ((), (), ())))

    def of_check(self, entries: object, buckets: Collection[int], most: int) -> None:
        """Raise unless these are at most `most` put entries of `buckets`."""
        self.of_scan(entries, most)
        if not set(buckets).issuperset(bucket(entry[1]) for entry in _list(entries)):
            wrong("entry.bucket")

    def _puts(self, kinds: Sequence[str], fields: Sequence[Any], asides: Sequence[object]) -> None:
        if not _all_of(asides, str, type(None)):
            wrong("entry.aside")
        if not _all_of(fields, dict):
            wrong("entry.fields")
        for kind, of_kind in groupby(zip(kinds, fields, strict=True), key=itemgetter(0)):
            self._fields(kind, [told for _, told in of_kind])

    def _fields(self, kind: str, records: Sequence[dict[str, Any]]) -> None:
        """Raise unless each value is of its field's type; one that is empty must be absent.

        Most are texts: they are counted, and only the other fields are taken out one by one.
        """
        types = list(map(type, chain.from_iterable(map(dict.values, records))))
        texts = len(types)
        known = self._schema.get(kind)
        specs = known.by_name if known is not None else {}
        for name in set().union(*records):
            spec = specs.get(name)
            if spec is None or spec.type in _NOT_TEXT:
                values = [told[name] for told in records if name in told]
                texts -= len(values) - _texts_among(name, spec, values)
        if types.count(str) != texts:
            wrong("entry.fields")


def _texts_among(name: str, spec: Field | None, values: Sequence[Any]) -> int:
    """Return how many of a field's good values are texts; raise for one that is not good."""
    if not (_may_be_kept(name, values) if spec is None else _fit(spec, values)):
        wrong("entry.fields")
    return 0 if spec is not None else list(map(type, values)).count(str)


_NOT_TEXT = frozenset({FieldType.WHOLE, FieldType.FLAG, FieldType.WORDS})


def _fit(spec: Field, values: Sequence[Any]) -> bool:
    """Tell whether values are of the field's type. What they may be is the server's to judge."""
    if spec.type is FieldType.WHOLE:
        return _all_of(values, int) and _between(values, -MAX_WHOLE, MAX_WHOLE)
    if spec.type is FieldType.FLAG:
        return _all_of(values, bool)
    return _all_of(values, list) and _all_of(chain.from_iterable(values), str)


def _may_be_kept(name: str, values: Sequence[object]) -> bool:
    """Tell whether values of a field that only a newer program knows can be kept as they came."""
    try:
        for value in values:
            check_wire_value(value)
    except Refused:
        return False
    return None not in values and NAME.fullmatch(name) is not None


def _check_envelope(
    ids: Sequence[Any],
    kinds: Sequence[Any],
    versions: Sequence[Any],
    parents: Sequence[Any],
    roots: Sequence[Any],
) -> None:
    if not (_all_of(ids, str) and _all_of(parents, str, type(None)) and _all_of(roots, str)):
        wrong("entry.id")
    if not are_ids({*ids, *parents, *roots} - {None}):
        wrong("entry.id")
    if not _all_of(kinds, str) or not all(map(NAME.fullmatch, set(kinds))):
        wrong("entry.kind")
    if not _all_of(versions, int) or not _between(versions, 1, MAX_WHOLE):
        wrong("entry.version")


def are_ids(values: Collection[str]) -> bool:
    """Tell whether each of `values` is an id: 36 characters, as UUIDs are written."""
    if not {_ID_LENGTH}.issuperset(map(len, values)):
        return False
    joined = "".join(values)
    if not joined.isascii() or any(joined[place::_ID_LENGTH].strip("-") for place in _DASHES):
        return False
    rest = joined.encode().translate(None, b"0123456789abcdef")
    return rest == b"-" * (len(_DASHES) * len(values))


def _columns(entries: object, most: int) -> list[tuple[Any, ...]]:
    """Return the eight columns of `entries`."""
    found = _list(entries)
    if len(found) > most or not _all_of(found, list) or not {_PLACES}.issuperset(map(len, found)):
        wrong("entries")
    return list(zip(*found, strict=True)) if found else [()] * _PLACES


def _list(entries: object) -> list[Any]:
    if not isinstance(entries, list):
        wrong("entries")
    return entries


def _all_of(values: Iterable[object], *types: type) -> bool:
    """Tell whether all `values` are of just these types: a bool is no int here."""
    return set(types).issuperset(map(type, values))


def _between(values: Collection[int], least: int, most: int) -> bool:
    return not values or (min(values) >= least and max(values) <= most)


def _climb(numbers: Collection[int], after: int, until: int) -> bool:
    climbing = sorted(set(numbers)) == list(numbers)
    return climbing and _between(numbers, after + 1, until)
