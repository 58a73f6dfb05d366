"""Decides what the labels screen shows: who is chosen, how the run lies, what is made of it.

Reading and setting run as jobs; only values come back. Printing and saving are `Outgoing`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject
from PySide6.QtGui import QImage

from crm.domain.errors import UserError
from desktop.jobs.job import Job
from desktop.services.consent import gate
from desktop.services.labelling import Finding, Groups, LabelPlan, SheetShape, choose, groups
from desktop.services.ports import Held
from desktop.services.progress import Progress
from desktop.views.labels.order import START, Made, Order, People, made, people_of, planned
from desktop.views.labels.outgoing import BY_POST, Outgoing
from desktop.views.labels.output import warm_up
from desktop.views.labels.rows import FindingLine
from desktop.views.labels.screen import CHECK, PEOPLE, PRINT, SHEET, LabelsScreen
from desktop.views.language.translating import explained, sentences
from desktop.views.parts.printing import as_image
from desktop.views.shell.desk import Desk

GRAVE = ("too_long", "glyph.missing", "name.missing")


class LabelsPresenter(QObject):
    """One labels screen of an unlocked profile."""

    def __init__(self, screen: LabelsScreen, desk: Desk) -> None:
        super().__init__(screen)
        self._screen, self._desk = screen, desk
        self._open = True
        self._shapes: Sequence[SheetShape] = ()
        self._people, self._left_out = People(), set[str]()
        self._ids: tuple[str, ...] | None = None
        self._everybody = False
        self._order = Order()
        self._kept: dict[str, Order] = {}  # sheet -> where its last run of today has ended
        self._plan: LabelPlan | None = None
        self._problem = ""  # why the run cannot be laid out as it is set
        self._made: Made | None = None
        self._making: Job | None = None
        self.outgoing = Outgoing(screen.printing, desk, self._went_out)
        self.outgoing.held_back.connect(self._read_people)
        self._connect()

    def _connect(self) -> None:
        screen = self._screen
        screen.entered.connect(self._enter)
        screen.refreshed.connect(self._refresh)
        screen.locked.connect(self._lock)
        screen.next_asked.connect(self._go_on)
        screen.back_asked.connect(self._go_back)
        screen.print_asked.connect(self._print)
        people, sheet = screen.people, screen.sheet
        people.picked.connect(self._pick)
        people.everybody_asked.connect(self._take_everybody)
        people.list_dropped.connect(self._drop_list)
        people.ticked.connect(self._tick)
        sheet.sheet_chosen.connect(self._choose_sheet)
        sheet.set_otherwise.connect(self._set)
        sheet.pressed.connect(self._press)
        sheet.fresh_asked.connect(lambda: self._lay_out(self._order.on_new_sheet()))
        sheet.rest_asked.connect(lambda: self._lay_out(self._remembered(self._order)))
        screen.check.page_wanted.connect(self._draw_page)
        screen.check.customer_asked.connect(self._open_customer)
        screen.check.cancel_asked.connect(self._cancel_making)
        screen.printing.again_asked.connect(self._start_over)

    def _alive(self, then: Callable[[Any], object]) -> Callable[[Any], None]:
        """Return `then` for as long as somebody looks: a result after the lock goes nowhere."""

        def run(result: Any) -> None:
            if self._open:
                then(result)

        return run

    # --- coming and going ---

    def _enter(self, what: Mapping[str, object]) -> None:
        self._open = True
        ids = what.get("ids")
        if isinstance(ids, list | tuple):
            self._ids, self._everybody = tuple(map(str, ids)), False
            self._screen.people.clear_wishes()
            self._screen.people.show_handed(len(self._ids))
            self._to_people()
        self._load()
        self._read_people()

    def _load(self) -> None:
        office = self._desk.office

        def work(_: Progress) -> tuple[Groups, Sequence[SheetShape]]:
            return groups(office.reader), office.printing.sheet_shapes()

        self._desk.jobs.read(work, self._alive(self._loaded), key="labels.groups")

    def _loaded(self, found: tuple[Groups, Sequence[SheetShape]]) -> None:
        offered, shapes = found
        first = not self._shapes
        self._shapes = shapes
        self._screen.people.show_groups(offered)
        if first:
            self._screen.sheet.show_shapes(shapes)
            self._order = self._remembered(self._first_order())

    def _first_order(self) -> Order:
        liked = self._desk.preferences
        known = [shape.id for shape in self._shapes]
        sheet = liked.sheet if liked.sheet in known else known[0]
        return Order(sheet=sheet, language=liked.print_language)

    def _remembered(self, order: Order) -> Order:
        """Return the order on the sheet that its last run has left."""
        if (kept := self._kept.get(order.sheet)) is not None:
            return replace(order, first_cell=kept.first_cell, used=kept.used, bad=kept.bad)
        cell = self._desk.preferences.next_cells.get(order.sheet, 1)
        if 1 < cell <= len(self._shape(order.sheet).cells):
            return order.going_on_at(cell)
        return order.on_new_sheet()

    def _shape(self, sheet: str) -> SheetShape:
        return next(shape for shape in self._shapes if shape.id == sheet)

    def _refresh(self) -> None:
        self._read_people()

    def _lock(self) -> None:
        """Forget everybody."""
        self._open = False
        self._cancel_making()
        self._people, self._left_out, self._ids = People(), set(), None
        self._plan, self._made, self._everybody = None, None, False
        self.outgoing.forget()

    # --- step 1 ---

    def _asked(self) -> bool:
        """Tell whether somebody was asked for, and what for: that comes first."""
        if not self._screen.people.purpose.text():
            return False
        return self._everybody or self._ids is not None or bool(self._screen.people.wishes())

    def _pick(self) -> None:
        self._everybody = self._everybody and not self._screen.people.wishes()
        self._left_out = set()
        self._read_people()

    def _take_everybody(self) -> None:
        self._screen.people.clear_wishes()
        self._everybody, self._left_out = True, set()
        self._read_people()

    def _drop_list(self) -> None:
        self._ids, self._left_out = None, set()
        self._screen.people.show_handed(None)
        self._read_people()

    def _tick(self, record: str, taken: bool) -> None:
        self._left_out = self._left_out - {record} if taken else self._left_out | {record}
        self._count()

    def _read_people(self) -> None:
        if not self._asked():
            self._people = People()
            self._screen.people.show_people((), set(), asked=False)
            self._count()
            return
        office, wishes, ids = self._desk.office, self._screen.people.wishes(), self._ids
        purpose, today = self._screen.people.purpose.text(), self._desk.today()

        before = self._people

        def work(_: Progress) -> People:
            chosen = choose(office.reader, ids=ids, **wishes)
            passed = gate(office.reader, [held.id for held in chosen], purpose, BY_POST, today)
            found = people_of(chosen, passed.left_out)
            return before if found == before else found

        self._desk.jobs.read(work, self._alive(self._people_came), key="labels.people")

    def _people_came(self, people: People) -> None:
        if people is self._people and people.rows:
            return
        self._people = people
        self._screen.people.show_people(people.rows, self._left_out, asked=True)
        self._screen.show_note("")
        self._count()
        if self._screen.step == SHEET:
            self._lay_out(self._order)
        elif self._screen.step == CHECK or self._holds_somebody_barred():
            self._screen.show_step(CHECK)
            self._make()

    def _holds_somebody_barred(self) -> bool:
        """Tell whether what lies ready for the printer has a label that must not go out now."""
        if self._screen.step != PRINT or self._made is None or self.outgoing.busy:
            return False
        return not {held.id for held in self._chosen()}.issuperset(self._made.names)

    def _chosen(self) -> list[Held]:
        """Return who is to get labels; who has no address stays in, to be named in the check."""
        return [held for held in self._people.held if held.id not in self._left_out]

    def _with_address(self) -> int:
        return sum(not p.gets_none and p.id not in self._left_out for p in self._people.rows)

    def _count(self) -> None:
        labels = self._plan.labels if self._plan and self._screen.step != PEOPLE else 0
        self._screen.show_counts(len(self._chosen()), labels or self._with_address())

    # --- step 2 ---

    def _choose_sheet(self, sheet: str) -> None:
        self._desk.prefer(sheet=sheet)
        self._lay_out(self._remembered(replace(self._order, sheet=sheet)))

    def _set(self, changes: dict[str, Any]) -> None:
        if changes["language"] != self._order.language:
            self._desk.prefer(print_language=changes["language"])
        self._lay_out(replace(self._order, **changes))

    def _press(self, cells: list[int], how: str) -> None:
        if how == START:
            self._lay_out(self._order.started_at(cells[0]))
        else:
            self._lay_out(self._order.marked(cells, how))

    def _lay_out(self, order: Order) -> None:
        """Show at once what is set, and ask for the plan that follows from it."""
        self._order, self._made = order, None
        rest = self._remembered(order)
        free = rest.free_cells(len(self._shape(order.sheet).cells)) if rest.part_used else 0
        self._screen.sheet.show_order(order, self._shape(order.sheet), free)
        printing, people = self._desk.office.printing, self._chosen()

        def work(progress: Progress) -> LabelPlan:
            return planned(printing, people, order, progress)

        done, failed = self._alive(self._planned), self._alive(self._not_planned)
        self._desk.jobs.read(work, done, failed, key="labels.plan")

    def _planned(self, plan: LabelPlan) -> None:
        self._plan, self._problem = plan, ""
        self._screen.show_note("")
        self._screen.sheet.show_plan(plan)
        self._count()

    def _not_planned(self, error: Exception) -> None:
        if not isinstance(error, UserError):
            self._desk.tell_error(error)
            return
        self._problem = sentences(*explained(error))
        self._screen.sheet.show_problem(self._problem)

    # --- step 3 ---

    def _make(self) -> None:
        """Make the file, and show what should be looked at."""
        self._cancel_making()
        self._screen.check.clear()
        self._show_making(0, 0)
        printing, people, order = self._desk.office.printing, self._chosen(), self._order
        shape = self._shape(order.sheet)

        def work(progress: Progress) -> Made:
            warm_up()
            return made(printing, people, order, shape, progress)

        done, failed = self._alive(self._file_made), self._alive(self._not_made)
        self._making = self._desk.jobs.long(work, done, failed)
        self._making.progressed.connect(self._show_making)

    def _show_making(self, done: int, total: int) -> None:
        if self._open:
            self._screen.check.show_making(self.tr("Setting labels"), done, total)

    def _cancel_making(self) -> None:
        """Stop, and go back to what was set."""
        if self._making is not None:
            making, self._making = self._making, None
            making.progressed.disconnect(self._show_making)
            making.cancel()
            if self._screen.step == CHECK and self._open:
                self._to_sheet()

    def _file_made(self, finished: Made) -> None:
        self._making, self._made = None, finished
        self._screen.check.show_findings(self._finding_lines(finished))
        self._screen.check.show_pages(finished.run.sheets)

    def _not_made(self, error: Exception) -> None:
        self._making = None
        self._to_sheet()
        self._not_planned(error)

    def _finding_lines(self, finished: Made) -> list[FindingLine]:
        """Return each finding once, however many copies there are; unprinted people first."""
        seen: dict[object, Finding] = {}
        for found in finished.run.findings:
            seen.setdefault((found.ref, found.code, tuple(found.facts.items())), found)
        in_order = sorted(seen.values(), key=lambda found: (found.sheet, found.cell))
        return [self._finding_line(found, finished.names) for found in in_order]

    def _finding_line(self, found: Finding, names: Mapping[str, str]) -> FindingLine:
        name, text = names.get(found.ref, ""), found.text(self._desk.language)
        grave = not found.printed or found.code.endswith(GRAVE)
        return FindingLine(
            id=found.ref,
            name=name or "—",
            text=text,
            page=found.sheet,
            grave=grave,
            spoken=f"{name}: {text}",
        )

    def _draw_page(self, page: int, dpi: float) -> None:
        if self._made is None:
            return
        printing, pdf = self._desk.office.printing, self._made.run.pdf
        size = (self._made.shape.width_mm, self._made.shape.height_mm)

        def work(_: Progress) -> QImage:
            return as_image(printing.page_picture(pdf, page, dpi))

        def show(image: QImage) -> None:
            self._screen.check.show_picture(page, image, size)

        self._desk.jobs.read(work, self._alive(show), key="labels.page")

    def _open_customer(self, record: str) -> None:
        self._desk.go("customers", customer=record)

    # --- on and back ---

    def _go_on(self) -> None:
        if self._screen.step == PEOPLE:
            self._leave_people()
        elif self._screen.step == SHEET:
            self._leave_sheet()
        elif self._made is not None:
            self.outgoing.show(self._made, self._screen.people.purpose.text())
            self._screen.show_step(PRINT)

    def _leave_people(self) -> None:
        if not self._shapes:
            return
        if not self._with_address():
            self._screen.show_note(self.tr("Choose somebody who gets a label."))
            return
        self._to_sheet()
        self._lay_out(self._order)

    def _leave_sheet(self) -> None:
        if self._problem:
            self._screen.show_note(self.tr("Settle first what is said above."))
            return
        self._screen.show_step(CHECK)
        self._make()

    def _go_back(self) -> None:
        if self.outgoing.busy:
            return
        steps = {SHEET: self._to_people, CHECK: self._back_to_sheet, PRINT: self._to_check}
        steps.get(self._screen.step, self._to_people)()

    def _to_people(self) -> None:
        self._screen.show_note("")
        self._screen.show_step(PEOPLE)
        self._count()

    def _back_to_sheet(self) -> None:
        if self._making is not None:
            self._cancel_making()
        else:
            self._to_sheet()

    def _to_sheet(self) -> None:
        self._screen.show_note("")
        self._screen.show_step(SHEET)
        self._count()

    def _to_check(self) -> None:
        self._screen.show_step(CHECK)

    # --- step 4 ---

    def _print(self) -> None:
        """Ctrl+P: print what lies ready, or go on towards it."""
        if self._screen.step == PRINT:
            self.outgoing.print_it()
        else:
            self._go_on()

    def _went_out(self, finished: Made) -> None:
        """A run was printed or saved: the next one goes on behind it."""
        sheet, free = finished.order.sheet, finished.next_free
        self._kept[sheet] = finished.order.going_on(free)
        cells = {**self._desk.preferences.next_cells, sheet: free.cell}
        self._desk.prefer(next_cells=cells)

    def _start_over(self) -> None:
        self._ids, self._everybody, self._left_out = None, False, set()
        self._made = self._plan = None
        self._screen.people.clear_wishes()
        self._screen.people.show_handed(None)
        self._order = self._remembered(self._order)
        self._screen.sheet.clear()
        self._to_people()
        self._read_people()
