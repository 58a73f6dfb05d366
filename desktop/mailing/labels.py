"""A run of address labels: check each addressee, lay it out, draw it, report what to look at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from crm.domain.errors import Refused
from desktop.mailing.faces import FaceChain, chain_for
from desktop.mailing.layout import Fitted, LabelSetter, Page, Run, Words
from desktop.mailing.pdf import PdfBook
from desktop.mailing.postal import postcode_problem
from desktop.mailing.sheets import Sheet, sheet_named
from desktop.mailing.text import clean, has_han
from desktop.mailing.values import Addressee, Finding, LabelRun

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
    language: str,
    progress: Callable[[int, int], None],
    font_folders: Sequence[Path] | None,
) -> LabelRun:
    """See desktop.mailing.label_pdf."""
    plan = sheet_named(sheet)
    _check(plan, first_cell, language)
    chain = chain_for(None if font_folders is None else tuple(font_folders))
    run = _Run(plan, language, chain, first_cell)
    book = PdfBook(chain, title=TITLES[language], language=language)
    for page in run.pages(addressees):
        book.add(page)
        progress(run.done, len(addressees))
    if not run.labels:
        raise Refused("mailing.labels.empty", given=len(addressees))
    return LabelRun(
        pdf=book.finish(), sheets=run.sheet, labels=run.labels, findings=tuple(run.findings)
    )


def _check(sheet: Sheet, first_cell: int, language: str) -> None:
    if not 1 <= first_cell <= sheet.cells.count:
        last = sheet.cells.count
        raise Refused("mailing.first_cell.out_of_range", first_cell=first_cell, last=last)
    if language not in sheet.order or language not in TITLES:
        raise Refused("mailing.language.unknown", language=language, known=", ".join(sheet.order))


class _Run:
    """The state of one print run: where the next label goes, and what was found so far."""

    def __init__(self, sheet: Sheet, language: str, chain: FaceChain, first_cell: int) -> None:
        self._plan = sheet
        self._chain = chain
        self._setter = LabelSetter(sheet, language, chain)
        self._cell = first_cell - 1  # of the next label, from 0
        self.sheet = 1
        self.done = 0  # addressees dealt with
        self.labels = 0
        self.findings: list[Finding] = []

    def pages(self, addressees: Sequence[Addressee]) -> Iterator[Page]:
        """Give each sheet when it is full; an addressee without an address takes no cell."""
        runs: list[Run] = []
        for self.done, addressee in enumerate(addressees):
            if not clean(addressee.address)[0]:
                self._report_unprinted(addressee)
                continue
            if self._cell == self._plan.cells.count:
                yield self._page(runs)
                runs, self._cell, self.sheet = [], 0, self.sheet + 1
            runs += self._label(addressee)
        self.done = len(addressees)
        if runs:
            yield self._page(runs)

    def _page(self, runs: list[Run]) -> Page:
        return Page(self._plan.width_mm, self._plan.height_mm, runs)

    def _label(self, addressee: Addressee) -> list[Run]:
        """Set one label into the next cell."""
        runs, fitted = self._setter.set_label(self._words(addressee), self._cell)
        self._report_fitting(addressee.ref, fitted)
        self._cell += 1
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
        for char in self._chain.missing(text):
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
        """Note something about the label that goes into the next cell."""
        place = {"sheet": self.sheet, "cell": self._cell + 1}
        self.findings.append(Finding(ref=ref, code=code, **place, facts=facts))

    def _report_unprinted(self, addressee: Addressee) -> None:
        code = "mailing.address.missing"
        self.findings.append(Finding(ref=addressee.ref, code=code, sheet=0, cell=0))


def _greeted(name: str, honorific: str) -> str:
    """Join name and honorific: 张伟 先生, but Mr Smith."""
    parts = (name, honorific) if has_han(honorific) else (honorific, name)
    return " ".join(filter(None, parts))
