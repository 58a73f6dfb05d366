"""Which characters of a text are new against another: what a person's eye should fall on.

Pure. Runs of a few equal characters between two changes are marked with them: a text that
flickers between marked and unmarked is harder to read than one long mark.
"""

from __future__ import annotations

from difflib import SequenceMatcher

Span = tuple[int, int]  # first character, and the one behind the last
Spans = tuple[Span, ...]  # in order, apart from each other

SHORTEST_KEPT = 3  # characters; an equal run inside that is shorter joins its neighbours
LONGEST = 4_000  # characters; beyond that only the ends are compared


def changed_spans(before: str, after: str) -> Spans:
    """Return what of `after` is not in `before`; () where they are equal or `after` is empty."""
    head = _common_start(before, after)
    tail = _common_start(before[head:][::-1], after[head:][::-1])
    old, new = before[head : len(before) - tail], after[head : len(after) - tail]
    if not new:
        return ()
    inside = _inside(old, new) if max(len(old), len(new)) <= LONGEST else ((0, len(new)),)
    return tuple((head + first, head + last) for first, last in inside)


def _common_start(one: str, other: str) -> int:
    pairs = zip(one, other, strict=False)
    return next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def _inside(old: str, new: str) -> Spans:
    """Compare what lies between the equal ends."""
    spans: list[Span] = []
    matcher = SequenceMatcher(None, old, new, autojunk=len(new) > 400)
    for tag, _, _, first, last in matcher.get_opcodes():
        if tag == "equal" or first == last:
            continue
        if spans and first - spans[-1][1] < SHORTEST_KEPT:
            spans[-1] = (spans[-1][0], last)
        else:
            spans.append((first, last))
    if spans and 0 < len(new) - spans[-1][1] < SHORTEST_KEPT:  # before something that was cut
        spans[-1] = (spans[-1][0], len(new))
    return tuple(spans)
