"""What the command line shows of values: masked ones, and those that only a newer program knows."""

from __future__ import annotations

import pytest

from crm.domain.kinds import SCHEMA
from desktop.cli.shapes import fields_shown

CUSTOMER = SCHEMA["customer"]
SECRET = "+8615400001111"


@pytest.mark.parametrize(
    ("kind", "name"),
    [(CUSTOMER, "phone"), (CUSTOMER, "second_phone"), (None, "number")],
    ids=["a masked field", "an unknown field", "a field of an unknown kind"],
)
def test_what_may_be_secret_stays_masked_until_it_is_revealed(kind, name):
    masked = fields_shown(kind, {name: SECRET}, reveal=False)[name]
    assert SECRET[6:10] not in masked
    assert fields_shown(kind, {name: SECRET}, reveal=True) == {name: SECRET}


def test_other_values_stand_as_they_are_and_nothing_stays_nothing():
    fields = {"name": "王芳", "phone": None}
    assert fields_shown(CUSTOMER, fields, reveal=False) == fields
