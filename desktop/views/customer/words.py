"""How a customer's values are worded: for reading, for typing, and what is wrong with them.

Pure functions of values, the language and today. Nothing here reads the replica; fields of
class C3 come out masked unless somebody asked for exactly this one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from crm.domain import phones
from crm.domain.errors import UserError
from crm.domain.instants import business_date
from crm.domain.kind import Field, FieldType, Kind, Personal, Schema
from crm.domain.labels import choice_label, field_label, kind_label
from crm.domain.masking import mask
from crm.domain.messages import catalogue, explain
from desktop.services.forms import Checked
from desktop.services.ports import Held
from desktop.views.language.formats import day_long, day_text
from desktop.views.language.translating import translate

UNKNOWN = "***"  # not even the length is told
_ALWAYS_ISO = frozenset({"birth_date", "since", "opened_on"})  # days of other years, mostly


@dataclass(frozen=True, slots=True)
class Voice:
    """In which language, and as of when, something is said."""

    language: str
    now: datetime
    schema: Schema

    @property
    def today(self) -> date:
        return business_date(self.now)

    def kind(self, name: str) -> str:
        return kind_label(name, self.language, self.schema)

    def field(self, kind: str, name: str) -> str:
        return field_label(kind, name, self.language, self.schema)

    def choice(self, kind: str, name: str, value: object) -> str:
        """Return what a choice is called; "" for none."""
        spec = self.spec(kind, name)
        if value is None or spec is None:
            return ""
        return choice_label(spec, str(value), self.language)

    def choices(self, kind: str, name: str) -> tuple[tuple[str, str], ...]:
        """Return (key, words) of a choice field, the empty choice first; () for other fields."""
        spec = self.spec(kind, name)
        if spec is None or not spec.choices:
            return ()
        offered = [(key, choice_label(spec, key, self.language)) for key in spec.choices]
        return tuple(offered) if spec.required else (("", "—"), *offered)

    def spec(self, kind: str, name: str) -> Field | None:
        known = self.schema.get(kind)
        return known.by_name.get(name) if known else None

    def joined(self, words: list[str]) -> str:
        return ("、" if self.language == "zh" else ", ").join(words)


def shown(voice: Voice, held: Held, name: str, *, revealed: bool = False) -> str:
    """Return a field as it stands on a page: "" for nothing, masked unless it is revealed."""
    return shown_value(voice, held.kind, name, held.fields.get(name), revealed=revealed)


def shown_value(
    voice: Voice, kind: str, name: str, value: object, *, revealed: bool = False
) -> str:
    """Return a value of a field as it stands on a page."""
    spec = voice.spec(kind, name)
    if value is None or value == "":
        return ""
    if spec is None:  # of a newer branch: nobody here knows how secret it is
        return UNKNOWN
    if is_masked(spec) and not revealed:
        return mask(spec, value)  # type: ignore[arg-type]
    return _readable(voice, spec, value)


def _readable(voice: Voice, spec: Field, value: object) -> str:
    match spec.type:
        case FieldType.CHOICE:
            return choice_label(spec, str(value), voice.language)
        case FieldType.DAY if spec.name not in _ALWAYS_ISO:
            return day_text(str(value), voice.today, voice.language)
        case FieldType.WORDS if isinstance(value, list):
            return voice.joined([str(word) for word in value])
        case FieldType.FLAG:
            return translate("Customer", "Yes") if value else translate("Customer", "No")
        case _:
            return typed_value(spec, value)


def texts_of(voice: Voice, held: Held, name: str) -> tuple[str, ...]:
    """Return how a value may read when it was copied: as it is kept, and as it is typed."""
    spec, value = voice.spec(held.kind, name), held.fields.get(name)
    if spec is None or value is None:
        return ()
    return str(value), typed_value(spec, value)


def set_aside_words(voice: Voice, kind: str, field: str, values: object, by: object) -> str:
    """Say which values a conflict was settled against, and by whom; "" where there are none."""
    told = values if isinstance(values, tuple) else ()
    said = [shown_value(voice, kind, field, value) or "—" for value in told]
    if not said:
        return ""
    what = voice.joined(said)
    if by:
        words = translate("Customer", "set aside by {name}: {values}")
        return words.format(name=by, values=what)
    return translate("Customer", "set aside: {values}").format(values=what)


def typed_value(spec: Field, value: object) -> str:
    """Return a value as a person would type it: what an editor starts with."""
    if value is None:
        return ""
    if isinstance(value, list):
        return "、".join(map(str, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = str(value)
    return phones.display(text) if _is_phone(spec, text) else text


def _is_phone(spec: Field, text: str) -> bool:
    return spec.name in ("phone", "value") and text.startswith("+") and text[1:].isdecimal()


def is_masked(spec: Field | None) -> bool:
    return spec is not None and spec.personal is Personal.MASKED


@dataclass(frozen=True, slots=True)
class Note:
    """What stands beside a field: a sentence, and the words of a link that mends it."""

    sentence: str = ""
    fix: str = ""
    proposal: str = ""
    problem: bool = False


NOTHING = Note()


def note_of(voice: Voice, kind: Kind, name: str, checked: Checked) -> Note:
    """Return what is to be said of a field that was checked; empty if nothing is."""
    fix = fix_words(voice, kind.name, name, checked.proposal)
    proposal = checked.proposal or ""
    if checked.problem:
        sentence = told(voice, kind.name, checked.problem, checked.facts)
        return Note(sentence, fix, proposal, problem=True)
    if checked.doubts:
        sentences = [told(voice, kind.name, code, {"field": name}) for code in checked.doubts]
        return Note(" ".join(sentences), fix, proposal)
    if checked.proposal and not checked.value:
        return Note(translate("Customer", "The other fields say what belongs here."), fix, proposal)
    return Note()


def told(voice: Voice, kind: str, code: str, facts: Mapping[str, object]) -> str:
    """Return the text of a problem in one line, with the field's name as the screen calls it."""
    named = dict(facts)
    if "field" in named:
        named["field"] = voice.field(kind, str(named["field"]))
    what, remedy = explain(UserError(code, **named), voice.language)
    return f"{what}{'' if voice.language == 'zh' else ' '}{remedy}".strip()


def fix_words(voice: Voice, kind: str, name: str, proposal: str | None) -> str:
    """Return "Use Friday 20 March" for a proposal; "" for none."""
    if proposal is None:
        return ""
    spec = voice.spec(kind, name)
    if spec is not None and spec.type is FieldType.DAY and name not in _ALWAYS_ISO:
        proposal = day_long(proposal, voice.today, voice.language)
    elif spec is not None and spec.choices:
        proposal = choice_label(spec, proposal, voice.language)
    return translate("Customer", "Use {value}").format(value=proposal)


def reason_words(voice: Voice, code: str | None) -> str:
    """Return why the branch refused something; "" where that cannot be said."""
    try:
        return told(voice, "", code, {}) if code in catalogue() else ""
    except KeyError:  # its text names facts, and the branch sends the code alone
        return ""


def mark_words(mark: str | None) -> str:
    """Return what a sync mark means."""
    return {
        "waiting": translate("Customer", "Waits to be sent"),
        "to_settle": translate("Customer", "To settle"),
        "refused": translate("Customer", "Refused by the branch"),
    }.get(mark or "", "")
