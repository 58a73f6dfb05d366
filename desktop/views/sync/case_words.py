"""Puts a case into words: titles, values side by side, reasons. Runs off the GUI thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from crm.domain.errors import UserError
from crm.domain.kind import Field, FieldType, Personal
from crm.domain.labels import choice_label
from desktop.services.conflicts import Dispute
from desktop.services.differing import Spans, changed_spans
from desktop.services.ports import Held, OutboxLine
from desktop.services.refusals import form_of
from desktop.services.settling import Case, Contest, Handed, Twins
from desktop.services.story import is_of, records_of
from desktop.services.timeline import TimelineItem
from desktop.services.urgency import Glance
from desktop.views.customer.happenings import happenings
from desktop.views.customer.words import Voice
from desktop.views.language.formats import DASH
from desktop.views.language.translating import counted, explained, sentences, translate
from desktop.views.sync.contest_card import ContestView
from desktop.views.sync.entry_card import EntryAction, EntryLine, EntryView
from desktop.views.sync.option_card import OptionView, Shown
from desktop.views.sync.settle_list import SettleRow
from desktop.views.sync.settle_page import CaseView, ManyView
from desktop.views.sync.story_card import StoryLine
from desktop.views.sync.wording import Words

_ICONS = {
    "contested": ("diamond", "warn"),
    "twins": ("users", "info"),
    "handed": ("arrow-circle-down", "info"),
    "refused": ("warning-octagon", "danger"),
    "elsewhere": ("arrow-bend-up-right", "text2"),
}
_COMPARED = (  # of two customers who may be one
    "name",
    "gender",
    "birth_date",
    "id_type",
    "id_number",
    "phone",
    "address",
    "village",
    "occupation",
    "since",
)


# --- the list --------------------------------------------------------------------------------


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


def story_lines(case: Case, items: Sequence[TimelineItem], words: Words) -> tuple[StoryLine, ...]:
    """Return lines of the customer's story in words; those that are to settle stand out."""
    voice = Voice(words.language, words.now, words.schema)
    here = records_of(case)
    return tuple(
        StoryLine(shown.icon, shown.tone, shown.title, shown.day, shown.text, is_of(item, here))
        for item, shown in zip(items, happenings(voice, items), strict=True)
    )


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
        return _basis(case.twins, words)
    if case.handed:
        one = case.handed[0]
        author = one.author or translate("Settle", "Somebody")
        return words.joined(author, words.moment(one.made_at))
    if case.group == "refused":
        return refusal_of(case.lines[0], words)[0]
    return words.listed(*(words.kind(line.kind) for line in case.lines))


def _basis(twins: Twins, words: Words) -> str:
    return choice_label(words.spec("duplicate_link", "basis"), twins.basis, words.language)


# --- one case --------------------------------------------------------------------------------


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


# --- contested fields --------------------------------------------------------------------------


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
    )


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


def marks(spec: Field, before: str, after: str) -> Spans:
    """Return what to mark: characters of a text, all of a day, a number or a choice."""
    if after in (before, DASH):
        return ()
    if before == DASH or spec.type not in (FieldType.TEXT, FieldType.WORDS):
        return ((0, len(after)),)
    return changed_spans(before, after)


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


# --- suspected duplicates ----------------------------------------------------------------------


def twins_view(twins: Twins, words: Words) -> EntryView:
    """Return two customers side by side; where the other is not here, the one alone."""
    other = twins.other
    sides = [twins.one, *([other] if other else [])]
    names = [name for name in _COMPARED if any(side.fields.get(name) for side in sides)]
    note = ""
    if other is None:
        keeper = twins.other_manager or translate("Settle", "another manager")
        note = translate(
            "Settle", "The other customer is with {name}; ask there before you decide."
        ).format(name=keeper)
    return EntryView(
        id=twins.link,
        title=_basis(twins, words),
        note=note,
        headings=tuple(str(side.fields.get("name", "")) for side in sides) if other else (),
        lines=tuple(_compared(name, sides, words) for name in names),
        actions=(
            EntryAction("different", translate("Settle", "Different persons")),
            EntryAction("same", translate("Settle", "The same person"), "primary"),
        ),
    )


def _compared(name: str, sides: Sequence[Held], words: Words) -> EntryLine:
    spec = words.spec("customer", name)

    def said(masked: bool) -> tuple[Shown, ...]:
        texts = [words.value(spec, side.fields.get(name), masked=masked) for side in sides]
        first = texts[0]
        return tuple(Shown(text, marks(spec, first, text)) for text in texts)

    hidden = spec.personal is Personal.MASKED
    return EntryLine(words.field("customer", name), said(True), said(False) if hidden else ())


# --- edits -------------------------------------------------------------------------------------


def handed_view(one: Handed, words: Words) -> EntryView:
    """Return an edit that a colleague made, with what stands there now."""
    author = one.author or translate("Settle", "Somebody")
    take = EntryAction("take", translate("Settle", "Take it over"), "primary")
    leave = EntryAction("leave", translate("Settle", "Leave it"))
    gone = translate("Settle", "What it speaks of was removed; it cannot be taken over.")
    return EntryView(
        id=one.item,
        title=_edit_title(one.kind, one.verb, one.held, one.fields, words),
        below=words.joined(author, words.moment(one.made_at)),
        note="" if one.possible else gone,
        tone="warn",
        headings=_headings(one.verb),
        lines=_changed_lines(one.kind, one.verb, one.fields, words),
        actions=(leave, take) if one.possible else (leave, _copy()),
        copy=_copied(one.kind, one.fields, words),
    )


