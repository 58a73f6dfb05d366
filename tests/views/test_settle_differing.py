"""Which characters are marked as new: what an eye should fall on."""

from __future__ import annotations

import pytest

from desktop.services.differing import changed_spans


def marked(before, after):
    return [after[first:last] for first, last in changed_spans(before, after)]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("154****5521", "154****8834", ["8834"]),
        ("石湾镇 高湖村 2 组", "石湾镇 高湖新村 18 号", ["新村 18 号"]),
        ("陈女士", "陈老师", ["老师"]),
        ("石湾镇 高湖村 2 组", "衡东县 迎宾路 6 号 502", ["衡东县 迎宾路 6 号 502"]),
        ("谈了存款，周一再来", "谈了定期存款，周一再来，带利率表", ["定期", "，带利率表"]),
        ("same", "same", []),
        ("", "all of it", ["all of it"]),
        ("something", "", []),
        ("abcdef", "abef", []),
    ],
)
def test_what_is_new_is_marked_and_short_islands_join_it(before, after, expected):
    assert marked(before, after) == expected


def test_spans_are_in_order_apart_and_inside_whatever_the_texts(seed):
    import random

    dice = random.Random(seed)
    for _ in range(300):
        before, after = ("".join(dice.choices("甲乙丙 1", k=dice.randrange(12))) for _ in range(2))
        spans = changed_spans(before, after)
        assert all(first < last <= len(after) for first, last in spans)
        ends = [end for span in spans for end in span]
        assert ends == sorted(ends)
        kept = [after[i] for i in range(len(after)) if not any(a <= i < b for a, b in spans)]
        remaining = iter(before)
        assert all(character in remaining for character in kept)  # a subsequence of before


def test_long_texts_are_compared_by_their_ends_at_once():
    before, after = "甲" * 9000 + "乙" * 9000, "甲" * 9000 + "丙" * 9000
    assert changed_spans(before, after) == ((9000, 18000),)
