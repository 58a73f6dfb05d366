"""The working day of the first part, through the two commands and a real server process."""

from __future__ import annotations

import pypdfium2
import pytest

from crm.records.pinyin import search_key
from tests.helpers import day as days

CUSTOMERS = 600
CUSTOMERS_IN_THE_LONG_RUN = 2000


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def database(request):
    return None if request.param == "sqlite" else request.getfixturevalue("postgresql")


@pytest.fixture
def day(tmp_path, database):
    count = CUSTOMERS if database is None else CUSTOMERS_IN_THE_LONG_RUN
    lived = days.live(tmp_path, seed=20260318, count=count, database=database)
    yield lived
    lived.server.stop()


def test_a_day_offline_and_its_conflict_reach_both_laptops_and_the_server(day):
    synced = day.mine.run("sync", code=1)  # 1: something waits for a person

    assert (synced["conflicts"], synced["merged"], synced["refused"]) == (1, 1, 0)
    assert synced["verified"]
    both = days.fields_of(day.mine, day.apart)
    assert both["phone"] == "+8615400001111"
    assert both["occupation"] == "茶农"
    can_be_found(day, both)
    labels_hold_the_village(day, both)

    (conflict,) = day.mine.run("conflicts", "list")["conflicts"]
    shown = day.mine.run("conflicts", "show", conflict["id"], "--reveal", "--reason", "identify")
    assert (shown["mine"], shown["theirs"]) == ("+8615400002222", "+8615400004444")
    day.mine.run("conflicts", "resolve", conflict["id"], "--mine")
    assert day.mine.run("sync")["conflicts"] == 0

    assert day.deputy.run("sync")["verified"]
    assert days.fields_of(day.deputy, day.contested)["phone"] == "+8615400002222"
    assert days.fields_of(day.deputy, day.apart) == both
    assert day.deputy.run("conflicts", "list")["conflicts"] == []
    assert days.fields_of(day.deputy, day.new)["name"] == "欧阳𠮷祥"
    visits = day.deputy.run("visits", "list", day.apart)["visits"]
    assert day.visit in [visit["id"] for visit in visits]

    for laptop in (day.mine, day.deputy):
        assert laptop.run("verify", "--full")["outcome"] == "equal"
    assert day.server.run("verify")["verified"]
    assert day.mine.run("sync")["requests"] == 1


def can_be_found(day, fields):
    """By name part, pinyin initials and phone tail."""
    initials = search_key(fields["name"]).split(";")[0].split("|")[1]
    for query in (fields["name"][-2:], initials, fields["phone"][-4:]):
        found = day.mine.run("customers", "find", query, "--limit", 200)["customers"]
        assert day.apart in [c["id"] for c in found], query


def labels_hold_the_village(day, fields):
    document = pypdfium2.PdfDocument(day.labels)
    text = "".join(page.get_textpage().get_text_bounded() for page in document)
    document.close()
    assert fields["name"] in text
    assert "欧阳𠮷祥 先生" in text
