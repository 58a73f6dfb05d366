"""Records into files that people open: xlsx, and csv in UTF-8 or GB18030.

What is written can be read back by `reading` without a change. Values are
shown in the person's words: Chinese for choices, phones as they are dialled.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence

from crm.domain import phones
from crm.domain.choice_words import chinese
from crm.domain.errors import Refused
from crm.domain.kind import Field, FieldType, Kind, Value
from crm.interchange.headings import label_of
from crm.interchange.neutral import guarded
from crm.interchange.xlsx_out import xlsx_bytes

CSV_ENCODINGS = ("utf-8-sig", "gb18030")

_SHEETS = {"zh": "导出", "en": "Export"}
_FLAGS = {("zh", True): "是", ("zh", False): "否", ("en", True): "yes", ("en", False): "no"}
_WIDTHS = {FieldType.DAY: 12, FieldType.CHOICE: 12, FieldType.FLAG: 8, FieldType.WORDS: 30}
_EXCEL_DIGITS = 11  # longer numbers are shown as 1.1E+17 when a csv file is opened


def write_xlsx(
    kind: Kind,
    records: Iterable[Mapping[str, Value]],
    columns: Sequence[str] | None = None,
    language: str = "zh",
) -> bytes:
    """Return an xlsx file of records' fields; every cell is text.

    `columns` are field names, all of the kind's by default. Raises: Refused
    `export.unknown_column`, `export.too_many_rows`, `export.cell_too_long`.
    """
    specs = _specs(kind, columns)
    headings = [label_of(spec, language) for spec in specs]
    widths = [_WIDTHS.get(spec.type, min(40, max(10, spec.max_length // 4))) for spec in specs]
    return xlsx_bytes(_SHEETS[language], headings, _rows(specs, records, language), widths)


def write_csv(
    kind: Kind,
    records: Iterable[Mapping[str, Value]],
    columns: Sequence[str] | None = None,
    language: str = "zh",
    encoding: str = "utf-8-sig",
) -> bytes:
    """Return a csv file of records' fields, in one of CSV_ENCODINGS.

    Long numbers carry a tab behind them, the one mark by which Excel leaves
    them alone. Raises: Refused `export.unknown_column`, `export.encoding`.
    """
    if encoding not in CSV_ENCODINGS:
        raise Refused("export.encoding", known=", ".join(CSV_ENCODINGS))
    specs = _specs(kind, columns)
    out = io.BytesIO()
    with io.TextIOWrapper(out, encoding, newline="") as text:
        writer = csv.writer(text)
        writer.writerow(label_of(spec, language) for spec in specs)
        for row in _rows(specs, records, language):
            writer.writerow([_csv_cell(cell) for cell in row])
        text.flush()
        return out.getvalue()


def shown(spec: Field, value: Value | None, language: str) -> str:
    """Return a value in the person's words, such that reading gives the value back."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return _FLAGS[language, value]
    if isinstance(value, list):
        return ("、" if language == "zh" else ", ").join(value)
    if spec.type is FieldType.CHOICE and language == "zh":
        return chinese(spec.choices, str(value))
    if spec.name == "phone":
        return _phone(str(value))
    return str(value)


def _phone(number: str) -> str:
    """Return a Chinese number as it is dialled; others with their country code."""
    if phones.is_mobile(number):
        return number.removeprefix("+86")
    if not number.startswith("+86"):
        return number
    dialled = phones.display(number).replace(" ", "-")
    return dialled if _reads_back(dialled, number) else number


def _reads_back(dialled: str, number: str) -> bool:
    try:
        return phones.parse(dialled).value == number
    except Refused:
        return False


def _specs(kind: Kind, columns: Sequence[str] | None) -> list[Field]:
    if columns is None:
        return list(kind.open_fields)
    unknown = [name for name in columns if name not in kind.by_name]
    if unknown or not columns:
        raise Refused("export.unknown_column", known=", ".join(kind.by_name))
    return [kind.by_name[name] for name in columns]


def _rows(
    specs: Sequence[Field], records: Iterable[Mapping[str, Value]], language: str
) -> Iterator[list[str]]:
    for fields in records:
        yield [shown(spec, fields.get(spec.name), language) for spec in specs]


def _csv_cell(text: str) -> str:
    if text.isdecimal() and (len(text) > _EXCEL_DIGITS or text[0] == "0"):
        return text + "\t"
    return guarded(text)
