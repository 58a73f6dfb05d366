"""Of a value that nobody here knows the definition of, nothing is told but that it is there."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crm.domain.kinds import SCHEMA
from desktop.views.customer.words import UNKNOWN, Voice, set_aside_words, shown_value

VOICE = Voice("en", datetime(2026, 3, 2, tzinfo=UTC), SCHEMA)
SECRET = "13812340000"


@pytest.mark.parametrize("kind", ["customer", "a_kind_of_a_newer_branch"])
def test_a_field_without_a_definition_is_masked_whole(kind):
    assert shown_value(VOICE, kind, "of_a_newer_branch", SECRET) == UNKNOWN
    assert shown_value(VOICE, kind, "of_a_newer_branch", SECRET, revealed=True) == UNKNOWN
    assert SECRET[:3] not in set_aside_words(VOICE, kind, "of_a_newer_branch", (SECRET,), "")


@pytest.mark.parametrize("value", [None, ""])
def test_that_nothing_is_there_is_no_secret(value):
    assert shown_value(VOICE, "customer", "of_a_newer_branch", value) == ""
    assert shown_value(VOICE, "customer", "name", value) == ""
