"""What a reason must say, and how an entry of the access log reads."""

from __future__ import annotations

from collections.abc import Mapping

from crm.domain.errors import Refused
from crm.domain.kind import Schema
from crm.domain.kinds import ACCESS_REASONS, SCHEMA
from crm.domain.labels import choice_label, field_label, kind_label

CUSTOMERS, LABELS, RECEIPTS, DOSSIER = "customers", "labels", "receipts", "dossier"
ROWS = "rows_to_mend"
RECORD, RECORDS, LOG, QUARANTINE = "record", "records", "access_log", "quarantine"
FOR = "for"  # "for.club": the purpose that the customers were asked about
_LISTS = {  # what is no field: English, Chinese
    CUSTOMERS: ("list of customers", "客户名单"),
    LABELS: ("address labels", "地址标签"),
    RECEIPTS: ("list of receipts", "回执清单"),
    DOSSIER: ("hand-over dossier", "移交材料"),
    ROWS: ("rows of a file to mend", "待更正的导入行"),
    RECORD: ("whole record", "整条记录"),
    RECORDS: ("list of records", "记录清单"),
    LOG: ("access log", "查阅记录"),
    QUARANTINE: ("edits put aside", "隔离的修改"),
}


OTHER = "other"


def check_reason(reason: str | None, note: str = "") -> str:
    """Return the reason. Raises: Refused `access.reason`, `access.note` unless it says enough."""
    if reason not in ACCESS_REASONS:
        raise Refused("access.reason", reasons=", ".join(ACCESS_REASONS))
    if reason == OTHER and not note.strip():
        raise Refused("access.note")
    return reason


def what_words(what: str, language: str, schema: Schema = SCHEMA) -> str:
    """Return what was seen: "customer.phone, labels" -> "Phone, address labels"."""
    names = [_word(each.strip(), language, schema) for each in what.split(",")]
    return ("、" if language == "zh" else ", ").join(dict.fromkeys(filter(None, names)))


def _word(name: str, language: str, schema: Schema) -> str:
    if name in _LISTS:
        return _LISTS[name][language == "zh"]
    kind, _, field = name.partition(".")
    if not field:
        return kind_label(kind, language, schema)
    if kind == FOR:
        return choice_label(SCHEMA["consent"].by_name["purpose"], field, language)
    return field_label(kind, field, language, schema)


def choice_words(fields: Mapping[str, object], name: str, language: str) -> str:
    """Return the words of an entry's action or reason; "" for none."""
    spec, value = SCHEMA["access_entry"].by_name[name], fields.get(name)
    return choice_label(spec, str(value), language) if value is not None else ""


def why_words(fields: Mapping[str, object], language: str) -> str:
    """Return reason and note: "Another reason: asked by the court"."""
    said = (choice_words(fields, "reason", language), str(fields.get("note") or ""))
    return ("：" if language == "zh" else ": ").join(filter(None, said))
