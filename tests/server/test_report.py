"""A person's report holds everything: each kind there is, each field, and who could see it."""

from __future__ import annotations

from datetime import timedelta

import pypdfium2
import pytest

from crm.domain.ids import new_id
from crm.domain.kind import FieldType
from crm.domain.kinds import SCHEMA
from crm.records import access
from server.commands.report import as_json, gathered, without_foreign
from server.dossier.report import report_pdf
from tests.helpers.stores import database  # noqa: F401 - the second store is for the long run

OTHERS, OWN = "15400777666", "+8615400987654"
LOGS = {access.KIND}  # told as acts; all others hang below the customer
PATTERNED = {
    "id_number": "430599190001010019",
    "phone": OWN,
    "email": "a@example.org",
    "postcode": "414300",
    "number": "62170000000000017",
    "currency": "CNY",
    "changes": "{}",
    "seen": [],
}


def value_of(kind, spec, others):
    """Return a value that stands in a field and nowhere else."""
    if spec.name in PATTERNED:
        return PATTERNED[spec.name]
    by_type = {
        FieldType.WHOLE: 7,
        FieldType.FLAG: True,
        FieldType.DAY: "2020-02-02",
        FieldType.INSTANT: "2026-03-18T02:30:00.000Z[+08:00]",
        FieldType.REFERENCE: others,
        FieldType.WORDS: [f"{kind}甲"],
        FieldType.TEXT: f"{kind}·{spec.name}"[: spec.max_length],
    }
    return spec.choices[0] if spec.choices else by_type[spec.type]


def whole_customer(world):
    """Return a customer with a record of every kind that can lie in a portfolio, filled."""
    hand, manager = world.hand(), world.person()
    home, made = f"portfolio:{manager}", {}
    kinds = [k for k in SCHEMA.kinds if k.stream == "portfolio" and k.name not in LOGS]
    for kind in kinds:
        above = next((made[p] for p in kind.parents if p in made), made.get("customer"))
        record = new_id()
        fields = {s.name: value_of(kind.name, s, record) for s in kind.fields if not s.server_only}
        where = {"home": home} if kind.name == "customer" else {"parent": above}
        root = made.get("customer", record)
        op = hand.operation("create", kind.name, record, fields, root=root, **where)
        (result,) = hand.push([op])
        assert result.outcome == "applied", (kind.name, result)
        made[kind.name] = record
    return made, kinds


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_kind_of_the_schema_is_in_the_report(world, language):
    made, kinds = whole_customer(world)
    report = gathered(world.exchange, made["customer"], language)
    told = {h.entry.kind: h for h in (report.customer, *report.family)}
    assert told.keys() == {kind.name for kind in kinds}
    for kind in kinds:
        hidden = {"other", "other_manager"}
        wanted = {s.name for s in kind.fields if not s.server_only} - hidden - {"seen"}
        assert told[kind.name].entry.fields.keys() >= wanted, kind.name
    text = as_json(report).decode()
    for value in (OWN, PATTERNED["id_number"], PATTERNED["number"]):
        assert value in text
    pages = "".join(
        page.get_textpage().get_text_range()
        for page in pypdfium2.PdfDocument(report_pdf(report, language=language))
    )
    for held in told.values():
        for shown in held.shown.values():
            assert shown[:12] in pages.replace("\r\n", ""), (held.entry.kind, shown)


def test_whence_it_came_who_could_see_it_and_who_looked_are_told(world):
    laptop, colleague = world.laptop(), world.laptop()
    who = laptop.saved(name="王芳", phone=OWN)
    laptop.push(laptop.edit(who, village=(None, "石湾")))
    said = {
        "author": laptop.person,
        "at": world.exchange.now(),
        "action": "reveal",
        "subject": who.id,
        "count": 1,
        "reason": "call",
        "place": 1,
    }
    fields = {name: (None, value) for name, value in access.sealed(said).items()}
    laptop.push(
        laptop.operation("append", new_id(), kind=access.KIND, home=laptop.home, fields=fields)
    )
    world.clock.pass_time(timedelta(hours=1))
    world.move(who.id, colleague.home)
    world.clock.pass_time(timedelta(hours=1))
    report = gathered(world.exchange, who.id, "en")
    assert (report.customer.by, report.customer.changed) == ("Made Up", 2)
    assert [c.verb for c in report.changes] == ["create", "edit", "move"]
    assert report.changes[1].fields == {"village": ("", "石湾")}
    assert [bool(r.until) for r in report.readers] == [True, False]
    (act,) = report.acts
    assert act.by == "Made Up"
    assert act.what
    assert act.why


def test_numbers_of_others_are_hidden_and_one_s_own_are_not(world):
    laptop, colleague = world.laptop(), world.laptop()
    who = laptop.saved(
        name="王芳", phone=OWN, note=f"儿子电话 {OTHERS}，本人 {OWN[3:]}，2026-03-18 来访"
    )
    other = colleague.saved(name="邻居", phone="+8615400111222")
    home = colleague.child(other, "household", name="邻居家")
    member = colleague.child(
        home, "household_member", relation="other", customer=who.id, note=f"找 {OTHERS}"
    )
    colleague.push(home, member)
    report = gathered(world.exchange, who.id, "zh")
    text = as_json(report).decode()
    assert OTHERS not in text
    assert OWN[3:] in report.customer.shown["note"]
    assert "2026-03-18" in report.customer.shown["note"]
    (theirs,) = report.elsewhere
    assert theirs.entry.kind == "household_member"
    assert "邻居" not in text
    assert "+8615400111222" not in text


def test_a_number_with_gaps_is_one_number():
    assert without_foreign("打 154 0077 7666", set()) == "打 154********66"
    assert without_foreign("2026-03-18", set()) == "2026-03-18"
    assert without_foreign("154 0077 7666", {"8615400777666"}) == "154 0077 7666"
