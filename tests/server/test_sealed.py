"""What a laptop sealed is opened by the server alone, and judged as if it had come in clear."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from crm.domain.ids import new_id
from crm.records.sealing import HEADER, SealBroken, check_seal_key, seal, unseal
from server.store import people
from server.store.settings import create, public_text

CONTENT = {"fields": {"name": [None, "王芳"]}, "seen": None, "into": None, "copy": None}


def sealed(world, op, key=None):
    """The operation as a laptop sends it once its customer has left."""
    header = {name: getattr(op, name) for name in HEADER}
    pairs = {name: list(pair) for name, pair in op.fields.items()}
    content = {"fields": pairs, "seen": op.seen, "into": op.into, "copy": op.last_copy}
    text = seal(public_text(key or world.sealing_key), header, content)
    return replace(op, fields={}, seen=None, into=None, last_copy=None, sealed=text)


def test_a_sealed_edit_is_applied(world):
    laptop = world.laptop()
    customer = laptop.saved(village="Old")
    edit = laptop.edit(customer, village=("Old", "New"))
    assert laptop.outcomes(sealed(world, edit)) == ["applied"]
    assert world.record(customer.id).fields["village"] == "New"


def test_a_sealed_delete_is_judged_by_what_was_seen(world):
    laptop = world.laptop()
    customer = laptop.saved()
    laptop.push(laptop.tag(customer))
    seen_too_little = laptop.delete(customer, seen="0" * 32)
    assert laptop.outcomes(sealed(world, seen_too_little)) == ["conflict"]
    assert laptop.outcomes(sealed(world, laptop.delete(customer))) == ["applied"]


def test_a_sealed_edit_of_a_moved_customer_reaches_the_new_owner_in_clear(world):
    laptop, other = world.laptop(), world.laptop()
    customer = laptop.saved(note="base")
    world.move(customer.id, other.home)
    edit = sealed(world, laptop.edit(customer, note=("base", "call her")))
    (result,) = laptop.push(edit)
    assert (result.outcome, result.version, result.reason) == ("diverted", None, None)
    (item,) = world.inbox(customer.id)
    assert "call her" in item.fields["changes"]


def test_what_came_to_an_operation_after_it_was_sealed_is_added(world):
    laptop = world.laptop()
    customer = laptop.saved(village="Old")
    told = sealed(world, laptop.edit(customer, village=("Old", "New")))
    (result,) = laptop.push(replace(told, fields={"note": (None, "later")}))
    assert result.outcome == "applied"
    fields = world.record(customer.id).fields
    assert (fields["village"], fields["note"]) == ("New", "later")


def test_what_was_sealed_to_another_key_is_quarantined_as_it_came(world):
    laptop = world.laptop()
    customer = laptop.saved(village="Old")
    edit = laptop.edit(customer, village=("Old", "New"))
    told = sealed(world, edit, X25519PrivateKey.generate())
    assert laptop.outcomes(told) == ["quarantined"]
    with world.database.snapshot() as connection:
        (row,) = people.quarantined(connection)
    assert row["reason"] == "sealed"
    assert told.sealed in row["body"]
    assert world.record(customer.id).fields["village"] == "Old"


def test_content_under_another_header_is_not_believed(world):
    laptop = world.laptop()
    one, other = laptop.saved(village="A"), laptop.saved(village="A")
    edit = sealed(world, laptop.edit(one, village=("A", "B")))
    assert laptop.outcomes(replace(edit, record=other.id, root=other.id)) == ["quarantined"]
    assert world.record(other.id).fields["village"] == "A"


@pytest.mark.parametrize("content", ["", "AAAA", "!", "A" * 200])
def test_nonsense_in_place_of_sealed_content_is_quarantined(world, content):
    laptop = world.laptop()
    customer = laptop.saved()
    assert laptop.outcomes(replace(laptop.edit(customer), sealed=content)) == ["quarantined"]


def test_content_of_another_form_is_quarantined(world):
    laptop = world.laptop()
    customer = laptop.saved()
    edit = laptop.edit(customer)
    header = {name: getattr(edit, name) for name in HEADER}
    for wrong in ({"fields": []}, {"fields": {"name": 1}}, {"into": 7}, {"copy": "x"}):
        text = seal(public_text(world.sealing_key), header, {**CONTENT, **wrong})
        told = replace(edit, id=new_id(), sealed=text)
        assert laptop.outcomes(told) == ["quarantined"], wrong


def test_what_follows_a_create_that_nobody_can_open_is_quarantined_too(world):
    laptop = world.laptop()
    created = laptop.customer()
    child = laptop.tag(created)
    told = sealed(world, created, X25519PrivateKey.generate())
    assert laptop.outcomes(told, child) == ["quarantined", "quarantined"]


def test_a_seal_opens_with_its_key_and_header_alone():
    key, header = X25519PrivateKey.generate(), dict.fromkeys(HEADER, "x")
    text = seal(public_text(key), header, CONTENT)
    assert unseal(key, header, text) == CONTENT
    with pytest.raises(SealBroken):
        unseal(key, {**header, "author": "y"}, text)
    with pytest.raises(SealBroken):
        unseal(X25519PrivateKey.generate(), header, text)
    assert text != seal(public_text(key), header, CONTENT)


@pytest.mark.parametrize("key", ["", "AAAA", "A" * 43 + "=", "!" * 44], ids=range(4))
def test_a_key_that_nothing_can_be_sealed_to_is_told(key):
    with pytest.raises(ValueError):  # noqa: PT011 - whatever the library says
        check_seal_key(key)


def test_a_folder_older_than_sealing_gets_its_key_once(tmp_path):
    settings = create(tmp_path, None, practice=True)
    key = settings.sealing_key.private_bytes_raw()
    assert settings.sealing_key.private_bytes_raw() == key
    assert (tmp_path / "sealing.key").stat().st_mode & 0o077 == 0
