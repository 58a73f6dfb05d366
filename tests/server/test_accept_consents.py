"""What the server alone writes, and what nobody rewrites: judged where a laptop's word arrives."""

from __future__ import annotations

from crm.domain.ids import new_id

SAID = {"decision": "withdrawn", "purpose": "club", "channel": "any", "said_on": "2026-03-18"}


def refusals(laptop, *operations):
    """The code of each refusal, "" for what was not refused."""
    return [(result.reason or "").split(" ")[0] for result in laptop.push(*operations)]


def test_no_laptop_stops_or_resumes_the_use_of_somebody_s_data(world):
    laptop = world.laptop()
    customer = laptop.saved(name="Made Up")
    world.hand().edit(customer.id, {"restricted_on": "2026-03-01", "restricted_reason": "asked"})
    told = refusals(
        laptop,
        laptop.edit(customer, restricted_on=("2026-03-01", None)),
        laptop.edit(customer, restricted_reason=("asked", "other")),
        laptop.edit(customer, note=(None, "tea"), restricted_on=("2026-03-01", "2026-04-01")),
        laptop.customer(restricted_on="2026-03-01"),
    )
    assert told == ["field.server_only"] * 4
    held = world.record(customer.id).fields
    assert (held["restricted_on"], held["restricted_reason"]) == ("2026-03-01", "asked")
    assert "note" not in held
    # What says nothing new of it goes through: an older program sends fields it does not know.
    same = laptop.edit(customer, note=(None, "tea"), restricted_on=("2026-03-01", "2026-03-01"))
    assert laptop.outcomes(same) == ["applied"]


def test_no_laptop_sets_a_rule_of_the_bank(world):
    laptop = world.laptop()
    rule = {"name": "offline_days", "value": "365", "from_on": "2026-01-01"}
    fields = {name: (None, value) for name, value in rule.items()}
    for home in ("bank", laptop.home):
        operation = laptop.operation("create", new_id(), kind="parameter", home=home, fields=fields)
        assert laptop.outcomes(operation)[0] in ("refused", "quarantined")


def test_what_was_said_is_neither_rewritten_nor_removed_by_a_laptop(world):
    laptop = world.laptop()
    customer = laptop.saved(name="Made Up")
    said = laptop.child(customer, "consent", **SAID)
    assert laptop.outcomes(said) == ["applied"]
    record = world.record(said.record)
    told = refusals(
        laptop,
        laptop.edit(record, decision=("withdrawn", "granted")),
        laptop.delete(record),
        laptop.operation(
            "create",
            record.id,
            kind="consent",
            parent=customer.id,
            root=customer.id,
            fields={**said.fields, "decision": (None, "granted")},
        ),
    )
    assert told == ["kind.append_only"] * 3
    assert world.record(record.id).fields["decision"] == "withdrawn"
