"""Consents on a real encrypted replica: for one customer and for a whole list."""

from __future__ import annotations

import json
import time
from datetime import date

import pytest

from crm.domain import consent
from crm.domain.errors import NotFound, Refused
from crm.domain.kinds import CHANNELS, SCHEMA
from desktop.services import consent as consents
from tests.storage.test_listing import Branch, loaded

TODAY = date(2026, 3, 18)


def yes(channel="any", **other):
    given = {"decision": "granted", "purpose": "marketing", "channel": channel}
    return {**given, "evidence": "signed_form", "said_on": "2026-01-10", **other}


def no(channel="any", **other):
    given = {"decision": "withdrawn", "purpose": "marketing", "channel": channel}
    return {**given, "said_on": "2026-02-01", **other}


@pytest.fixture(scope="module")
def village(tmp_path_factory):
    branch = Branch()
    ids = {}

    def person(name, *statements, **fields):
        ids[name] = branch.add("customer", name=name, **fields)
        return [branch.add("consent", ids[name], **one) for one in statements]

    person("silent")
    person("agreed", yes())
    person("withdrew", yes(), no())
    person("child", yes(), birth_date="2016-05-01", id_number="110101201605011234")
    person(
        "guarded", yes(guardian_name="某母", guardian_relation="parent"), birth_date="2016-05-01"
    )
    person("grown", yes(said_on="2026-01-02"), birth_date="2012-02-01")
    person("numbered", yes(), id_number="110101201605011234")
    person("stopped", yes(), restricted_on="2026-03-01", restricted_reason="本人要求")
    person("died", yes(), deceased_on="2026-03-01")
    person("old", yes(said_on="2025-01-01"))
    person("by_post", yes("post"))
    person("other_purpose", yes(purpose="club"))
    person("carried", yes())
    changes = {name: [None, value] for name, value in no().items()}
    branch.add(
        "inbox_item", ids["carried"], record=ids["carried"], record_kind="consent",
        verb="append", changes=json.dumps(changes), state="open",
    )  # fmt: skip
    rule = branch.add("parameter", name="consent_months", value="12", from_on="2026-01-01")
    laptop = loaded(tmp_path_factory.mktemp("village"), branch)
    yield laptop, ids, rule
    laptop.replica.close()


EXPECTED = {
    "silent": "not_asked",
    "agreed": "consent",
    "withdrew": "withdrawn",
    "child": "guardian",
    "guarded": "consent",
    "grown": "guardian",
    "numbered": "guardian",
    "stopped": "stopped",
    "died": "deceased",
    "old": "stale",
    "by_post": "other_way",
    "other_purpose": "not_asked",
    "carried": "withdrawn",
}


def test_a_list_is_told_of_each_customer_what_one_alone_is_told(village):
    laptop, ids, _ = village
    for few in (consents._FEW, 0):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(consents, "_FEW", few)
            with laptop.replica.reader() as reader:
                found = consents.permissions(reader, ids.values(), "marketing", "phone", TODAY)
        assert {name: found[i].reason for name, i in ids.items()} == EXPECTED
    for name, i in ids.items():
        for purpose, channel in (("marketing", "phone"), ("club", "any"), ("service", "visit")):
            one = consents.permission(laptop.replica.reader, i, purpose, channel, TODAY)
            shown = consents.record_of(laptop.replica.reader, i, TODAY).now[purpose, channel]
            with laptop.replica.reader() as reader:
                many = consents.permissions(reader, ids.values(), purpose, channel, TODAY)
            assert many[i] == one == shown, name


def test_the_gate_keeps_the_order_and_says_who_is_left_out_and_why(village):
    laptop, ids, _ = village
    asked = [*reversed(ids.values()), ids["agreed"], "unknown"]
    found = consents.gate(laptop.replica.reader, asked, "marketing", "post", TODAY)
    assert found.allowed == (ids["by_post"], ids["guarded"], ids["agreed"])
    assert found.reasons == {
        "stopped": 1, "deceased": 1, "withdrawn": 2, "guardian": 3, "stale": 1, "not_asked": 3,
    }  # fmt: skip
    assert found.left_out["unknown"].reason == "not_asked"


def test_only_a_customer_is_asked_about(village):
    laptop, _, rule = village
    for record in (rule, "00000000-0000-8000-8000-000000000000"):
        with pytest.raises(NotFound):
            consents.permission(laptop.replica.reader, record, "club", "phone", TODAY)


# --- saying something ------------------------------------------------------------------------


