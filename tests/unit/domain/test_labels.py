"""Every kind, field and choice has its word in both languages."""

from __future__ import annotations

import re

from crm.domain import labels
from crm.domain.kinds import SCHEMA
from crm.domain.labels import choice_label, field_label, kind_label

CHINESE = re.compile(r"[\u4e00-\u9fff]")
LATIN = re.compile(r"[A-Za-z]")


def fields():
    return [(kind.name, spec) for kind in SCHEMA.kinds for spec in kind.fields]


def test_every_kind_has_both_words():
    missing = [k.name for k in SCHEMA.kinds if not CHINESE.search(kind_label(k.name, "zh"))]
    assert missing == []
    assert kind_label("contact_point", "en") == "Contact"


def test_every_field_has_both_words():
    wrong = [
        f"{kind}.{spec.name}"
        for kind, spec in fields()
        if LATIN.search(field_label(kind, spec.name, "zh"))
        or CHINESE.search(field_label(kind, spec.name, "en"))
    ]
    assert wrong == []


def test_no_two_fields_of_a_kind_share_a_word():
    for kind in SCHEMA.kinds:
        for language in ("en", "zh"):
            words = [field_label(kind.name, spec.name, language) for spec in kind.fields]
            assert len(set(words)) == len(words), (kind.name, words)


def test_every_choice_has_both_words():
    wrong = [
        f"{kind}.{spec.name}: {choice}"
        for kind, spec in fields()
        for choice in spec.choices
        if LATIN.search(choice_label(spec, choice, "zh"))
        or choice_label(spec, choice, "en") == choice
    ]
    assert wrong == []


def test_no_two_choices_of_a_field_share_a_word():
    for kind, spec in fields():
        for language in ("en", "zh"):
            words = [choice_label(spec, choice, language) for choice in spec.choices]
            assert len(set(words)) == len(words), (kind, spec.name, words)


def test_no_word_is_kept_for_what_is_no_longer_there():
    names = {kind.name: set(kind.by_name) for kind in SCHEMA.kinds}
    assert labels._KINDS_ZH.keys() == names.keys()
    for kind, words in labels._FIELDS_OF_KIND_ZH.items():
        assert words.keys() <= names[kind]
    assert labels._FIELDS_ZH.keys() <= set().union(*names.values())
    assert labels._CHOICES.keys() == {spec.choices for _, spec in fields() if spec.choices}


def test_tiers_are_called_high_general_and_low():
    tier = SCHEMA["customer"].by_name["tier"]
    assert [choice_label(tier, t, "zh") for t in tier.choices] == ["高", "一般", "低"]
    assert [choice_label(tier, t, "en") for t in tier.choices] == ["High", "General", "Low"]


def test_what_a_newer_server_made_up_is_shown_as_it_is():
    assert kind_label("hologram", "zh") == "hologram"
    assert field_label("hologram", "size", "zh") == "size"
    assert field_label("customer", "aura", "zh") == "aura"
    assert choice_label(SCHEMA["customer"].by_name["tier"], "platinum", "zh") == "platinum"
