"""What a customer said, and what follows from it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.domain.consent import (
    NOES,
    PURPOSES,
    REASONS,
    Statement,
    carried,
    may_contact,
    noes_to_answer,
    statement,
)
from crm.domain.ids import derived_id
from crm.domain.kinds import CHANNELS, CONSENT_CHANNELS

ON = "2026-03-18"
ADULT = {"name": "某某", "birth_date": "1960-05-01", "phone": "+8615400000000", "address": "某村"}


def said(decision="granted", channel="phone", seen=(), **other) -> Statement:
    """A statement about marketing by phone; its id follows from what it says."""
    given = {
        "decision": decision,
        "purpose": "marketing",
        "channel": channel,
        "evidence": "signed_form" if decision == "granted" else None,
        "said_on": "2026-01-10",
        "seen": [s.id for s in seen],
        **other,
    }
    return statement(derived_id(json.dumps(given, sort_keys=True)), given)


def asked(statements, channel="phone", purpose="marketing", customer=ADULT, on=ON, rules=()):
    return may_contact(customer, statements, purpose, channel, on, rules)


def test_who_was_never_asked_is_not_contacted_and_contract_and_law_need_no_consent():
    assert asked([]).reason == "not_asked"
    assert not asked([]).allowed
    for purpose in ("service", "complaint"):
        assert asked([], purpose=purpose).allowed


def test_a_consent_holds_for_its_purpose_and_way_alone():
    yes = said(channel="sms")
    assert asked([yes], "sms").allowed
    assert asked([yes], "phone").reason == "other_way"
    assert asked([yes], "phone").facts == {"ways": "sms"}
    assert asked([yes], "sms", "club").reason == "not_asked"
    assert asked([said(channel="any")], "post").allowed


def test_sensitive_data_and_passing_on_need_consents_of_their_own():
    everything = [said(channel="any", purpose=p) for p in ("marketing", "club", "survey")]
    for purpose in ("sensitive", "share"):
        assert asked(everything, "any", purpose).reason == "not_asked"
        own = said(channel="phone", purpose=purpose)  # the way says nothing here
        assert asked([*everything, own], "any", purpose).allowed
        assert asked([own, said("withdrawn", "post", purpose=purpose)], "any", purpose).reason == (
            "withdrawn"
        )


def test_a_withdrawal_ends_a_consent_that_did_not_know_of_it_and_only_a_new_one_answers_it():
    yes = said()
    no = said("withdrawn", said_on="2020-01-01")  # a date says nothing about what was known
    late = said(said_on="2026-03-17")  # made on a laptop that had not heard of it
    assert asked([yes, no, late]).reason == "withdrawn"
    again = said(seen=[no], said_on="2026-03-01")
    assert asked([yes, no, late, again]).allowed


def test_a_withdrawal_of_every_way_shuts_each_and_one_way_may_be_opened_again():
    yes, no = said(channel="any"), said("withdrawn", "any")
    only_post = said(channel="post", seen=[no])
    assert [asked([yes, no, only_post], way).allowed for way in CHANNELS] == [
        way == "post" for way in CHANNELS
    ]


def test_a_way_that_was_refused_stays_shut_under_a_consent_for_every_way():
    no, yes = said("refused", "phone"), said(channel="any")
    assert asked([no, yes], "phone").reason == "refused"
    assert asked([no, yes], "sms").allowed
    assert asked([no, said(channel="any", seen=[no])], "phone").allowed


def test_any_asks_whether_one_way_is_open():
    assert asked([said(channel="post")], "any").allowed
    assert asked([said(channel="any"), said("refused", "phone")], "any").allowed
    assert asked([said(channel="any"), said("withdrawn", "any")], "any").reason == "withdrawn"
    assert asked([said(channel="post", until_on="2026-01-31")], "any").reason == "ended"


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ({"until_on": "2026-03-17"}, "ended"),
        ({"until_on": "2026-03-18"}, "consent"),
        ({"from_on": "2026-03-19"}, "not_yet"),
        ({"from_on": "2026-03-18"}, "consent"),
        ({"said_on": "2026-03-19"}, "not_yet"),
        ({"said_on": "2024-03-17"}, "stale"),
        ({"said_on": "2024-03-18"}, "consent"),
        ({"evidence": None}, "evidence"),
        ({"evidence": "spoken_witness"}, "evidence"),
        ({"evidence": "spoken_witness", "evidence_note": "某某在场"}, "consent"),
    ],
)
def test_a_consent_holds_between_its_days_with_evidence_and_not_for_ever(other, reason):
    assert asked([said(**other)]).reason == reason


def test_how_long_a_consent_lasts_is_the_bank_s_to_say_from_a_day_on():
    rules = [{"name": "consent_months", "value": "1", "from_on": "2026-03-01"}]
    found = asked([said()], rules=rules)
    assert (found.reason, found.facts) == ("stale", {"said_on": "2026-01-10", "months": 1})
    assert asked([said()], on="2026-02-28", rules=rules).allowed  # before the rule


@pytest.mark.parametrize(
    ("customer", "allowed"),
    [
        ({"birth_date": "2012-03-18"}, False),  # the fourteenth birthday is not past yet
        ({"birth_date": "2012-03-17"}, True),
        ({"id_number": "110101201501011234"}, False),  # no birth date: by the number
        ({"id_number": "110101196001011234"}, True),
        ({"id_type": "passport", "id_number": "E12345678"}, True),
        ({}, True),
    ],
)
def test_a_child_under_14_needs_its_guardian(customer, allowed):
    own = said(said_on=ON)
    guardian = said(guardian_name="某母", guardian_relation="parent")
    assert asked([own], customer=customer).allowed is allowed
    assert asked([own], customer=customer).reason == ("consent" if allowed else "guardian")
    assert asked([own, guardian], customer=customer).allowed
    no = said("withdrawn")  # a child may say no by itself
    assert asked([guardian, no], customer=customer).reason == "withdrawn"


def test_a_child_s_own_consent_does_not_come_to_count_with_its_birthday():
    thirteen = {"birth_date": "2012-02-01"}  # when it was said; fourteen when it is asked
    assert asked([said()], customer=thirteen).reason == "guardian"
    guarded = said(guardian_name="某母", guardian_relation="parent")
    assert asked([said(), guarded], customer=thirteen).allowed
    assert asked([said(), said(said_on="2026-02-02")], customer=thirteen).allowed
    assert asked([said(said_on="2020-01-01")], customer=thirteen).reason == "stale"


def test_nobody_whose_processing_was_stopped_or_who_has_died_is_contacted_for_anything():
    for gone in ({"restricted_on": "2026-03-01"}, {"deceased_on": "2026-03-01"}):
        for purpose in PURPOSES:
            found = asked([said(channel="any")], "any", purpose, {**ADULT, **gone})
            assert not found.allowed
            assert found.reason in ("stopped", "deceased")


def test_service_goes_another_way_where_one_was_refused_and_one_is_open():
    no = said("refused", "phone", purpose="service")
    found = asked([no], "phone", "service")
    assert (found.reason, found.facts) == ("channel_refused", {"ways": "post sms visit"})
    assert asked([no], "post", "service").allowed
    assert asked([no], "any", "service").allowed
    assert asked([no], "phone", "service", {"phone": ADULT["phone"]}).reason == "channel_refused"
    alone = said("refused", "any", purpose="service")
    assert asked([alone], "phone", "complaint").allowed  # no way is left: the duty stays
    yes = said(channel="phone", purpose="service", seen=[no])
    assert asked([no, yes], "phone", "service").allowed


def test_what_may_not_be_asked_is_an_error_not_an_answer():
    for purpose, channel in (("club", "pigeon"), ("nonsense", "phone")):
        with pytest.raises(ValueError, match="purpose or way"):
            asked([], channel, purpose)


def test_a_new_statement_names_the_noes_that_concern_it():
    nos = [said("refused", "phone"), said("withdrawn", "any"), said("refused", "sms")]
    others = [said("refused", "phone", purpose="club"), said()]
    assert set(noes_to_answer([*nos, *others], "marketing", "phone")) == {nos[0].id, nos[1].id}
    assert set(noes_to_answer([*nos, *others], "marketing", "any")) == {n.id for n in nos}


def test_a_no_in_the_inbox_counts_before_it_is_taken_and_a_consent_there_does_not():
    def item(decision, **other):
        changes = {n: [None, v] for n, v in said(decision)._asdict().items() if n != "seen"}
        made = {"record_kind": "consent", "state": "open", "record": "r", **other}
        return {**made, "changes": json.dumps(changes)}

    for state in ("open", "dismissed"):
        found = carried(item("withdrawn", state=state))
        assert found is not None
        assert asked([said(), found]).reason == "withdrawn"
    for other in (
        item("granted"),
        item("withdrawn", state="taken"),
        item("withdrawn", record_kind="visit"),
        {**item("withdrawn"), "changes": "[1]"},
        {**item("withdrawn"), "changes": "nonsense"},
    ):
        assert carried(other) is None


# --- laptops that meet and part --------------------------------------------------------------


@dataclass
class Laptops:
    """Two laptops: what each knows, and every statement there is."""

    known: list[dict[str, Statement]] = field(default_factory=lambda: [{}, {}])

    def say(self, laptop: int, number: int, decision: str, channel: str, day: int) -> None:
        mine = self.known[laptop].values()
        made = said(
            decision,
            channel,
            evidence="online",
            evidence_note=str(number),  # so that no two are the same statement
            said_on=f"2026-01-{day:02d}",
            from_on="2020-01-01",
        )
        seen = noes_to_answer(mine, "marketing", channel)
        self.known[laptop][made.id] = made._replace(seen=frozenset(seen))

    def meet(self) -> None:
        both = {**self.known[0], **self.known[1]}
        self.known = [dict(both), dict(both)]


steps = st.one_of(
    st.tuples(
        st.integers(0, 1),
        st.sampled_from(("granted", "refused", "withdrawn")),
        st.sampled_from(("phone", "sms", "any")),
        st.integers(1, 28),  # the date that was typed: any clock
    ),
    st.none(),  # they sync
)


def _played(script) -> Laptops:
    world = Laptops()
    for number, step in enumerate(script):
        if step is None:
            world.meet()
        else:
            laptop, decision, channel, day = step
            world.say(laptop, number, decision, channel, day)
    return world


@given(st.lists(steps, max_size=12), st.randoms(use_true_random=False))
def test_neither_the_order_of_arrival_nor_any_clock_matters(script, dice):
    world = _played(script)
    world.meet()
    ordered = list(world.known[0].values())
    mixed = dice.sample(ordered, len(ordered))
    # The same statements under other dates: the answer, yes or no, stays.
    redated = [s._replace(said_on=f"2026-02-{dice.randint(1, 28):02d}") for s in mixed]
    for channel in CONSENT_CHANNELS:
        first = asked(ordered, channel)
        assert asked(mixed, channel) == first
        assert asked(redated, channel).allowed is first.allowed
        assert first.reason in REASONS


@given(st.lists(steps, max_size=12))
def test_a_withdrawal_never_loses_to_what_did_not_know_of_it(script):
    world = _played(script)
    world.meet()
    everything = list(world.known[0].values())
    for channel in ("phone", "sms"):
        noes = {s.id for s in everything if s.decision in NOES and s.channel in (channel, "any")}
        knowing = [
            s
            for s in everything
            if s.decision == "granted" and s.channel in (channel, "any") and noes <= set(s.seen)
        ]
        assert asked(everything, channel).allowed is bool(knowing)


@given(st.lists(steps, max_size=10), st.sampled_from(("phone", "sms", "any")))
def test_one_more_no_never_opens_a_way(script, channel):
    world = _played(script)
    world.meet()
    before = list(world.known[0].values())
    after = [*before, said("withdrawn", channel)]
    for way in CONSENT_CHANNELS:
        assert asked(before, way).allowed or not asked(after, way).allowed
    assert not asked(after, channel).allowed


@given(st.lists(steps, max_size=8), st.lists(steps, max_size=8))
def test_of_two_customers_who_turn_out_to_be_one_the_stricter_word_counts(one, other):
    """Merged without ever having known of each other's statements."""
    first, second = _played(one), _played(other)
    first.meet()
    second.meet()
    ours = list(first.known[0].values())
    theirs = [s._replace(id=f"other {s.id}", seen=()) for s in second.known[0].values()]
    for way in CHANNELS:
        if any(s.decision in NOES and s.channel in (way, "any") for s in theirs):
            mine = [s for s in ours if s.decision == "granted"]
            assert not asked([*mine, *theirs], way).allowed
