"""`op-once` and `in-order` against pages that come in any order, again and again."""

from __future__ import annotations

from random import Random

import pytest

from crm.domain.errors import UserError

PAGES, LONG = 9, 4


def test_pages_in_any_order_and_again_act_once(world, seed):
    """Ahead of its turn a page is ignored whole; behind it, its receipts are told again."""
    dice = Random(seed)
    laptop = world.laptop()
    customer = laptop.saved(note="0")
    edits = [laptop.edit(customer, note=(str(n), str(n + 1))) for n in range(PAGES * LONG)]
    pages = [laptop.numbered(edits[n * LONG : (n + 1) * LONG]) for n in range(PAGES)]
    told = {}
    while len(told) < PAGES:
        number = dice.randrange(PAGES)
        if number > len(told):
            with pytest.raises(UserError, match=r"push\.gap"):
                laptop.send(pages[number])
            continue
        results = [result for _, result in laptop.send(pages[number]).results]
        assert told.setdefault(number, results) == results
    record = world.record(customer.id)
    assert (record.version, record.fields["note"]) == (1 + PAGES * LONG, str(PAGES * LONG))
    assert [r.outcome for n in range(PAGES) for r in told[n]] == ["applied"] * PAGES * LONG
    assert world.conflicts(customer.id) == []


@pytest.mark.parametrize("cut", range(1, LONG))
def test_pages_that_overlap_settle_what_is_new_in_them(world, cut):
    """The laptop cut its pages anew after a reply was lost."""
    laptop = world.laptop()
    customers = laptop.numbered([laptop.customer(name=f"Number {n}") for n in range(LONG * 2)])
    first = laptop.send(customers[:LONG])
    again = laptop.send(customers[cut : LONG + cut])
    last = laptop.send(customers)
    assert again.results[: LONG - cut] == first.results[cut:]
    assert (last.done, len(world.live(laptop.home))) == (LONG * 2, LONG * 2)
