"""The wire is pinned: word for word as it is, and no less than an earlier part was told."""

from __future__ import annotations

import json

import pytest

from tests.contract.wire import branch_with_two_people, converse, text_of
from tests.helpers.golden import GOLDEN

AGAIN = "grown on purpose? python -m tests.contract.wire tests/golden/wire.json"


@pytest.fixture(scope="module")
def exchanges(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wire")
    with branch_with_two_people(folder / "server") as server:
        return converse(server)


def test_the_wire_is_word_for_word_as_it_was_written_down(exchanges):
    written = json.loads((GOLDEN / "wire.json").read_text(encoding="utf-8"))
    for found, wanted in zip(json.loads(text_of(exchanges)), written, strict=True):
        assert found == wanted, AGAIN


@pytest.mark.parametrize("part", ["part2", "part3"])
def test_an_earlier_parts_client_is_told_all_that_it_was_told_then(exchanges, part):
    written = json.loads((GOLDEN / f"wire.{part}.json").read_text(encoding="utf-8"))
    said = json.loads(text_of(exchanges))[: len(written)]  # later parts say more at the end
    for found, wanted in zip(said, written, strict=True):
        assert found["status"] == wanted["status"], wanted["path"]
        no_less(found["reply"], wanted["reply"], wanted["path"])


EXACT = ("status", "outcome", "code", "verdict", "service", "reason", "kind", "role", "more")


def no_less(found, wanted, place):
    """Members may have come to an object; what was there is of its type, decisions are the same.

    Versions, sums and counts may differ: records that the server makes may have grown.
    """
    assert type(found) is type(wanted), place
    if isinstance(wanted, dict):
        assert wanted.keys() <= found.keys(), place
        for name, value in wanted.items():
            no_less(found[name], value, f"{place} {name}")
            assert name not in EXACT or found[name] == value, f"{place} {name}"
    elif isinstance(wanted, list) and len(wanted) == len(found):
        for number, value in enumerate(wanted):
            no_less(found[number], value, f"{place} {number}")