@pytest.fixture
def laptop(tmp_path):
    branch = Branch()
    adult = branch.add("customer", name="某某", birth_date="1960-05-01")
    child = branch.add("customer", name="小某", birth_date="2016-05-01")
    made = loaded(tmp_path, branch)
    made.adult, made.child = adult, child
    yield made
    made.replica.close()


def say(laptop, fields, customer=None):
    return consents.record_statement(
        laptop.replica.unit_of_work, SCHEMA, customer or laptop.adult, fields, TODAY
    )


def reason(laptop, channel="phone", customer=None):
    found = consents.permission(
        laptop.replica.reader, customer or laptop.adult, "marketing", channel, TODAY
    )
    return found.reason


def test_a_withdrawal_acts_at_once_and_a_later_consent_answers_it(laptop):
    say(laptop, yes(said_on="2026-03-18"))
    assert reason(laptop) == "consent"
    first = say(laptop, no("phone", said_on="2026-03-18"))
    assert reason(laptop) == "withdrawn"
    assert reason(laptop, "sms") == "consent"
    second = say(laptop, yes("phone", said_on="2026-03-18"))
    assert reason(laptop) == "consent"
    with laptop.replica.reader() as reader:
        assert reader.get(second).fields["seen"] == [first]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (yes(said_on="2026-03-19"), "consent.said_on"),
        (no(said_on="2026-03-19"), "consent.said_on"),
        (yes(until_on="2026-03-17"), "consent.until_on"),
        (yes(evidence=""), "consent.evidence"),
        (yes(evidence="spoken_witness"), "consent.witness"),
        (yes(channel="pigeon"), "field.choice"),
        (yes(purpose=""), "field.required"),
    ],
)
def test_what_would_never_count_is_refused_and_nothing_is_saved(laptop, given, code):
    with pytest.raises(Refused) as refused:
        say(laptop, {name: value for name, value in given.items() if value})
    assert refused.value.code == code
    assert laptop.states() == []


def test_a_child_s_consent_needs_the_guardian_and_its_no_does_not(laptop):
    with pytest.raises(Refused) as refused:
        say(laptop, yes(), laptop.child)
    assert refused.value.code == "consent.guardian"
    say(laptop, yes(guardian_name="某母", guardian_relation="parent"), laptop.child)
    assert reason(laptop, customer=laptop.child) == "consent"
    say(laptop, no(), laptop.child)
    assert reason(laptop, customer=laptop.child) == "withdrawn"


def test_what_a_child_said_years_ago_needs_the_guardian_of_then(laptop):
    grown = laptop.create("customer", name="某青年", birth_date="2011-05-01")
    with pytest.raises(Refused) as refused:
        say(laptop, yes(said_on="2025-02-01"), grown)
    assert (refused.value.code, refused.value.facts["field"]) == (
        "consent.guardian.then",
        "said_on",
    )
    say(laptop, yes(said_on="2026-02-01"), grown)


def test_nobody_rewrites_what_was_said_nor_what_the_branch_alone_writes(laptop):
    made = say(laptop, no())
    for act in (
        lambda: laptop.edit(made, decision="granted"),
        lambda: laptop.delete(made),
        lambda: laptop.edit(laptop.adult, restricted_on="2026-03-18"),
        lambda: laptop.create("parameter", name="offline_days", value="9", from_on="2026-01-01"),
    ):
        with pytest.raises(Refused):
            act()
    assert laptop.states() == ["queued"]


def test_every_question_has_an_answer_in_the_record(laptop):
    found = consents.record_of(laptop.replica.reader, laptop.adult, TODAY)
    assert set(found.now) == {(p, c) for p in consent.PURPOSES for c in ("any", *CHANNELS)}
    assert found.statements == []


@pytest.mark.slow
def test_a_hundred_thousand_customers_are_answered_in_a_second(tmp_path):
    branch, ids = Branch(), []
    for number in range(100_000):
        ids.append(branch.add("customer", name=f"客户{number}", birth_date="1960-05-01"))
        if number % 5:
            said_on = f"2025-{number % 12 + 1:02d}-{number % 28 + 1:02d}"
            branch.add("consent", ids[-1], **yes(CHANNELS[number % 3], said_on=said_on))
        if number % 10 == 1:
            branch.add("consent", ids[-1], **no("phone"))
    laptop = loaded(tmp_path, branch)
    with laptop.replica.reader() as reader:
        best = min(_timed(reader, ids) for _ in range(3))
    laptop.replica.close()
    assert best < 1.0, f"{best:.2f} s"


def _timed(reader, ids):
    began = time.process_time()
    found = consents.permissions(reader, ids, "marketing", "phone", TODAY)
    took = time.process_time() - began
    assert sum(one.allowed for one in found.values()) == 23_334
    return took
