"""Puts into words what is decided as a whole: suspected duplicates, and edits line by line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from crm.domain.kind import Personal
from desktop.services.ports import Held, OutboxLine
from desktop.services.refusals import form_of
from desktop.services.settling import Handed, Twins
from desktop.views.language.translating import sentences, translate
from desktop.views.sync.entry_card import EntryAction, EntryLine, EntryView
from desktop.views.sync.list_words import basis_words
from desktop.views.sync.option_card import Shown
from desktop.views.sync.refusal_words import refusal_of
from desktop.views.sync.wording import Words, marks

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
        title=basis_words(twins, words),
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
    opened = said(False) if hidden else ()
    return EntryLine(words.field("customer", name), said(True), opened, f"customer.{name}")


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
    opened = said(False) if hidden else ()
    return EntryLine(words.field(kind, name), said(True), opened, f"{kind}.{name}")


def _copied(kind: str, fields: Mapping[str, Sequence[object]], words: Words) -> str:
    return words.summary(kind, {name: pair[1] for name, pair in fields.items()}, masked=False)
