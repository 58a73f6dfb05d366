"""Values of records as they are printed: choices in words, money, days, masks."""

from __future__ import annotations

from dataclasses import dataclass

from crm.domain import phones
from crm.domain.errors import Refused
from crm.domain.instants import SHANGHAI, parse_instant
from crm.domain.kind import Field, FieldType, Personal
from crm.domain.kinds import SCHEMA
from crm.domain.labels import choice_label, field_label, kind_label
from crm.domain.masking import mask
from crm.domain.messages import line
from server.dossier.values import Entry


@dataclass(frozen=True, slots=True)
class Words:
    """Says everything in one language. `reveal`: nothing is masked."""

    language: str
    reveal: bool = False

    def say(self, code: str, **facts: object) -> str:
        return line(code, self.language, **facts)

    def place(self, page: int, pages: int) -> str:
        return self.say("dossier.foot", page=page, pages=pages)

    def kind(self, kind: str) -> str:
        return kind_label(kind, self.language)

    def label(self, kind: str, name: str) -> str:
        return field_label(kind, name, self.language)

    def value(self, entry: Entry, name: str) -> str:
        """Return a field as it is printed, "" where it is empty."""
        value, kind = entry.fields.get(name), SCHEMA.get(entry.kind)
        spec = kind.by_name.get(name) if kind else None
        if value is None or value == "":
            return ""
        if spec is None:
            return str(value)
        if spec.personal is Personal.MASKED and not self.reveal:
            return mask(spec, value)
        return self._plain(spec, value)

    def _plain(self, spec: Field, value: object) -> str:
        match spec.type:
            case FieldType.CHOICE:
                return choice_label(spec, str(value), self.language)
            case FieldType.WORDS if isinstance(value, list):
                return ("、" if self.language == "zh" else ", ").join(map(str, value))
            case FieldType.INSTANT:
                return self.moment(str(value))
            case _ if str(value).startswith("+"):
                return phones.display(str(value))
        return str(value)

    def moment(self, text: str) -> str:
        """Return a moment in Shanghai's time, to the minute; as it came if it is none."""
        try:
            return parse_instant(text).astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
        except Refused:
            return text

    def money(self, entry: Entry) -> str:
        """Return an account's balance: 1,234.56 CNY."""
        minor = entry.fields.get("balance_minor")
        if not isinstance(minor, int):
            return ""
        sign = "-" if minor < 0 else ""
        return f"{sign}{abs(minor) // 100:,}.{abs(minor) % 100:02d} {entry.text('currency')}"

    def rate(self, entry: Entry) -> str:
        points = entry.fields.get("rate_bp")
        return f"{points / 100:.2f}%" if isinstance(points, int) else ""
