"""Puts a contested field into words: before, mine, theirs, and what can be chosen of them."""

from __future__ import annotations

from collections.abc import Mapping

from crm.domain.kind import Personal
from desktop.services.conflicts import Dispute
from desktop.services.settling import Contest
from desktop.views.language.formats import DASH
from desktop.views.language.translating import translate
from desktop.views.sync.contest_card import ContestView
from desktop.views.sync.option_card import OptionView, Shown
from desktop.views.sync.wording import Words, marks


def place_of(contest: Contest, words: Words) -> str:
    """Return what is contested: a field, a record as a whole, or how another one was settled."""
    found = contest.dispute
    if contest.settling is not None and contest.settling.field is not None:
        field = words.field(contest.settling.kind, contest.settling.field)
        return translate("Settle", "{field}: settled in two ways").format(field=field)
    fields: Mapping[str, object] = contest.record.fields if contest.record else {}
    if found.field is None:
        whole = _mapping(found.theirs) or _mapping(found.mine)
        return words.record(found.kind, fields or whole) or words.kind(found.kind)
    if contest.record is None and found.kind != "customer":
        return words.joined(words.kind(found.kind), words.field(found.kind, found.field))
    return words.place(found.kind, found.field, fields)


def contest_view(contest: Contest, words: Words) -> ContestView:
    """Return one conflict; what the reader wrote comes first."""
    if contest.settling is not None:
        return settling_view(contest, contest.settling, words)
    found = contest.dispute
    mine, theirs = _option(contest, "mine", words), _option(contest, "theirs", words)
    swapped = contest.theirs_is_own and not contest.mine_is_own
    spec = words.spec(found.kind, found.field) if found.field is not None else None
    masked = spec.personal is Personal.MASKED if spec else _holds_masked(found, words)
    return ContestView(
        conflict=found.id,
        label=place_of(contest, words),
        spec=spec,
        before=_before(found, words, masked=True),
        before_opened=_before(found, words, masked=False),
        options=(theirs, mine) if swapped else (mine, theirs),
        note=_note(contest, words, mine, theirs),
        writable=found.field is not None and contest.mine_possible,
        masked=masked,
        start="" if masked else _start(found),  # what is masked is not shown by a detour
        copy="" if contest.mine_possible else _said(found, found.mine, words, masked=False),
        what=_what(found),
    )


def _what(found: Dispute) -> str:
    """Return the field as the access log names it; the kind where it is about the whole."""
    return f"{found.kind}.{found.field}" if found.field is not None else found.kind


def settling_view(contest: Contest, inner: Dispute, words: Words) -> ContestView:
    """Return a conflict that two people have settled differently: which decision shall stand."""
    found = contest.dispute
    options = tuple(
        OptionView(
            choice=side,
            title=_title(contest, mine=side == "mine"),
            shown=Shown(_settled_value(inner, value, words, masked=True)),
            opened=Shown(_settled_value(inner, value, words, masked=False)),
            foot=_foot(contest, words, mine=side == "mine"),
            possible=True,
        )
        for side, value in (("mine", found.mine), ("theirs", found.theirs))
    )
    first, second = options
    if contest.theirs_is_own and not contest.mine_is_own:
        first, second = second, first
    spec = words.spec(inner.kind, inner.field) if inner.field is not None else None
    return ContestView(
        conflict=found.id,
        label=place_of(contest, words),
        spec=None,
        before=_before(inner, words, masked=True),
        before_opened=_before(inner, words, masked=False),
        options=(first, second),
        note=translate(
            "Settle",
            "Two of you decided about this field, and differently. Say which decision stands.",
        ),
        writable=False,
        masked=spec is not None and spec.personal is Personal.MASKED,
        what=_what(inner),
    )


def _settled_value(inner: Dispute, state: object, words: Words, *, masked: bool) -> str:
    """Return the value that a decision stands for."""
    values = {"mine": inner.mine, "theirs": inner.theirs}
    if str(state) not in values:
        return translate("Settle", "A value written anew, as it stands now")
    return _said(inner, values[str(state)], words, masked=masked)


def _start(found: Dispute) -> str:
    if isinstance(found.mine, bool):
        return "true" if found.mine else "false"
    if isinstance(found.mine, list):
        return "、".join(map(str, found.mine))
    return str(found.mine) if isinstance(found.mine, str | int) else ""


