"""What the import lets run off the GUI thread: reading, proposing, previewing, mending, saving.

Values in, values out; knows nothing of Qt. Each result holds all that its page shows.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from crm.domain.errors import BadFile, Refused
from crm.domain.kinds import SCHEMA
from crm.interchange.export import write_xlsx
from crm.interchange.files import read_file
from crm.interchange.table import Step
from desktop.services.customers import CUSTOMER
from desktop.services.intake import Intake, preview
from desktop.services.mapping import Inspection, inspect
from desktop.services.mending import RowProblem, problems, repair
from desktop.services.ports import ReaderFactory
from desktop.services.private_files import write_private_file
from desktop.views.intake.lines import FieldCounts, Lines, counted_fields

# What most tables have; any other field may be added by its heading.
TEMPLATE = ("name", "phone", "id_type", "id_number", "gender", "birth_date", "address")


@dataclass(frozen=True, slots=True)
class Proposal:
    """A file and where its columns go so far."""

    inspection: Inspection
    problem: Refused | None
    known_by: Mapping[str, int]


def proposed(inspection: Inspection) -> Proposal:
    return Proposal(inspection, inspection.problem, inspection.known_by)


def opened(
    path: Path,
    sheet: str | None,
    encoding: str | None,
    chosen: Mapping[str, str],
    step: Step,
) -> Proposal:
    """Read a file and propose. Raises: BadFile, Cancelled."""
    data = read_file(path)
    found = inspect(data, path.name, sheet=sheet, encoding=encoding, chosen=chosen, step=step)
    return proposed(found)


def rechosen(inspection: Inspection, chosen: Mapping[str, str]) -> Proposal:
    """Send columns elsewhere, as the person said; headings that the file lacks are passed over."""
    headings = {column.heading for column in inspection.columns}
    for heading, target in chosen.items():
        if heading in headings and inspection.chosen.get(heading) != target:
            inspection = inspection.choose(heading, target)
    return proposed(inspection)


@dataclass(frozen=True, slots=True)
class Preview:
    """A file held against the replica, with what the page says of it."""

    intake: Intake
    problems: tuple[RowProblem, ...]
    fields_written: int  # in customers who are there


def previewed(
    reader: ReaderFactory,
    inspection: Inspection,
    language: str,
    *,
    keep_unsent: bool,
    step: Step,
) -> Preview:
    """Raises: Refused `headings.*`, Cancelled."""
    return told(preview(reader, inspection, keep_unsent=keep_unsent, step=step), language)


def repaired(intake: Intake, row: int, field: str, text: str, language: str) -> Preview:
    """Raises: Refused `import.no_such_row`."""
    return told(repair(intake, row, field, text), language)


def told(intake: Intake, language: str) -> Preview:
    """Say in a language what is wrong with the rows that are not taken."""
    written = sum(intake.fields_changed().values())
    return Preview(intake, problems(intake, language), written)


def lined(
    intake: Intake, tile: str, language: str, only: Collection[str] = ()
) -> tuple[Lines, FieldCounts]:
    """Return the lines of a tile, of some fields only where they are named, and all counts."""
    return Lines(intake, tile, language, only), counted_fields(intake, tile)


def save_table(path: Path, make: Callable[[], bytes]) -> str:
    """Write a table for its owner alone; return the file's name. Raises: BadFile."""
    content = make()
    try:
        write_private_file(path, content)
    except OSError as error:
        raise BadFile("file.unwritable", reason=type(error).__name__) from error
    return path.name


def empty_table(language: str) -> bytes:
    """Return an xlsx with headings and nothing below."""
    return write_xlsx(SCHEMA[CUSTOMER], (), TEMPLATE, language)
