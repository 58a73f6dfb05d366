"""How values, records and people are said on the two pages. Pure of widgets; masks class C3."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlsplit

from crm.domain.kind import Field, FieldType, Personal, Schema
from crm.domain.labels import choice_label, field_label, kind_label
from crm.domain.masking import UNKNOWN, mask
from crm.domain.phones import display
from desktop.services.differing import Spans, changed_spans
from desktop.views.language.formats import DASH, amount_exact, day_long, moment_text
from desktop.views.language.translating import translate

_OWN_DAY = {"visit": "on", "task": "due_on"}  # what tells one record of a kind from the others
_OWN_NAME = {
    "household": "name",
    "household_member": "name",
    "task": "title",
    "tag": "label",
    "customer": "name",
}


@dataclass(frozen=True, slots=True)
class Words:
    """What wording depends on."""

    schema: Schema
    language: str
    now: datetime
    today: date

    # --- values ---

    def spec(self, kind: str, field: str) -> Field:
        """Return a field's definition; what a newer server made up counts as masked."""
        known = self.schema.get(kind)
        return (known.by_name.get(field) if known else None) or UNKNOWN

    def value(self, spec: Field, value: object, *, masked: bool = True) -> str:
        """Return a value as it is read; a dash for nothing."""
        if value is None or value in ("", []):
            return DASH
        if masked and spec.personal is Personal.MASKED:
            return mask(spec, value if isinstance(value, str) else str(value))
        return self._open_value(spec, value)

    def _open_value(self, spec: Field, value: object) -> str:
        if isinstance(value, bool):
            return translate("Settle", "Yes") if value else translate("Settle", "No")
        if isinstance(value, int):
            return self._number(spec, value)
        if isinstance(value, list):
            return ("、" if self.language == "zh" else ", ").join(map(str, value))
        return self._text(spec, str(value))

    def _number(self, spec: Field, value: int) -> str:
        if spec.name.endswith("_minor"):
            return amount_exact(value, self.language)
        return f"{value / 100:.2f}%" if spec.name.endswith("_bp") else f"{value:,}"

    def _text(self, spec: Field, value: str) -> str:
        if spec.type is FieldType.CHOICE:
            return choice_label(spec, value, self.language)
        if spec.type is FieldType.DAY:
            return day_long(value, self.today, self.language)
        if spec.type is FieldType.INSTANT:
            return moment_text(value, self.now, self.language)
        if value.startswith("+") and value[1:].isdigit():
            return display(value)
        return value

    # --- what things are called ---

    def field(self, kind: str, field: str) -> str:
        return field_label(kind, field, self.language, self.schema)

    def kind(self, kind: str) -> str:
        return kind_label(kind, self.language, self.schema)

    def record(self, kind: str, fields: Mapping[str, object]) -> str:
        """Return what tells one record under a customer from its neighbours; "" for a customer."""
        if kind == "customer":
            return ""
        name = fields.get(_OWN_NAME.get(kind, ""))
        day = fields.get(_OWN_DAY.get(kind, ""))
        said = str(name) if name else self._text(self.spec(kind, "on"), str(day)) if day else ""
        return f"{self.kind(kind)} {said}".strip()

    def place(self, kind: str, field: str, fields: Mapping[str, object]) -> str:
        """Return the name of a field, with its record where that is not the customer."""
        record, label = self.record(kind, fields), self.field(kind, field)
        return self.joined(record, label)

    def joined(self, *pieces: str) -> str:
        between = "·" if self.language == "zh" else " · "
        return between.join(piece for piece in pieces if piece)

    def listed(self, *pieces: str) -> str:
        return ("、" if self.language == "zh" else ", ").join(dict.fromkeys(pieces))

    def moment(self, instant: str | None) -> str:
        return moment_text(instant, self.now, self.language) if instant else ""

    def summary(self, kind: str, fields: Mapping[str, object], *, masked: bool = True) -> str:
        """Return the fields of a record, a line each."""
        colon = "：" if self.language == "zh" else ": "
        said = (
            (self.field(kind, name), self.value(self.spec(kind, name), value, masked=masked))
            for name, value in fields.items()
            if value not in (None, "", [])
        )
        return "\n".join(f"{name}{colon}{value}" for name, value in said)


def marks(spec: Field, before: str, after: str) -> Spans:
    """Return what to mark: characters of a text, all of a day, a number or a choice."""
    if after in (before, DASH):
        return ()
    if before == DASH or spec.type not in (FieldType.TEXT, FieldType.WORDS):
        return ((0, len(after)),)
    return changed_spans(before, after)


def host_of(url: str) -> str:
    """Return the server's name for people: without scheme and path."""
    return urlsplit(url).netloc or url
