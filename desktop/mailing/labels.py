"""A run of address labels: check each addressee, lay it out, draw it, report what to look at."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from crm.domain.errors import Refused
from crm.paper.faces import FaceChain, chain_for
from crm.paper.pdf import PdfBook
from crm.paper.text import clean, has_han
from crm.paper.values import Page, Run
from desktop.mailing.cells import Place, check_cells, free_after, places
from desktop.mailing.layout import Fitted, LabelSetter, Words
from desktop.mailing.postal import postcode_problem
from desktop.mailing.sheets import Sheet, sheet_named
from desktop.mailing.values import Addressee, Finding, LabelPlan, LabelRun
from desktop.services.labelling import (
    BAD,
    FREE,
    KEPT,
    LABEL,
    USED,
    PlannedCell,
    PlannedLine,
    PlannedSheet,
)

MOST_OFFSET_MM = 20  # more is another sheet, or a page that the printer scaled
TITLES = {"en": "Address labels", "zh": "地址标签"}
FITTING_CODES = {
    ("postcode", "shrunk"): "mailing.postcode.shrunk",
    ("postcode", "too_long"): "mailing.postcode.too_long",
    ("address", "shrunk"): "mailing.address.shrunk",
    ("address", "too_long"): "mailing.address.too_long",
    ("name", "shrunk"): "mailing.name.shrunk",
    ("name", "too_long"): "mailing.name.too_long",
}


def print_labels(
    addressees: Sequence[Addressee],
    *,
    sheet: str,
    first_cell: int,
    skip: Collection[int],
    offset_mm: tuple[float, float],
    language: str,
    progress: Callable[[int, int], None],
    font_folders: Sequence[Path] | None,
) -> LabelRun:
    """See desktop.mailing.label_pdf."""
    plan = sheet_named(sheet)
    _check_offset(offset_mm)
    run = _checked_run(plan, language, first_cell, skip, font_folders)
    book = PdfBook(run.chain, title=TITLES[language], language=language)
    for filled in run.sheets(addressees):
        book.add(_page(plan, filled, offset_mm))
        progress(run.done, len(addressees))
    if not run.labels:
        raise Refused("mailing.labels.empty", given=len(addressees))
    return LabelRun(
        pdf=book.finish(), sheets=run.sheet, labels=run.labels, findings=tuple(run.findings)
    )


def plan_labels(
    addressees: Sequence[Addressee],
    *,
    sheet: str,
    first_cell: int,
    skip: Collection[int],
    bad: Collection[int],
    language: str,
    progress: Callable[[int, int], None],
    font_folders: Sequence[Path] | None,
) -> LabelPlan:
    """See desktop.mailing.label_plan."""
    plan, closed = sheet_named(sheet), {*skip, *bad}
    run = _checked_run(plan, language, first_cell, closed, font_folders)
    planned = []
    for filled in run.sheets(addressees):
        planned.append(_planned_sheet(plan, filled, first_cell, closed, bad))
        progress(run.done, len(addressees))
    return LabelPlan(
        sheets=tuple(planned) or (_planned_sheet(plan, _Filled(1, {}), first_cell, closed, bad),),
        labels=run.labels,
        findings=tuple(run.findings),
        next_free=free_after(plan, first_cell, closed, run.labels),
    )


def _checked_run(
    plan: Sheet,
    language: str,
    first_cell: int,
    skip: Collection[int],
    font_folders: Sequence[Path] | None,
) -> _Run:
    check_cells(plan, first_cell, skip)
    if language not in plan.order or language not in TITLES:
        raise Refused("mailing.language.unknown", language=language, known=", ".join(plan.order))
    chain = chain_for(None if font_folders is None else tuple(font_folders))
    return _Run(plan, language, chain, places(plan, first_cell, skip))


def _check_offset(offset_mm: tuple[float, float]) -> None:
    if not all(abs(length) <= MOST_OFFSET_MM for length in offset_mm):
        raise Refused("mailing.offset.out_of_range", most=MOST_OFFSET_MM)


class _Filled(NamedTuple):
    """The labels of one sheet: cell -> customer and lines."""

    number: int
    labels: dict[int, tuple[str, list[Run]]]


def _page(plan: Sheet, filled: _Filled, offset_mm: tuple[float, float]) -> Page:
    runs = [run for _, lines in filled.labels.values() for run in lines]
    if any(offset_mm):
        right, down = offset_mm
        runs = [run._replace(x_mm=run.x_mm + right, y_mm=run.y_mm + down) for run in runs]
    return Page(plan.width_mm, plan.height_mm, runs)


def _planned_sheet(
    plan: Sheet, filled: _Filled, first_cell: int, closed: Collection[int], bad: Collection[int]
) -> PlannedSheet:
    first = filled.number == 1
    start = next(places(plan, first_cell, closed))[1] if first else 0

    def state(cell: int) -> str:
        if cell in filled.labels:
            return LABEL
        if first and cell in closed:
            return BAD if cell in bad else USED
        return KEPT if first and cell < first_cell else FREE

    return PlannedSheet(
        number=filled.number,
        cells=tuple(
            _planned_cell(cell, state(cell), cell == start, filled)
            for cell in range(1, plan.cells.count + 1)
        ),
    )


def _planned_cell(cell: int, state: str, start: bool, filled: _Filled) -> PlannedCell:
    ref, runs = filled.labels.get(cell, ("", []))
    return PlannedCell(
        cell=cell, state=state, start=start, ref=ref, lines=tuple(map(_planned_line, runs))
    )


def _planned_line(run: Run) -> PlannedLine:
    text = "".join(span.text for span in run.spans)
    return PlannedLine(text=text, x_mm=run.x_mm, y_mm=run.y_mm, size_pt=run.size_pt)


class _Run:
    """The state of one run: where the next label goes, and what was found so far."""

    def __init__(
        self, sheet: Sheet, language: str, chain: FaceChain, free: Iterator[Place]
    ) -> None:
        self.chain = chain
        self._setter = LabelSetter(sheet, language, chain)
        self._free = free
        self._cell = 0  # of the label that is being set
        self.sheet = 1
        self.done = 0  # addressees dealt with
        self.labels = 0
        self.findings: list[Finding] = []

    def sheets(self, addressees: Sequence[Addressee]) -> Iterator[_Filled]:
        """Give each sheet when it is full; an addressee without an address takes no cell."""
        filled = _Filled(1, {})
        for self.done, addressee in enumerate(addressees):
            if not clean(addressee.address)[0]:
                self._report_unprinted(addressee)
                continue
            self.sheet, self._cell = next(self._free)
            if self.sheet != filled.number:
                yield filled
                filled = _Filled(self.sheet, {})
            filled.labels[self._cell] = (addressee.ref, self._label(addressee))
        self.done = len(addressees)
        if filled.labels:
            yield filled

    def _label(self, addressee: Addressee) -> list[Run]:
        """Set one label into its cell."""
        runs, fitted = self._setter.set_label(self._words(addressee), self._cell - 1)
        self._report_fitting(addressee.ref, fitted)
        self.labels += 1
        return runs

    def _words(self, addressee: Addressee) -> Words:
        """Return what each field will say, after reporting what is doubtful about it."""
        ref = addressee.ref
        name = self._printable(ref, addressee.name)
        address = self._printable(ref, addressee.address)
        postcode = self._printable(ref, addressee.postcode)
        if not name:
            self._report(ref, "mailing.name.missing")
        problem = postcode_problem(postcode, address)
        if problem:
            self._report(ref, problem)
        greeted = _greeted(name, self._printable(ref, addressee.honorific)) if name else ""
        return {"postcode": postcode, "address": address, "name": greeted}

    def _printable(self, ref: str, raw: str) -> str:
        """Return `raw` as one line that the fonts can draw; the rest is spelled as code points."""
        text, dropped = clean(raw)
        if dropped:
            self._report(ref, "mailing.text.cleaned", dropped=dropped)
        for char in self.chain.missing(text):
            codepoint = f"U+{ord(char):04X}"
            self._report(ref, "mailing.glyph.missing", codepoint=codepoint)
            text = text.replace(char, f"[{codepoint}]")
        return text

    def _report_fitting(self, ref: str, fitted: dict[str, Fitted]) -> None:
        for name, field in fitted.items():
            if field.outcome:
                size_pt = round(field.size_pt, 2)
                self._report(ref, FITTING_CODES[name, field.outcome], size_pt=size_pt)

    def _report(self, ref: str, code: str, **facts: str | int | float) -> None:
        """Note something about the label that is being set."""
        place = {"sheet": self.sheet, "cell": self._cell}
        self.findings.append(Finding(ref=ref, code=code, **place, facts=facts))

    def _report_unprinted(self, addressee: Addressee) -> None:
        code = "mailing.address.missing"
        self.findings.append(Finding(ref=addressee.ref, code=code, sheet=0, cell=0))


def _greeted(name: str, honorific: str) -> str:
    """Join name and honorific: 张伟 先生, but Mr Smith."""
    parts = (name, honorific) if has_han(honorific) else (honorific, name)
    return " ".join(filter(None, parts))
