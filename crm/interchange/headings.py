"""Which column of a person's table is which field.

A heading matches by its words alone: capitals, blanks, full-width letters,
stars and notes in brackets do not count. What matches is used; what nearly
matches is only suggested; the person's own word wins over both.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from crm.domain.errors import Refused
from crm.domain.kind import Field, Kind

PROBLEM_HEADINGS = ("问题", "Problem")  # the column that `mending` adds; never data

_NOTE = re.compile(r"[(\[{<【〔《「][^)\]}>】〕》」]*[)\]}>】〕》」]?")
_NOT_WORDS = re.compile(r"[\W_]+")
_OWNER = re.compile(r"^(?:客户|customer)(?=.)")
_CHINESE = re.compile(r"[\u3400-\u9fff]")
_NEAR = 0.72  # of difflib's ratio; "手机号吗" reaches 0.75, "姓名拼音" for "姓名" 0.67


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnMapping:
    """Which column feeds which field, and what happened to the others."""

    columns: Mapping[int, str]  # index -> field name
    headings: tuple[str, ...]
    suggested: Mapping[str, str]  # heading -> field name, not used unless the person says so
    left_out: tuple[str, ...]  # headings that feed nothing, suggested ones included


def plain_heading(heading: str) -> str:
    """Return the words of a heading: `*手机 号码（必填）` -> `手机号码`, `【邮编】` -> `邮编`."""
    folded = unicodedata.normalize("NFKC", heading).casefold()
    words = _NOT_WORDS.sub("", _NOTE.sub("", folded))
    return words or _NOT_WORDS.sub("", folded)


@cache
def known_headings(kind: Kind) -> Mapping[str, str]:
    """Return plain heading -> field name, for every way a field of `kind` is called.

    Raises: ValueError when two fields share a heading.
    """
    known: dict[str, str] = {}
    for spec in kind.open_fields:
        for word in {plain_heading(w) for w in (spec.name, spec.label, *spec.headings)}:
            if known.setdefault(word, spec.name) != spec.name:
                raise ValueError(f"two fields of {kind.name} are called {word}")
    return known


def label_of(spec: Field, language: str) -> str:
    """Return what a field is called in `language`: its first heading is its Chinese name."""
    if language == "zh" and spec.headings and _CHINESE.search(spec.headings[0]):
        return spec.headings[0]
    return spec.label


def is_own_name(heading: str, spec: Field) -> bool:
    """Tell whether a heading is what the program itself calls the field, not another word."""
    own = (spec.name, spec.label, *spec.headings[:1])
    return plain_heading(heading) in map(plain_heading, own)


def match_headings(
    headings: Sequence[str], kind: Kind, overrides: Mapping[str, str] | None = None
) -> ColumnMapping:
    """Return which column feeds which field of `kind`.

    `overrides` maps a heading to a field name, or to "" to leave it out.
    Raises: Refused `headings.unknown_column`, `headings.unknown_field`,
    `headings.two_columns`, `headings.none`, `headings.missing`.
    """
    mapping = likely_headings(headings, kind, overrides)
    _refuse_two_columns(mapping.columns, headings, kind)
    _refuse_missing(mapping.columns, headings, kind)
    return mapping


def likely_headings(
    headings: Sequence[str], kind: Kind, overrides: Mapping[str, str] | None = None
) -> ColumnMapping:
    """Return what `match_headings` would, also where it is not yet fit to read rows with.

    For a person who is still choosing: fields may lack a column, or have two.
    Raises: Refused `headings.unknown_column`, `headings.unknown_field`.
    """
    chosen = _chosen(headings, kind, overrides or {})
    columns = {i: field for i, field in enumerate(_fields(headings, kind, chosen)) if field}
    open_columns = [h for i, h in enumerate(headings) if h and i not in columns]
    free = {name: w for w, name in known_headings(kind).items() if name not in columns.values()}
    return ColumnMapping(
        columns=columns,
        headings=tuple(headings),
        suggested=_suggestions([h for h in open_columns if h not in chosen], kind, set(free)),
        left_out=tuple(open_columns),
    )


def _chosen(headings: Sequence[str], kind: Kind, overrides: Mapping[str, str]) -> dict[str, str]:
    exact = {heading: heading for heading in headings}
    loose = {plain_heading(heading): heading for heading in reversed(headings)}
    chosen = {}
    for heading, field in overrides.items():
        found = exact.get(heading) or loose.get(plain_heading(heading))
        if not found:
            raise Refused("headings.unknown_column", heading=heading, seen=_listed(headings))
        if field and field not in (known := [spec.name for spec in kind.open_fields]):
            raise Refused("headings.unknown_field", known=", ".join(known))
        chosen[found] = field
    return chosen


def _fields(headings: Sequence[str], kind: Kind, chosen: Mapping[str, str]) -> list[str | None]:
    ignored = {plain_heading(heading) for heading in PROBLEM_HEADINGS}
    named = set(chosen.values())
    found: list[str | None] = []
    for heading in headings:
        plain = plain_heading(heading)
        field = None if plain in ignored else _known(plain, kind)
        # a column that the person named for this field replaces one that only matches
        found.append(chosen.get(heading, None if field in named else field))
    return found


def _known(plain: str, kind: Kind) -> str | None:
    known = known_headings(kind)
    return known.get(plain) or known.get(_OWNER.sub("", plain))


def _refuse_two_columns(columns: Mapping[int, str], headings: Sequence[str], kind: Kind) -> None:
    for name in set(columns.values()):
        same = [headings[i] for i, field in columns.items() if field == name]
        if len(same) > 1:
            raise Refused(
                "headings.two_columns",
                field=_said(kind.by_name[name]),
                seen=_listed(same),
                heading=same[-1],
            )


def _said(spec: Field) -> str:
    """Return how a field is called in messages of any language."""
    return " / ".join((spec.label, *spec.headings[:2]))


def _refuse_missing(columns: Mapping[int, str], headings: Sequence[str], kind: Kind) -> None:
    missing = [s for s in kind.fields if s.required and s.name not in columns.values()]
    if not missing:
        return
    needed = ", ".join(map(_said, missing))
    if not columns:  # perhaps no headings at all but a first customer, whom no message may name
        raise Refused("headings.none", needed=needed)
    raise Refused("headings.missing", needed=needed, seen=_listed(headings))


def _listed(headings: Sequence[str]) -> str:
    return ", ".join(heading[:20] for heading in headings[:40] if heading)


def _suggestions(headings: Sequence[str], kind: Kind, free: set[str]) -> dict[str, str]:
    words = {word: name for word, name in known_headings(kind).items() if name in free}
    near = {heading: _near(plain_heading(heading), words) for heading in headings}
    return {heading: name for heading, name in near.items() if name}


def _near(plain: str, words: Mapping[str, str]) -> str | None:
    if not plain or plain in {plain_heading(h) for h in PROBLEM_HEADINGS}:
        return None
    inside = [word for word in words if len(word) > 1 and (word in plain or plain in word)]
    close = difflib.get_close_matches(plain, words, n=1, cutoff=_NEAR)
    best = close[0] if close else max(inside, key=len, default=None)
    return words[best] if best and len(plain) > 1 else None
