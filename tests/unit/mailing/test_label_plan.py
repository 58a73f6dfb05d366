"""A run before it is printed: the cells it fills, their text, where the next run begins."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.domain.errors import Cancelled, Refused
from desktop.mailing import label_plan, next_free
from desktop.services.labelling import NextFree


@pytest.fixture
def plan(_real_fonts):
    """`label_plan` with the fonts of this machine."""
    return label_plan


def states(sheet):
    """The cells by what becomes of them."""
    found = {}
    for cell in sheet.cells:
        found.setdefault(cell.state, []).append(cell.cell)
    return found


def refused(action):
    with pytest.raises(Refused) as error:
        action()
    return error.value.code


def test_each_cell_says_what_becomes_of_it(plan, addressee):
    made = plan([addressee()] * 4, first_cell=4, skip=[1, 6], bad=[5])
    [sheet] = made.sheets
    found = states(sheet)
    assert found.pop("free") == list(range(10, 25))
    assert found == {"used": [1, 6], "bad": [5], "kept": [2, 3], "label": [4, 7, 8, 9]}
    assert [cell.cell for cell in sheet.cells if cell.start] == [4]


def test_only_the_first_sheet_is_part_used(plan, addressee):
    made = plan([addressee()] * 30, first_cell=20, skip=[21])
    assert [sheet.labels for sheet in made.sheets] == [4, 24, 2]
    assert [cell.cell for cell in made.sheets[1].cells if cell.start] == []
    assert states(made.sheets[2])["free"] == list(range(3, 25))


def test_the_plan_shows_what_the_pdf_has(plan, print_labels, read_labels, addressee):
    long = "四川省凉山彝族自治州木里藏族自治县俄亚纳西族乡大村组7/3号"
    people = [addressee(), addressee(address=""), addressee(address=long, name="𠮷田𫖯")]
    wanted = {"sheet": "a4-21", "first_cell": 2, "skip": [3]}
    made, run = plan(people, **wanted), print_labels(people, **wanted)
    printed = read_labels(run.pdf, "a4-21").texts()
    planned = {c.cell: [line.text for line in c.lines] for c in made.sheets[0].cells if c.lines}
    assert planned == printed
    assert (made.labels, len(made.sheets)) == (run.labels, run.sheets)
    assert made.findings == run.findings


def test_the_lines_of_the_plan_stand_where_the_pdf_has_them(
    plan, print_labels, read_labels, addressee
):
    cell = plan([addressee()], first_cell=5).sheets[0].cells[4]
    boxes = list(read_labels(print_labels([addressee()], first_cell=5).pdf).boxes())
    lowest_mm = min(box[1] for _, box in boxes) / 72 * 25.4
    assert 297 - lowest_mm == pytest.approx(cell.lines[-1].y_mm, abs=1.0)


def test_who_gets_no_label_is_told_before_printing(plan, addressee):
    made = plan([addressee(address="", ref="r1"), addressee(name="\ue863", ref="r2")])
    told = [(f.ref, f.code, f.printed) for f in made.findings]
    assert told == [
        ("r1", "mailing.address.missing", False),
        ("r2", "mailing.glyph.missing", True),
    ]


def test_nobody_to_print_for_is_an_empty_sheet(plan):
    made = plan([], first_cell=3)
    assert [sheet.labels for sheet in made.sheets] == [0]
    assert [cell.cell for cell in made.sheets[0].cells if cell.start] == [3]


def test_a_plan_can_be_cancelled(plan, addressee):
    def stop(_done, _total):
        raise Cancelled

    with pytest.raises(Cancelled):
        plan([addressee()] * 30, progress=stop)


def test_used_cells_anywhere_on_the_first_sheet_stay_empty(print_labels, read_labels, addressee):
    people = [addressee(name=f"张三{number}") for number in range(25)]
    labels = read_labels(print_labels(people, first_cell=2, skip=[3, 24]).pdf)
    assert sorted(labels.texts(0)) == [2, *range(4, 24)]
    assert sorted(labels.texts(1)) == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({"skip": [25]}, "mailing.skip.out_of_range"),
        ({"skip": [0]}, "mailing.skip.out_of_range"),
        ({"first_cell": 20, "skip": range(20, 25)}, "mailing.sheet.full"),
        ({"first_cell": 25}, "mailing.first_cell.out_of_range"),
    ],
)
def test_marks_that_make_no_sense_are_refused_by_plan_print_and_next_free(
    plan, print_labels, addressee, wanted, code
):
    assert refused(lambda: plan([addressee()], **wanted)) == code
    assert refused(lambda: print_labels([addressee()], **wanted)) == code
    both = {"first_cell": 1, "skip": [], **wanted}
    assert refused(lambda: next_free("a4-24", both["first_cell"], both["skip"], 1)) == code


def test_an_offset_moves_everything_right_and_down(print_labels, read_labels, addressee):
    def ink(**wanted):
        return [box for _, box in read_labels(print_labels([addressee()], **wanted).pdf).boxes()]

    for plain, moved in zip(ink(), ink(offset_mm=(0.6, 0.4)), strict=True):
        assert moved[0] - plain[0] == pytest.approx(0.6 / 25.4 * 72, abs=0.02)
        assert plain[1] - moved[1] == pytest.approx(0.4 / 25.4 * 72, abs=0.02)
    for absurd in (20.1, float("nan")):
        code = refused(lambda off=absurd: print_labels([addressee()], offset_mm=(0.0, off)))
        assert code == "mailing.offset.out_of_range"


def test_the_next_run_begins_behind_the_last_label():
    assert next_free("a4-24", 4, [1, 6], 4) == NextFree(
        sheet=1, cell=9, used=frozenset({1, 6, 4, 5, 7, 8})
    )
    assert next_free("a4-24", 20, [21], 4) == NextFree(sheet=2, cell=1, used=frozenset())
    assert next_free("a4-21", 1, [], 0) == NextFree(sheet=1, cell=1, used=frozenset())


@settings(deadline=None, max_examples=60)
@given(
    first=st.integers(1, 24),
    skip=st.sets(st.integers(1, 24), max_size=8),
    runs=st.lists(st.integers(1, 40), min_size=1, max_size=4),
)
def test_runs_that_follow_each_other_use_each_cell_once(first, skip, runs):
    """What is remembered is enough: several small jobs fill sheets as one large one does."""
    if set(range(first, 25)) <= skip:
        return
    whole = next_free("a4-24", first, skip, sum(runs))
    sheet, at, used = 1, first, frozenset(skip)
    for labels in runs:
        after = next_free("a4-24", at, used, labels)
        sheet, at, used = sheet + after.sheet - 1, after.cell, after.used
    assert (sheet, at, used) == (whole.sheet, whole.cell, whole.used)
