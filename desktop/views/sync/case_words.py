"""Puts one case into words, with what happened around it. Runs off the GUI thread."""

from __future__ import annotations

from collections.abc import Sequence

from crm.domain.labels import choice_label
from desktop.services.settling import Case
from desktop.services.story import is_of, records_of
from desktop.services.timeline import TimelineItem
from desktop.views.customer.happenings import happenings
from desktop.views.customer.words import Voice
from desktop.views.language.translating import counted, translate
from desktop.views.sync.contest_words import contest_view
from desktop.views.sync.entry_card import EntryView
from desktop.views.sync.entry_words import handed_view, line_view, twins_view
from desktop.views.sync.list_words import name_of
from desktop.views.sync.settle_page import CaseView
from desktop.views.sync.story_card import StoryLine
from desktop.views.sync.wording import Words


def view_of(case: Case, words: Words, story: Sequence[TimelineItem] = ()) -> CaseView:
    """Return a case as the page shows it, with what happened around it."""
    customer = case.customer
    tier = str(customer.fields.get("tier", "")) if customer else ""
    return CaseView(
        key=case.key,
        name=name_of(case),
        tier=choice_label(words.spec("customer", "tier"), tier, words.language) if tier else "",
        intro=_intro(case),
        contests=tuple(contest_view(contest, words) for contest in case.contests),
        entries=_entries(case, words),
        customer=customer.id if customer else "",
        root=case.root,
        story=story_lines(case, story, words),
    )


def _entries(case: Case, words: Words) -> tuple[EntryView, ...]:
    if case.twins is not None:
        return (twins_view(case.twins, words),)
    if case.handed:
        return tuple(handed_view(one, words) for one in case.handed)
    records = case.records or {}
    return tuple(
        line_view(line, records.get(line.record), case.group == "refused", words)
        for line in case.lines
    )


def _intro(case: Case) -> str:
    if case.contests:
        return counted(
            len(case.contests),
            translate(
                "Settle", "You and the branch changed the same field; both are kept. Choose one."
            ),
            translate(
                "Settle",
                "You and the branch changed the same {n} fields; both are kept. Choose for each.",
            ),
        )
    return {
        "twins": translate("Settle", "Both stay as they are. Say whether they are one person."),
        "handed": translate(
            "Settle",
            "A colleague made this while the customer came to you. Take it over or leave it.",
        ),
        "refused": translate(
            "Settle", "The branch did not take this. The text is kept here until you let it go."
        ),
        "elsewhere": translate(
            "Settle",
            "The customer is with somebody else now; your edit was handed on. Nothing to do.",
        ),
    }[case.group]


def story_lines(case: Case, items: Sequence[TimelineItem], words: Words) -> tuple[StoryLine, ...]:
    """Return lines of the customer's story in words; those that are to settle stand out."""
    voice = Voice(words.language, words.now, words.schema)
    here = records_of(case)
    return tuple(
        StoryLine(shown.icon, shown.tone, shown.title, shown.day, shown.text, is_of(item, here))
        for item, shown in zip(items, happenings(voice, items), strict=True)
    )