def line_view(line: OutboxLine, held: Held | None, refused: bool, words: Words) -> EntryView:
    """Return an edit of our own that came back, or that went to somebody else."""
    let_go = EntryAction("let_go", translate("Settle", "Let it go"))
    again = EntryAction("again", translate("Settle", "Edit again"), "primary")
    form = form_of(line, here=held is not None)
    usual = (let_go, _copy(), *((again,) if form is not None else ()))
    return EntryView(
        id=line.id,
        title=_edit_title(line.kind, line.verb, held, line.fields, words),
        below=words.moment(line.at),
        note=sentences(*refusal_of(line, words)) if refused else _where(line),
        tone="danger" if refused else "info",
        headings=_headings(line.verb),
        lines=_changed_lines(line.kind, line.verb, line.fields, words),
        actions=usual if refused else (_copy(),),
        copy=_copied(line.kind, line.fields, words),
    )


def _copy() -> EntryAction:
    return EntryAction("copy", translate("Settle", "Copy the text"))


def _where(line: OutboxLine) -> str:
    if line.outcome == "diverted":
        return translate("Settle", "It lies with the manager who keeps the customer now.")
    return translate("Settle", "The branch keeps it and will look at it.")


def refusal_of(line: OutboxLine, words: Words) -> tuple[str, str]:
    """Return (what happened, what to do) for a refusal, with the facts that came with it."""
    code, _, named = (line.reason or "").partition(" ")
    facts = {"field": named, **line.facts} if named else dict(line.facts)
    if "field" in facts:
        facts["field"] = words.field(line.kind, str(facts["field"]))
    return reason_of(code, facts)


def reason_of(code: str | None, facts: Mapping[str, object] | None = None) -> tuple[str, str]:
    """Return (what happened, what to do) for the server's reason of a refusal."""
    if code in _REASONS:
        return _REASONS[code]()
    if code:
        try:
            what, remedy = explained(UserError(code, **(facts or {})))
        except KeyError:  # an older server told no facts, and the text has places for them
            return _UNTOLD.get(code, _other_reason)()
        if what != code:
            return what, remedy
    return _other_reason()


def _other_reason() -> tuple[str, str]:
    return (
        translate("Settle", "The branch does not accept this edit."),
        translate("Settle", "Ask the branch; the text is kept here."),
    )


def _bank_only() -> tuple[str, str]:
    return (
        translate("Settle", "This comes from the bank's own systems and is changed only there."),
        translate("Settle", "Ask the branch to correct it."),
    )


def _read_only() -> tuple[str, str]:
    return (
        translate("Settle", "You may see this customer, but no longer change it."),
        translate("Settle", "Ask the colleague who keeps the customer."),
    )


def _follows() -> tuple[str, str]:
    return (
        translate("Settle", "It belongs to something that was refused before."),
        translate("Settle", "Add that again first, then this."),
    )


def _too_large() -> tuple[str, str]:
    return (
        translate("Settle", "It is too long to be sent."),
        translate("Settle", "Copy the text, shorten it and save it anew."),
    )


def _bad_value() -> tuple[str, str]:
    return (
        translate("Settle", "A value in it is not in order."),
        translate("Settle", "Copy the text, mend it and save it anew."),
    )


_REASONS = {
    "kind.server_only": _bank_only,
    "kind.append_only": _bank_only,
    "stream.read_only": _read_only,
    "merge.grant": _read_only,
    "record.refused": _follows,
    "operation.group": _follows,
    "request.too_large": _too_large,
}


_UNTOLD = {
    "field.type": _bad_value,
    "field.too_long": _bad_value,
    "field.form": _bad_value,
    "field.choice": _bad_value,
    "field.characters": _bad_value,
    "field.required": _bad_value,
}


def _edit_title(
    kind: str,
    verb: str,
    held: Held | None,
    fields: Mapping[str, Sequence[object]],
    words: Words,
) -> str:
    told = held.fields if held else {name: pair[1] for name, pair in fields.items()}
    what = words.record(kind, told) or words.kind(kind)
    if verb in ("create", "append"):
        return translate("Settle", "{what}: added").format(what=what)
    if verb == "delete":
        return translate("Settle", "{what}: removed").format(what=what)
    return translate("Settle", "{what}: changed").format(what=what)


def _headings(verb: str) -> tuple[str, ...]:
    if verb != "edit":
        return ()
    return translate("Settle", "Before"), translate("Settle", "Becomes")


def _changed_lines(
    kind: str, verb: str, fields: Mapping[str, Sequence[object]], words: Words
) -> tuple[EntryLine, ...]:
    return tuple(_changed_line(kind, verb, name, pair, words) for name, pair in fields.items())


def _changed_line(
    kind: str, verb: str, name: str, pair: Sequence[object], words: Words
) -> EntryLine:
    spec = words.spec(kind, name)

    def said(masked: bool) -> tuple[Shown, ...]:
        base, new = (words.value(spec, value, masked=masked) for value in pair)
        if verb != "edit":
            return (Shown(new),)
        return Shown(base), Shown(new, marks(spec, base, new))

    hidden = spec.personal is Personal.MASKED
    return EntryLine(words.field(kind, name), said(True), said(False) if hidden else ())


def _copied(kind: str, fields: Mapping[str, Sequence[object]], words: Words) -> str:
    return words.summary(kind, {name: pair[1] for name, pair in fields.items()}, masked=False)
