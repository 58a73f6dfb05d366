"""The pages of a person's report (PIPL article 45): what is held, whence, for what, who saw it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from crm.domain.kinds import SCHEMA
from crm.paper.faces import chain_for
from crm.paper.pdf import PdfBook
from crm.paper.setter import INNER_MM, LEFT_MM, Cell, Setter, finished
from server.dossier.customer import section
from server.dossier.held import Held, Report
from server.dossier.words import Words

NAME_MM = 46.0
TITLE_PT = 12.0
PURPOSES = ("service", "account", "visit", "consent", "duty")


def report_pdf(
    report: Report, *, language: str = "zh", font_folders: Sequence[Path] | None = None
) -> bytes:
    """Return the report as a PDF of A4 pages. The same input gives the same bytes.

    Raises: FontsMissing `mailing.fonts.none`.
    """
    folders = None if font_folders is None else tuple(font_folders)
    words, chain = Words(language, reveal=True), chain_for(folders)
    setter = Setter(chain)
    setter.new_page()
    _cover(setter, words, report)
    for part in (_held, _elsewhere, _changes, _readers, _acts):
        part(setter, words, report)
    book = PdfBook(chain, title=words.say("report.title"), language=language)
    head = f"{words.say('report.title')}   {words.moment(report.made_at)}"
    for page in finished(chain, setter.parts, head, words.place):
        book.add(page)
    return book.finish()


def _cover(setter: Setter, words: Words, report: Report) -> None:
    setter.row(Cell(LEFT_MM, INNER_MM, words.say("report.title"), 18))
    setter.gap(3)
    name = report.customer.shown.get("name", "")
    _pair(setter, words.say("report.person"), name)
    _pair(setter, words.say("report.number"), report.customer.entry.id)
    _pair(setter, words.say("report.made"), words.moment(report.made_at))
    section(setter, words.say("report.purposes"), TITLE_PT)
    for purpose in PURPOSES:
        setter.row(Cell(LEFT_MM, INNER_MM, words.say(f"report.purpose.{purpose}")))
    section(setter, words.say("report.rights"), TITLE_PT)
    setter.row(Cell(LEFT_MM, INNER_MM, words.say("report.rights.text")))


def _pair(setter: Setter, name: str, value: str) -> None:
    if value:
        setter.row(
            Cell(LEFT_MM, NAME_MM - 2, name), Cell(LEFT_MM + NAME_MM, INNER_MM - NAME_MM, value)
        )
        setter.gap(0.4)


def _held(setter: Setter, words: Words, report: Report) -> None:
    """Every record by its kind, in the order of the kinds; kinds of a newer program behind them."""
    kinds = [kind.name for kind in SCHEMA.kinds]
    records = [report.customer, *report.family]
    others = sorted({h.entry.kind for h in records} - set(kinds))
    for kind in (*kinds, *others):
        _of_kind(setter, words, kind, [h for h in records if h.entry.kind == kind])


def _of_kind(setter: Setter, words: Words, kind: str, records: Sequence[Held]) -> None:
    if not records:
        return
    section(setter, words.kind(kind), TITLE_PT)
    for held in sorted(records, key=lambda h: (h.since, h.entry.id)):
        _record(setter, words, held)


def _record(setter: Setter, words: Words, held: Held) -> None:
    setter.need(12)
    for name, value in held.shown.items():
        _pair(setter, words.label(held.entry.kind, name), value)
    whence = words.say(
        "report.whence",
        at=words.moment(held.since),
        by=held.by or words.say("report.bank"),
        changed=held.changed,
    )
    setter.row(Cell(LEFT_MM, INNER_MM, whence, 7.5))
    setter.gap(1.6)


def _elsewhere(setter: Setter, words: Words, report: Report) -> None:
    for code, records in (("elsewhere", report.elsewhere), ("aside", report.aside)):
        if records:
            section(setter, words.say(f"report.{code}"), TITLE_PT)
        for held in records:
            setter.row(Cell(LEFT_MM, INNER_MM, words.kind(held.entry.kind)))
            _record(setter, words, held)


def _changes(setter: Setter, words: Words, report: Report) -> None:
    if not report.changes:
        return
    section(setter, words.say("report.changes"), TITLE_PT)
    rows = (
        (
            words.moment(c.at),
            c.by or words.say("report.bank"),
            f"{words.kind(c.kind)}  {'、'.join(words.label(c.kind, n) for n in c.fields)}",
        )
        for c in report.changes
    )
    _table(setter, (0.0, 34.0, 70.0), rows)


def _readers(setter: Setter, words: Words, report: Report) -> None:
    section(setter, words.say("report.readers"), TITLE_PT)
    now = words.say("report.now")
    rows = (
        (f"{words.moment(r.since)} – {words.moment(r.until) or now}", f"{r.name}  {r.role}")
        for r in report.readers
    )
    _table(setter, (0.0, 70.0), rows)


def _acts(setter: Setter, words: Words, report: Report) -> None:
    if not report.acts:
        return
    section(setter, words.say("report.acts"), TITLE_PT)
    rows = (
        (words.moment(a.at), a.by or words.say("report.bank"), a.what, a.why) for a in report.acts
    )
    _table(setter, (0.0, 34.0, 70.0, 130.0), rows)


def _table(setter: Setter, edges: Sequence[float], rows: Iterable[Sequence[str]]) -> None:
    ends = (*edges[1:], INNER_MM)
    for row in rows:
        cells = zip(edges, ends, row, strict=True)
        setter.row(*(Cell(LEFT_MM + x, end - x - 2, text) for x, end, text in cells))
        setter.gap(0.4)
