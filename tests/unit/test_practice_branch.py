"""The practice branch: repeatable, plausible, and nobody real in it."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import uuid
from collections import Counter
from datetime import date

import pytest

from crm.domain import identity, phones
from crm.domain.checks import normalise
from crm.domain.divisions import by_code, find
from crm.domain.kind import kind_of
from crm.domain.kinds import SCHEMA, Customer
from server.practice.branch import KINDS, make_branch
from server.practice.sheet import COLUMNS, customers_as_rows
from tests.helpers.house import ROOT

SEED = 20260318
TODAY = date(2026, 3, 18)


@pytest.fixture(scope="module")
def branch():
    return make_branch(SEED, today=TODAY)


@pytest.fixture(scope="module")
def records(branch):
    return list(branch.records())


@pytest.fixture(scope="module")
def customers(records):
    return [record for record in records if record.kind == "customer"]


def fingerprint(branch):
    text = json.dumps(
        [
            branch.id,
            branch.fields,
            [list(map(str, (s.id, s.login, s.name, s.role))) for s in branch.staff],
        ]
    )
    return hashlib.sha256((text + json.dumps(list(branch.records()))).encode()).hexdigest()


def test_the_same_seed_gives_the_same_bytes_in_another_process():
    program = (
        "from datetime import date\n"
        "from tests.unit.test_practice_branch import fingerprint, make_branch\n"
        "print(fingerprint(make_branch(7, today=date(2026, 3, 18), customers=200)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": "1", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert done.stdout.strip() == fingerprint(make_branch(7, today=TODAY, customers=200))


def test_another_seed_gives_another_branch():
    one, two = (make_branch(seed, today=TODAY, customers=50) for seed in (1, 2))
    assert fingerprint(one) != fingerprint(two)


def test_every_value_passes_its_rule_as_it_is(records, branch):
    for record in records:
        kept, _ = normalise(SCHEMA[record.kind], record.fields, whole_record=True)
        assert kept == record.fields
    assert normalise(SCHEMA["branch"], branch.fields, whole_record=True)[0] == branch.fields


def test_parents_come_before_children_and_roots_hold_families_together(records, branch):
    seen = {}
    for record in records:
        kind = SCHEMA[record.kind]
        if record.parent is None:
            assert kind.may_be_root
            assert record.root == record.id
        else:
            parent = seen[record.parent]
            assert kind.may_hang_under(parent.kind)
            assert (record.root, record.owner) == (parent.root, parent.owner)
        assert record.id not in seen
        seen[record.id] = record
    for record in records:
        for spec in SCHEMA[record.kind].fields:
            if spec.type == "reference" and spec.name in record.fields:
                assert seen[record.fields[spec.name]].owner == record.owner
    assert {record.owner for record in records} == {manager.id for manager in branch.managers}


def test_ids_are_uuid7_with_last_bytes_spread_evenly(customers):
    last = Counter()
    for record in customers:
        made = uuid.UUID(record.id)
        assert (made.version, made.variant) == (7, uuid.RFC_4122)
        assert str(made) == record.id
        last[made.bytes[15]] += 1
    assert len(last) == 256
    assert max(last.values()) - min(last.values()) <= 1


def test_the_branch_has_the_size_of_a_real_one(records, customers, branch):
    counts = Counter(record.kind for record in records)
    assert set(counts) == set(KINDS)
    assert counts["customer"] == 3000
    assert 0.28 < counts["household"] / 3000 < 0.38
    assert 1.8 < counts["account"] / 3000 < 2.3
    assert 2.8 < counts["visit"] / 3000 < 3.2
    per_manager = Counter(record.owner for record in customers)
    assert min(per_manager.values()) > 850
    assert [s.role for s in branch.staff].count("manager") == 3


def test_the_portfolio_is_as_dirty_as_a_real_one(customers):
    def share(test):
        return sum(map(test, customers)) / len(customers)

    assert 0.04 < share(lambda r: "phone" not in r.fields) < 0.1
    assert 0.05 < share(lambda r: "id_number" not in r.fields) < 0.15
    assert 0.01 < share(lambda r: len(r.fields.get("id_number", "")) == 15) < 0.06
    assert 0.005 < share(lambda r: len(r.fields.get("address", "")) > 70) < 0.04
    assert 0.003 < share(lambda r: any(ord(c) > 0xFFFF for c in r.fields["name"])) < 0.02
    assert share(lambda r: "·" in r.fields["name"]) > 0


def test_some_persons_are_kept_by_two_managers(customers):
    by_number = {}
    for record in customers:
        key = record.fields.get("id_number") or (record.fields["name"], record.fields.get("phone"))
        by_number.setdefault(key, []).append(record.owner)
    twice = [owners for owners in by_number.values() if len(owners) > 1]
    assert len(twice) >= 3
    assert all(len(owners) == len(set(owners)) == 2 for owners in twice)


def test_nobody_real_is_met(records, branch):
    everything = [*(record.fields for record in records), branch.fields]
    for fields in everything:
        for phone in phones_of(fields):
            assert phones.parse(phone).unverified == ("phone.unassigned",)
        for mail in (fields.get("email"), fields.get("value")):
            if mail and "@" in mail:
                assert mail.rpartition("@")[2] in ("example.com", "example.org", "example.net")
        if "id_number" in fields:
            assert_of_nobody(fields["id_type"], fields["id_number"])
        if "number" in fields:
            assert fields["number"].startswith("0099")


def phones_of(fields):
    values = (fields.get("phone"), fields.get("value"))
    return [value for value in values if value and value.startswith("+")]


def assert_of_nobody(id_type, number):
    if id_type != "resident_id":
        assert number.startswith("Z")
    elif len(number) == 15:
        assert number[:6] not in by_code()
        assert number[4:6] == "99"
    else:
        assert identity.check_digit(number[:17]) != number[17]


def test_no_county_has_the_code_that_old_numbers_use():
    assert not [code for code in by_code() if code.endswith("99")]


def test_addresses_are_real_divisions_with_their_postcodes(customers):
    with_both = [r.fields for r in customers if "postcode" in r.fields]
    odd = [f for f in with_both if find(f["address"]).postcode != f["postcode"]]
    assert len(odd) / len(with_both) < 0.02


def test_families_fit_together(records):
    persons = {record.id: record for record in records}
    for record in records:
        if record.kind == "household_member" and record.fields["relation"] == "child":
            head = persons[record.root].fields
            born = record.fields.get("birth_date")
            if born and "birth_date" in head:
                assert born > head["birth_date"]
            assert born is None or born <= TODAY.isoformat()


def test_dates_of_accounts_and_visits_are_in_order(records):
    for record in records:
        fields = record.fields
        if record.kind == "account":
            assert fields["opened_on"] <= fields.get("matures_on", "9999")
            assert fields["opened_on"] <= TODAY.isoformat()
            assert fields["balance_minor"] >= 0
        if record.kind == "visit" and "recorded_at" in fields:
            assert fields["recorded_at"][:10] == fields["on"] <= TODAY.isoformat()


def test_visits_read_differently(records):
    told = [r.fields["summary"] for r in records if r.kind == "visit" and "summary" in r.fields]
    assert len(set(told)) > len(told) / 3


def test_fewer_kinds_are_the_same_records_of_those_kinds(records):
    few = make_branch(SEED, today=TODAY, with_kinds=("customer", "visit"))
    expected = [record for record in records if record.kind in ("customer", "visit")]
    assert list(few.records()) == expected


def test_a_small_branch_has_exactly_the_customers_asked_for():
    for count in (1, 2, 19, 20, 53):
        small = make_branch(3, today=TODAY, customers=count, managers=2)
        assert sum(record.kind == "customer" for record in small.records()) == count


def test_rows_of_a_spreadsheet_mean_the_customers_they_were_made_from(branch, customers):
    headings, rows = customers_as_rows(branch, 2000)
    assert len(rows) == 2000
    kind = kind_of(Customer)
    for heading, name in COLUMNS.items():
        assert heading in kind.by_name[name].headings
    columns = set(COLUMNS.values())
    for row, record in zip(rows, customers, strict=False):
        typed = {COLUMNS[heading]: cell for heading, cell in zip(headings, row, strict=True)}
        expected = {name: value for name, value in record.fields.items() if name in columns}
        assert normalise(kind, typed, whole_record=True)[0] == expected


def test_rows_of_one_manager_hold_no_person_twice(branch):
    headings, rows = customers_as_rows(branch, 5000, owner=branch.managers[1].id)
    numbers = [row[headings.index("证件号码")] for row in rows]
    given = [number for number in numbers if number]
    assert 850 < len(rows) < 1200
    assert len(given) == len(set(given))


def test_rows_survive_the_encodings_that_spreadsheets_are_saved_in(branch):
    _, rows = customers_as_rows(branch, 3000)
    text = "\n".join(cell for row in rows for cell in row)
    for encoding in ("utf-8-sig", "gb18030"):
        assert text.encode(encoding).decode(encoding) == text