def _holds_masked(found: Dispute, words: Words) -> bool:
    names = {*_mapping(found.mine), *_mapping(found.theirs)}
    return any(words.spec(found.kind, name).personal is Personal.MASKED for name in names)


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _before(found: Dispute, words: Words, *, masked: bool) -> Shown:
    if found.field is None:
        return Shown(DASH)
    return Shown(_said(found, found.base, words, masked=masked))


def _option(contest: Contest, side: str, words: Words) -> OptionView:
    found = contest.dispute
    mine = side == "mine"
    return OptionView(
        choice=side,
        title=_title(contest, mine=mine),
        shown=_shown(contest, words, mine=mine, masked=True),
        opened=_shown(contest, words, mine=mine, masked=False),
        foot=_foot(contest, words, mine=mine),
        possible=not mine or contest.mine_possible or found.verb == "delete",
    )


def _title(contest: Contest, *, mine: bool) -> str:
    """Return whose value it is, as its reader sees it: a deputy is neither of the two."""
    own = contest.mine_is_own if mine else contest.theirs_is_own
    if contest.mine_is_own and contest.theirs_is_own:
        later, first = (
            translate("Settle", "Mine, sent later"),
            translate("Settle", "Mine, sent first"),
        )
        return later if mine else first
    if own:
        return translate("Settle", "Mine")
    if contest.mine_is_own or contest.theirs_is_own:
        return translate("Settle", "Theirs")
    by = contest.mine_by if mine else contest.theirs_by
    if by:
        return translate("Settle", "From {name}").format(name=by)
    later, first = translate("Settle", "Sent later"), translate("Settle", "Sent first")
    return later if mine else first


def _foot(contest: Contest, words: Words, *, mine: bool) -> str:
    found = contest.dispute
    own = contest.mine_is_own if mine else contest.theirs_is_own
    by = contest.mine_by if mine else contest.theirs_by
    author = translate("Settle", "Me") if own else by or translate("Settle", "The branch")
    moment = words.moment(found.mine_at if mine else found.theirs_at)
    return words.joined(author, moment, _computer(contest, mine=mine))


def _computer(contest: Contest, *, mine: bool) -> str:
    """Return at which computer it was written, as far as that is known."""
    if mine and contest.mine_here:
        return translate("Settle", "this computer")
    found = contest.dispute
    return (found.mine_computer if mine else found.theirs_computer) or ""


def _shown(contest: Contest, words: Words, *, mine: bool, masked: bool) -> Shown:
    """Return one side's value; against nothing before, what differs from the other is marked."""
    found = contest.dispute
    removed = _removal(contest, mine=mine)
    if removed:
        return Shown(removed)
    own = _said(found, found.mine if mine else found.theirs, words, masked=masked)
    base = (
        found.base if found.base not in (None, "", []) else (found.theirs if mine else found.mine)
    )
    if found.field is None or base in (None, "", []):
        return Shown(own)
    said = _said(found, base, words, masked=masked)
    return Shown(own, marks(words.spec(found.kind, found.field), said, own))


def _removal(contest: Contest, *, mine: bool) -> str:
    """Return what a side says where it is not a value: that the record is to go, or is gone."""
    found = contest.dispute
    if mine:
        return translate("Settle", "Remove it") if found.verb == "delete" else ""
    if contest.record is None:
        return translate("Settle", "Removed")
    if found.verb == "delete":
        return translate("Settle", "Keep it, as it is now")
    return ""


def _said(found: Dispute, value: object, words: Words, *, masked: bool) -> str:
    if found.field is None:
        return words.summary(found.kind, _mapping(value), masked=masked) or DASH
    return words.value(words.spec(found.kind, found.field), value, masked=masked)


def _note(contest: Contest, words: Words, mine: OptionView, theirs: OptionView) -> str:
    found = contest.dispute
    if contest.record is None:
        return translate(
            "Settle",
            "Somebody removed this record, so there is nothing left to write into. Take 'Removed'; "
            "copy your text first if you still need it.",
        )
    if found.verb == "delete":
        return translate(
            "Settle",
            "You removed this record; meanwhile somebody else changed it. It is kept so far.",
        )
    if not contest.mine_possible:
        return translate(
            "Settle", "What this belongs to was removed, so it cannot be added as it is."
        )
    hidden = mine.shown.text == theirs.shown.text and mine.opened.text != theirs.opened.text
    return translate("Settle", "They differ where it is hidden; Show tells how.") if hidden else ""
