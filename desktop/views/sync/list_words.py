"""Says what waits, line by line: groups, whose case it is, what of it, why it matters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from crm.domain.labels import choice_label
from desktop.services.settling import Case, Twins
from desktop.services.urgency import Glance
from desktop.views.language.translating import counted, sentences, translate
from desktop.views.sync.contest_words import place_of
from desktop.views.sync.refusal_words import refusal_of
from desktop.views.sync.settle_list import SettleRow
from desktop.views.sync.settle_page import ManyView
from desktop.views.sync.wording import Words

_ICONS = {
    "contested": ("diamond", "warn"),
    "twins": ("users", "info"),
    "handed": ("arrow-circle-down", "info"),
    "refused": ("warning-octagon", "danger"),
    "elsewhere": ("arrow-bend-up-right", "text2"),
}


def rows_of(cases: Sequence[Case], words: Words) -> tuple[SettleRow, ...]:
    """Return headings with their cases below."""
    rows: list[SettleRow] = []
    for group in dict.fromkeys(case.group for case in cases):
        members = [case for case in cases if case.group == group]
        title = group_title(group)
        rows.append(SettleRow("", title, right=str(len(members))))
        icon, role = _ICONS[group]
        rows += [
            SettleRow(
                case.key,
                name_of(case),
                _below(case, words),
                "",
                icon,
                role,
                title,
                why_words(case, words),
            )
            for case in members
        ]
    return tuple(rows)


def why_words(case: Case, words: Words) -> str:
    """Return why a case matters, in a word or two; "" where there is no special reason."""
    said = {
        "high": translate("Settle", "High value"),
        "identity": translate("Settle", "identity"),
        "phone": translate("Settle", "phone"),
        "money": translate("Settle", "money"),
        "removal": translate("Settle", "removed"),
    }
    told = words.joined(*(said[reason] for reason in case.why[:2]))
    return told[:1].upper() + told[1:]


def glance_words(glance: Glance, words: Words) -> str:
    """Return how much there is to decide, and why it matters."""
    said = [
        counted(
            glance.decisions,
            translate("Settle", "{n} decision"),
            translate("Settle", "{n} decisions"),
        )
    ]
    if glance.high:
        said.append(
            counted(
                glance.high,
                translate("Settle", "{n} high-value customer"),
                translate("Settle", "{n} high-value customers"),
            )
        )
    if glance.weighty:
        said.append(
            counted(
                glance.weighty,
                translate("Settle", "{n} about identity, phone or money"),
                translate("Settle", "{n} about identity, phone or money"),
            )
        )
    if glance.since:
        oldest = translate("Settle", "oldest {moment}")
        said.append(oldest.format(moment=words.moment(glance.since)))
    return words.joined(*said)


def order_words() -> str:
    return translate(
        "Settle",
        "In each group high-value customers come first, then identity, phone and money, then what "
        "has waited longest.",
    )


def many_view(cases: Sequence[Case], words: Words, chosen: Mapping[str, str]) -> ManyView:
    """Return several cases at once; `chosen` are the choices so far, by conflict."""
    contested = [case for case in cases if case.contests]
    fields = sum(len(case.contests) for case in contested)
    title = counted(
        len(contested),
        translate("Settle", "{n} customer selected"),
        translate("Settle", "{n} customers selected"),
    )
    intro = translate(
        "Settle",
        "M takes mine and T takes theirs for all of these; Save settles them together, and one "
        "Undo takes all of it back.",
    )
    if len(contested) < len(cases):
        only = translate("Settle", "What is not a contested field is left out.")
        intro = sentences(intro, only)
    lines = [(name_of(case), _below(case, words)) for case in contested]
    return ManyView(title=title, intro=intro, lines=tuple(lines), said=_many_chosen(chosen, fields))


def _many_chosen(chosen: Mapping[str, str], fields: int) -> str:
    if not chosen:
        return ""
    mine = sum(choice == "mine" for choice in chosen.values())
    theirs = sum(choice == "theirs" for choice in chosen.values())
    said = translate("Settle", "Chosen so far: {mine} × mine, {theirs} × theirs, of {n} fields.")
    return said.format(mine=mine, theirs=theirs, n=fields)


def group_title(group: str) -> str:
    return {
        "contested": translate("Settle", "Changed by two"),
        "twins": translate("Settle", "Perhaps the same person"),
        "handed": translate("Settle", "Edits handed to you"),
        "refused": translate("Settle", "Not accepted"),
        "elsewhere": translate("Settle", "Handed on to others"),
    }[group]


def name_of(case: Case) -> str:
    """Return whom a case is about."""
    if case.twins is not None and case.twins.other is not None:
        other = str(case.twins.other.fields.get("name", ""))
        return f"{case.name} / {other}"
    return case.name or translate("Settle", "A customer no longer here")


def _below(case: Case, words: Words) -> str:
    if case.contests:
        return words.listed(*(place_of(contest, words) for contest in case.contests))
    if case.twins is not None:
        return basis_words(case.twins, words)
    if case.handed:
        one = case.handed[0]
        author = one.author or translate("Settle", "Somebody")
        return words.joined(author, words.moment(one.made_at))
    if case.group == "refused":
        return refusal_of(case.lines[0], words)[0]
    return words.listed(*(words.kind(line.kind) for line in case.lines))


def basis_words(twins: Twins, words: Words) -> str:
    return choice_label(words.spec("duplicate_link", "basis"), twins.basis, words.language)
