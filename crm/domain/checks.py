"""Values of a whole record: each field through the rule that it needs.

Used alike by forms, the command line and imports. `normalise` takes what was
typed and gives what is kept; `unverified` tells about kept values what could
not be verified. Neither reads a file, a clock or the network.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from crm.domain import identity, names, phones, postcodes
from crm.domain.choice_words import choice_of
from crm.domain.entry import Checked, code_text, email, split_words, tidy, written_day
from crm.domain.errors import Refused
from crm.domain.kind import Field, Fields, FieldType, Kind, Value
from crm.domain.kinds import CONTACT_TYPES, ID_TYPES

__all__ = ["Checked", "Finding", "normalise", "unverified"]

Given = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that could not be verified; `code` has a text in resources/messages."""

    field: str
    code: str
    level: str = "unverified"


def normalise(
    kind: Kind, fields: Given, *, whole_record: bool = False
) -> tuple[Fields, tuple[Finding, ...]]:
    """Return the fields as they are kept, and what could not be verified.

    Empty texts mean "not given" and are left out. Fields that explain each other
    must come together: id_type with id_number, type with value, address with postcode.
    A resident number without a type gets its type. Unknown fields pass untouched.

    Raises: Refused, with the fact `field`; nothing personal is in it.
    """
    kept: Fields = {}
    findings: list[Finding] = []
    for name, given in _typed(fields).items():
        checked = _checked(kind, name, given, fields)
        if checked is not None:
            kept[name] = checked[0]
            findings += (Finding(name, code) for code in checked[1])
    _refuse_emptied(kind, fields, kept)
    kind.check(kept, whole_record=whole_record)
    findings += _disagreements(kept)
    return kept, tuple(findings)


def unverified(kind: Kind, fields: Given) -> dict[str, tuple[str, ...]]:
    """Return the doubts about kept values by field; a value no rule would take gets its refusal."""
    doubts: dict[str, list[str]] = {}
    for name, value in fields.items():
        if isinstance(value, str) and value:
            doubts.setdefault(name, []).extend(_doubts(kind, name, value, fields))
    for finding in _disagreements(fields):
        doubts.setdefault(finding.field, []).append(finding.code)
    return {name: tuple(codes) for name, codes in doubts.items() if codes}


def _doubts(kind: Kind, name: str, value: str, fields: Given) -> tuple[str, ...]:
    rule = _rule(kind, name, fields)
    if rule is None:
        return ()
    try:
        return rule(value).unverified
    except Refused as refusal:
        return (refusal.code,)


def _typed(fields: Given) -> Given:
    """Return the fields with the type that a resident number shows by itself."""
    number = fields.get("id_number")
    if isinstance(number, str) and not fields.get("id_type") and identity.looks_resident(number):
        return {**fields, "id_type": identity.RESIDENT}
    return fields


def _checked(
    kind: Kind, name: str, given: object, fields: Given
) -> tuple[Value, tuple[str, ...]] | None:
    if given is None or (isinstance(given, str) and not given.strip()):
        return None
    spec = kind.by_name.get(name)
    try:
        rule = _rule(kind, name, fields) if isinstance(given, str) else None
        if rule is not None:
            checked = rule(str(given))
            return checked.value, checked.unverified
        value = _by_type(spec, given)
    except Refused as refusal:
        raise Refused(refusal.code, **{**refusal.facts, "field": name}) from refusal
    return (value, ()) if value not in ("", []) else None


def _refuse_emptied(kind: Kind, fields: Given, kept: Fields) -> None:
    for name in fields:
        spec = kind.by_name.get(name)
        if spec is not None and spec.required and name not in kept:
            raise Refused("field.required", field=name, limit=0)


Rule = Callable[[str], Checked]


def _rule(kind: Kind, name: str, fields: Given) -> Rule | None:
    """Return the value rule of a field, or None where its type alone decides."""
    if kind.name == "contact_point" and name == "value":
        return _contact_rule(fields.get("type"))
    if kind.name == "customer" and name == "id_number":
        id_type = _id_type(fields)
        return lambda text: identity.parse(text, id_type)
    return _RULES.get((kind.name, name)) or _RULES.get(("", name))


_RULES: dict[tuple[str, str], Rule] = {
    ("customer", "name"): names.parse,
    ("household_member", "name"): names.parse,
    ("staff", "name"): names.parse,
    ("", "phone"): phones.parse,
    ("", "postcode"): postcodes.parse,
    ("", "email"): email,
}


def _id_type(fields: Given) -> str:
    chosen = _chosen(ID_TYPES, fields.get("id_type"))
    resident = identity.looks_resident(str(fields.get("id_number")))
    return chosen or (identity.RESIDENT if resident else "other")


def _chosen(choices: tuple[str, ...], given: object) -> str | None:
    """Return the choice, or None: a bad one is refused where its own field is read."""
    try:
        return choice_of(choices, given) if isinstance(given, str) else None
    except Refused:
        return None


def _contact_rule(given: object) -> Rule | None:
    contact_type = _chosen(CONTACT_TYPES, given)
    if contact_type in ("mobile", "home_phone", "work_phone"):
        return phones.parse
    return email if contact_type == "email" else None


def _by_type(spec: Field | None, given: object) -> Value:
    if spec is not None and isinstance(given, str):
        return _READERS.get(spec.type, _read_text)(spec, given)
    if isinstance(given, (str, int, bool, list)):
        return given
    raise Refused("field.type")


def _read_text(_: Field, text: str) -> Value:
    return tidy(text)


def _read_words(_: Field, text: str) -> Value:
    return split_words(text)


def _read_day(_: Field, text: str) -> Value:
    return written_day(text)


def _read_choice(spec: Field, text: str) -> Value:
    return choice_of(spec.choices, text)


def _read_whole(_: Field, text: str) -> Value:
    code = code_text(text).replace(",", "")
    if not code.removeprefix("-").isdecimal():
        raise Refused("field.type")
    return int(code)


_FLAGS = {"是": True, "有": True, "true": True, "yes": True, "y": True, "1": True, "√": True}
_FLAGS |= {"否": False, "无": False, "false": False, "no": False, "n": False, "0": False}


def _read_flag(_: Field, text: str) -> Value:
    found = _FLAGS.get(code_text(text).lower())
    if found is None:
        raise Refused("field.type")
    return found


_READERS: dict[FieldType, Callable[[Field, str], Value]] = {
    FieldType.WORDS: _read_words,
    FieldType.DAY: _read_day,
    FieldType.CHOICE: _read_choice,
    FieldType.WHOLE: _read_whole,
    FieldType.FLAG: _read_flag,
}


def _disagreements(fields: Given) -> Iterator[Finding]:
    """Yield where two fields of one record tell different things."""
    number, id_type = fields.get("id_number"), fields.get("id_type")
    if isinstance(number, str) and id_type == identity.RESIDENT:
        yield from _against_number(number, fields)
    postcode, address = fields.get("postcode"), fields.get("address")
    both = isinstance(postcode, str) and isinstance(address, str)
    if both and postcodes.matches(str(postcode), str(address)) is False:
        yield Finding("postcode", "postcode.address")


def _against_number(number: str, fields: Given) -> Iterator[Finding]:
    born, gender = identity.birth_date(number), identity.gender(number)
    if born and fields.get("birth_date") not in (None, born.isoformat()):
        yield Finding("birth_date", "identity.birth_differs")
    if gender and fields.get("gender") not in (None, gender):
        yield Finding("gender", "identity.gender_differs")
