"""A plan says what an import would do; taken once, the same file plans nothing more."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.domain.checks import Finding
from crm.domain.errors import Refused
from crm.domain.kind import kind_of
from crm.domain.kinds import Customer
from crm.domain.messages import explain
from crm.interchange.planning import (
    IDENTITY_DIFFERS,
    NO_KEY,
    SEVERAL,
    TWIN,
    Existing,
    plan_import,
)
from crm.interchange.reading import GoodRow
from crm.records.keys import natural_keys

CUSTOMER = kind_of(Customer)
A, B, C = "110101199001011231", "110101199001011232", "110101199001011233"


def row(line, name="张三", doubts=(), **fields):
    return GoodRow(line, {"name": name, **fields}, tuple(doubts), (name,))


def plan(rows, *records, own=None):
    return plan_import(rows, existing(records), CUSTOMER, natural_keys, own or {})


def existing(records):
    return Existing.of(records, CUSTOMER, natural_keys)


def held(made):
    return [(bad.line, bad.problems[0].code, dict(bad.problems[0].facts)) for bad in made.held]


def taken(made, records):
    """The records after a plan is taken."""
    after = {record_id: dict(fields) for record_id, fields in records}
    for change in made.changed:
        for name, (old, new) in change.changes.items():
            assert after[change.record_id].get(name) == old
            after[change.record_id][name] = new
    for created in made.created:
        after[f"new {len(after)}"] = dict(created.fields)
    return list(after.items())


def test_a_field_with_an_own_edit_is_kept():
    made = plan(
        [row(2, phone="+8613800000000", note="新", address="西街")],
        ("r1", {"name": "张三", "phone": "+8613800000000", "note": "旧"}),
        own={"r1": {"note"}},
    )

    [change] = made.changed
    assert (change.changes, change.kept) == ({"address": (None, "西街")}, {"note": ("旧", "新")})


def test_a_plan_tells_what_each_customer_was_known_by():
    made = plan(
        [row(2, id_number=A), row(3, "李四", phone="+8613800000001"), row(4, "王五", village="东")],
        ("r1", {"name": "张三", "id_number": A}),
        ("r2", {"name": "李四", "phone": "+8613800000001"}),
        ("r3", {"name": "王五", "village": "东"}),
    )

    assert made.known_by == {"identity": 1, "name_phone": 1, "beside": 1}


def test_an_unknown_customer_is_created():
    made = plan([row(2, phone="+8613800000000")])

    assert [(c.line, c.fields) for c in made.created] == [
        (2, {"name": "张三", "phone": "+8613800000000"})
    ]


def test_a_known_one_is_changed_and_empty_cells_erase_nothing():
    made = plan(
        [row(2, phone="+8613800000000", note="新")],
        ("r1", {"name": "张三", "phone": "+8613800000000", "note": "旧", "address": "东街"}),
    )

    assert [(c.line, c.record_id, c.changes) for c in made.changed] == [
        (2, "r1", {"note": ("旧", "新")})
    ]


def test_what_says_nothing_new_is_unchanged():
    made = plan([row(7, id_number=A)], ("r1", {"name": "张三", "id_number": A, "note": "x"}))

    assert made.unchanged == [7]


def test_a_row_without_identity_number_finds_the_customer_by_name_and_phone():
    made = plan(
        [row(2, phone="+8613800000000")],
        ("r1", {"name": "张三", "phone": "+8613800000000", "id_number": A}),
    )

    assert made.unchanged == [2]


def test_an_identity_number_is_added_to_a_customer_who_had_none():
    made = plan(
        [row(2, phone="+8613800000000", id_number=A)],
        ("r1", {"name": "张三", "phone": "+8613800000000"}),
    )

    assert [c.changes for c in made.changed] == [{"id_number": (None, A)}]


def test_the_identity_number_wins_over_name_and_phone():
    made = plan(
        [row(2, phone="+8613800000000", id_number=A)],
        ("r1", {"name": "张三", "phone": "+8613800000000"}),
        ("r2", {"name": "张三", "phone": "+8613800000009", "id_number": A}),
    )

    assert [(c.record_id, c.changes) for c in made.changed] == [
        ("r2", {"phone": ("+8613800000009", "+8613800000000")})
    ]


def test_name_and_phone_with_another_identity_number_are_held_back():
    made = plan(
        [row(2, phone="+8613800000000", id_number=A)],
        ("r1", {"name": "张三", "phone": "+8613800000000", "id_number": B}),
    )

    assert held(made) == [(2, IDENTITY_DIFFERS, {})]


def test_a_key_that_fits_two_customers_is_held_back():
    made = plan(
        [row(2, phone="+8613800000000")],
        ("r1", {"name": "张三", "phone": "+8613800000000", "id_number": A}),
        ("r2", {"name": "张三", "phone": "+8613800000000", "id_number": B}),
    )

    assert held(made) == [(2, SEVERAL, {})]


def test_equal_twins_in_the_file_are_merged_and_others_held_back():
    made = plan(
        [
            row(2, phone="+8613800000000", note="x"),
            row(3, phone="+8613800000000", note="x"),
            row(4, phone="+8613800000000"),
            row(5, phone="+8613800000000", note="y"),
        ]
    )

    assert [c.line for c in made.created] == [2]
    assert made.merged == [3, 4]
    assert held(made) == [(5, TWIN, {"first": 2})]


def test_twins_of_a_customer_who_is_there_are_found_through_different_keys():
    made = plan(
        [row(2, phone="+8613800000000", note="x"), row(3, name="张叁", id_number=A, note="y")],
        ("r1", {"name": "张三", "phone": "+8613800000000", "id_number": A}),
    )

    assert [c.line for c in made.changed] == [2]
    assert held(made) == [(3, TWIN, {"first": 2})]


def test_who_has_neither_phone_nor_document_is_known_by_name_and_place():
    rows = [row(2, village="东村"), row(3, village="西村"), row(4, village="东村")]
    made = plan(rows)

    assert [c.line for c in made.created] == [2, 3]
    assert made.merged == [4]
    assert plan(rows, *taken(made, [])).unchanged == [2, 3]


def test_a_name_alone_is_held_back():
    assert held(plan([row(2)])) == [(2, NO_KEY, {})]


def test_a_common_name_with_other_phones_is_no_reason_to_hold_back():
    made = plan(
        [row(2, phone="+8613800000001"), row(3, phone="+8613800000002")],
        ("r1", {"name": "张三", "phone": "+8613800000000", "id_number": A}),
    )

    assert [c.line for c in made.created] == [2, 3]


def test_the_preview_counts_and_masks():
    made = plan(
        [
            row(2, phone="+8613800000000", doubts=[Finding("phone", "phone.unassigned")]),
            row(3, "李四", id_number=A, phone="+8613800000002"),
            row(4, "李四", id_number=A, phone="+8613800000002"),
            row(5, "王五"),
        ],
        ("r1", {"name": "李四", "id_number": A, "phone": "+8613800000001"}),
    )
    summary = made.summary(1)

    counts = (summary.created, summary.changed, summary.unchanged, summary.merged, summary.held)
    assert (*counts, summary.unverified) == (1, 1, 0, 1, 1, 1)
    assert [(e.line, e.what, dict(e.fields)) for e in summary.examples] == [
        (2, "created", {"name": "张三", "phone": "138****0000"}),
        (3, "changed", {"phone": "138****0001 → 138****0002"}),
    ]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_reason_to_hold_back_has_a_text_and_names_nobody(language):
    made = plan(
        [
            row(2, phone="+8613800000000"),
            row(3, phone="+8613800000000", note="y"),
            row(4, "李四", phone="+8613800000001", id_number=A),
            row(5, "王五"),
            row(6, "赵六", phone="+8613800000002"),
        ],
        ("r1", {"name": "李四", "phone": "+8613800000001", "id_number": B}),
        ("r2", {"name": "赵六", "phone": "+8613800000002", "id_number": B}),
        ("r3", {"name": "赵六", "phone": "+8613800000002", "id_number": C}),
    )
    codes = {bad.problems[0].code for bad in made.held}
    assert codes == {TWIN, IDENTITY_DIFFERS, NO_KEY, SEVERAL}
    for bad in made.held:
        problem = bad.problems[0]
        what, remedy = explain(_error(problem), language)
        assert what != problem.code
        assert remedy
        assert "138" not in what + remedy


def _error(problem):
    return Refused(problem.code, **problem.facts)


FIELDS = st.fixed_dictionaries(
    {"name": st.sampled_from(["甲", "乙"])},
    optional={
        "phone": st.sampled_from(["+8613800000000", "+8613800000001"]),
        "id_number": st.sampled_from([A, B, C]),
        "village": st.sampled_from(["东村", "西村"]),
        "note": st.sampled_from(["x", "y"]),
    },
)


OWN = st.dictionaries(
    st.sampled_from(["r0", "r1", "r2"]),
    st.sets(st.sampled_from(["phone", "id_number", "note", "name"]), min_size=1),
)


@settings(deadline=None, max_examples=600, print_blob=True)
@given(there=st.lists(FIELDS, max_size=4), file=st.lists(FIELDS, max_size=7), own=OWN)
def test_the_same_file_twice_changes_nothing_and_own_edits_never(there, file, own):
    records = [(f"r{i}", fields) for i, fields in enumerate(there)]
    rows = [GoodRow(line, fields, (), ()) for line, fields in enumerate(file, start=2)]

    first = plan(rows, *records, own=own)
    lines = [c.line for c in (*first.created, *first.changed, *first.held)]
    assert Counter([*lines, *first.unchanged, *first.merged]) == Counter(r.line for r in rows)

    for made in (*first.changed, *first.spared):
        own_fields = own.get(made.record_id, set())
        assert made.changes.keys().isdisjoint(own_fields)
        assert made.kept.keys() <= own_fields
    assert {made.line for made in first.spared} <= set(first.unchanged)
    assert first.repeats.keys() == set(first.merged)
    assert sum(first.known_by.values()) == len(first.changed) + len(first.unchanged)

    again = plan(rows, *taken(first, records), own=own)
    assert (again.created, again.changed) == ([], [])
