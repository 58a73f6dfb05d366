"""What stands on the pages of a dossier, in which order."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from crm.paper.faces import chain_for
from crm.paper.pdf import PdfBook
from crm.paper.setter import INNER_MM, LEFT_MM, RIGHT_MM, Cell, Setter, finished
from server.dossier.customer import print_case
from server.dossier.values import Dossier, Handing
from server.dossier.words import Words

NAME_MM = 38.0


def print_dossier(
    dossier: Dossier, *, language: str, reveal: bool, folders: tuple[Path, ...] | None
) -> bytes:
    """See server.dossier.dossier_pdf."""
    words, chain = Words(language, reveal), chain_for(folders)
    cases = Setter(chain)
    starts = []
    for case in dossier.cases:
        cases.new_page()
        starts.append(len(cases.parts))
        print_case(cases, words, case)
    pages = 0  # the cover is set twice: how many pages it has tells the numbers in its list
    for _ in range(2):
        cover = Setter(chain)
        _cover(cover, words, dossier, [start + pages for start in starts])
        pages = len(cover.parts)
    book = PdfBook(chain, title=words.say("dossier.title"), language=language)
    parts = [*cover.parts, *cases.parts]
    for page in finished(chain, parts, _head(words, dossier), words.place):
        book.add(page)
    return book.finish()


def _head(words: Words, dossier: Dossier) -> str:
    masked = words.say("dossier.revealed" if words.reveal else "dossier.masked")
    printed = words.say("dossier.printed", at=words.moment(dossier.printed_at))
    return f"{words.say('dossier.title')}   {printed}   {masked}"


def _cover(setter: Setter, words: Words, dossier: Dossier, starts: Sequence[int]) -> None:
    setter.new_page()
    setter.row(Cell(LEFT_MM, INNER_MM, words.say("dossier.title"), 18))
    setter.gap(4)
    if dossier.handing is not None:
        _handing(setter, words, dossier.handing)
    _pair(setter, words.say("dossier.customers"), str(len(dossier.cases)))
    setter.gap(6)
    if dossier.handing is not None:
        _signatures(setter, words)
    _list(setter, words, dossier, starts)


def _handing(setter: Setter, words: Words, handing: Handing) -> None:
    _pair(setter, words.say("dossier.from"), handing.giver)
    _pair(setter, words.say("dossier.to"), handing.taker)
    _pair(setter, words.say("dossier.by"), handing.by)
    _pair(setter, words.say("dossier.at"), words.moment(handing.at))
    _pair(setter, words.say("dossier.reason"), handing.reason)
    if handing.unsynced_devices:
        waited = words.say(
            "dossier.unsynced", devices=handing.unsynced_devices, unsent=handing.unsent
        )
        _pair(setter, words.say("dossier.override"), f"{handing.override} {waited}".strip())
    _pair(setter, words.say("dossier.run"), handing.run)


def _pair(setter: Setter, name: str, value: str) -> None:
    if value:
        setter.row(
            Cell(LEFT_MM, NAME_MM - 2, name, 10),
            Cell(LEFT_MM + NAME_MM, INNER_MM - NAME_MM, value, 10),
        )
        setter.gap(0.8)


def _signatures(setter: Setter, words: Words) -> None:
    """Room for three to sign: who gives, who takes, who watches."""
    third = INNER_MM / 3
    codes = ("dossier.sign.giver", "dossier.sign.taker", "dossier.sign.witness")
    left = [LEFT_MM + n * third for n in range(3)]
    setter.row(*(Cell(x, third - 4, words.say(c), 10) for x, c in zip(left, codes, strict=True)))
    setter.gap(14)


_LIST = (LEFT_MM, LEFT_MM + 12, LEFT_MM + 62, LEFT_MM + 122, RIGHT_MM - 16)


def _list(setter: Setter, words: Words, dossier: Dossier, starts: Sequence[int]) -> None:
    names = ("dossier.list.number", "dossier.list.name", "village", "tier", "dossier.list.page")
    said = [words.say(n) if "." in n else words.label("customer", n) for n in names]
    _list_row(setter, said)
    setter.rule()
    setter.gap(1.2)
    for number, (case, start) in enumerate(zip(dossier.cases, starts, strict=True), start=1):
        shown = [words.value(case.customer, name) for name in ("name", "village", "tier")]
        _list_row(setter, [str(number), *shown, str(start)])


def _list_row(setter: Setter, texts: Sequence[str]) -> None:
    ends = (*_LIST[1:], RIGHT_MM)
    cells = [Cell(x, end - x - 2, t, 9.5) for x, end, t in zip(_LIST, ends, texts, strict=True)]
    setter.row(*cells)
