"""How entries of the access log read, and what a reason must say."""

from __future__ import annotations

import pytest

from crm.domain.access_words import check_reason, choice_words, what_words, why_words
from crm.domain.errors import Refused
from crm.domain.kinds import ACCESS_ACTIONS, ACCESS_REASONS


@pytest.mark.parametrize(
    ("what", "english", "chinese"),
    [
        ("customer.phone, customer.id_number", "Phone, Identity number", "手机、证件号码"),
        ("labels, for.club", "address labels, ", "地址标签、"),
        ("customer", "Customer", "客户"),
        ("access_log", "access log", "查阅记录"),
        ("gift.ribbon", "ribbon", "ribbon"),  # of a kind that only a newer program knows
    ],
    ids=["fields", "purpose", "kind", "list", "unknown"],
)
def test_what_was_seen_is_said_in_both_languages(what, english, chinese):
    assert what_words(what, "en").startswith(english)
    assert what_words(what, "zh").startswith(chinese)
    assert "for." not in what_words(what, "en")


def test_every_action_and_reason_has_words_of_its_own():
    for language in ("en", "zh"):
        for name, values in (("action", ACCESS_ACTIONS), ("reason", ACCESS_REASONS)):
            words = {choice_words({name: value}, name, language) for value in values}
            assert len(words) == len(values)
            assert not words & set(values)


def test_the_note_follows_the_reason():
    assert why_words({"reason": "other", "note": "court"}, "en") == "Another reason: court"
    assert why_words({"reason": "call"}, "zh") == "给客户打电话"


def test_only_known_reasons_count_and_another_one_needs_words():
    assert [check_reason(reason, "w") for reason in ACCESS_REASONS] == list(ACCESS_REASONS)
    for reason, note, code in ((None, "", "reason"), ("fun", "", "reason"), ("other", " ", "note")):
        with pytest.raises(Refused, match=f"access.{code}"):
            check_reason(reason, note)
