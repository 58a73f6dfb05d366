"""What Ctrl+K finds: customers by the replica's index; tags, villages, tasks, commands by text.

There are few of the latter, so they are read once into a `Stock` and looked through in memory.
Runs off the window's thread. Values only; what they are called on screen is the window's matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Generic, Literal, TypeVar

from desktop.services.highlight import Spans, spans, spelled, words
from desktop.services.list_values import BEST_FIRST, CustomerRow, Filters
from desktop.services.listing import FITS_AT_MOST, Found, find_anything
from desktop.services.ports import Held, Reader, ReaderFactory

COMING_DAYS = 30  # tasks due later are not to do yet
TODOS_AT_MOST = 2000
RECENT_AT_MOST = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A tag or a village, and how many customers have it."""

    kind: Literal["tag", "village"]
    text: str
    customers: int
    spelling: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Todo:
    """An open task; `customer` and `name` are "" for one that is about nobody."""

    id: str
    title: str
    due_on: str | None
    customer: str
    name: str
    spelling: str  # of the title
    name_spelling: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Something to do, as the window calls it now; `also` are other words that find it."""

    key: str
    label: str
    also: str


@dataclass(frozen=True, slots=True)
class Stock:
    """What is looked through in memory."""

    words: tuple[Word, ...] = ()
    todos: tuple[Todo, ...] = ()


T = TypeVar("T", Word, Todo, Command)


@dataclass(frozen=True, slots=True)
class Hit(Generic[T]):
    """A word, task or command that fits, and what of its text explains that."""

    found: T
    spans: Spans


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What a text fits. `customers` may be fewer than `customers_total`."""

    text: str
    customers: tuple[Found, ...]
    customers_total: int
    capped: bool  # there are more customers than were counted
    words: tuple[Hit[Word], ...]
    todos: tuple[Hit[Todo], ...]
    commands: tuple[Hit[Command], ...]

    @property
    def similar(self) -> bool:
        """Whether the customers only resemble the text."""
        return any(found.similar for found in self.customers)


def warm(reader: ReaderFactory, today: date) -> None:
    """Load the tables that spell names and the beginnings of the index, before anybody waits."""
    from crm.records.pinyin import search_key, toned, word_key

    toned("一", "yi")
    word_key("一")
    search_key("一")
    find_anything(reader, "zh", 1, today=today)


# --- the stock ------------------------------------------------------------------------------


def stock(reader: ReaderFactory, today: date) -> Stock:
    """Read tags, villages, and the open tasks that are due or soon will be."""
    with reader() as replica:
        found = [*_words("tag", replica.lists.tags()), *_words("village", replica.lists.villages())]
        return Stock(tuple(found), tuple(_todos(replica, today)))


def _words(kind: Literal["tag", "village"], counts: dict[str, int]) -> Iterable[Word]:
    from crm.records.pinyin import word_key

    for text, customers in counts.items():
        yield Word(kind=kind, text=text, customers=customers, spelling=word_key(text))


def _todos(replica: Reader, today: date) -> Iterable[Todo]:
    from crm.records.pinyin import search_key, word_key

    until = (today + timedelta(days=COMING_DAYS)).isoformat()
    due = replica.tasks_due(until)[:TODOS_AT_MOST]
    names = _names(replica, due)
    for held in due:
        title, name = str(held.fields.get("title") or ""), names.get(held.root, "")
        day = held.fields.get("due_on")
        yield Todo(
            id=held.id,
            title=title,
            due_on=str(day) if day else None,
            customer=held.root if held.root in names else "",
            name=name,
            spelling=word_key(title),
            name_spelling=search_key(name) if name else "",
        )


def _names(replica: Reader, tasks: Iterable[Held]) -> dict[str, str]:
    roots = {held.root for held in tasks if held.root != held.id}
    found = replica.customers_by_id(roots)
    return {held.id: str(held.fields.get("name") or "") for held in found}


# --- finding --------------------------------------------------------------------------------


def find(
    reader: ReaderFactory,
    text: str,
    kept: Stock,
    commands: Sequence[Command],
    *,
    today: date,
    customers: int,
) -> Findings:
    """Return what `text` fits, with at most `customers` customers; recent ones for no text."""
    if not words(text):
        return _nothing_typed(reader, text, kept, commands, today)
    with reader() as replica:
        hits = replica.lists.hits(Filters(text=text), today, FITS_AT_MOST + 1)
    found = find_anything(reader, text, customers, today=today) if hits else ()
    return Findings(
        text=text,
        customers=found,
        customers_total=min(len(hits), FITS_AT_MOST),
        capped=len(hits) > FITS_AT_MOST,
        words=tuple(_hits(kept.words, text)),
        todos=tuple(_hits(kept.todos, text)),
        commands=tuple(_hits(commands, text)),
    )


def _nothing_typed(
    reader: ReaderFactory, text: str, kept: Stock, commands: Sequence[Command], today: date
) -> Findings:
    recent = recent_customers(reader, today=today)
    return Findings(
        text=text,
        customers=recent,
        customers_total=len(recent),
        capped=False,
        words=tuple(Hit(word, ()) for word in kept.words),
        todos=tuple(Hit(todo, ()) for todo in kept.todos),
        commands=tuple(Hit(command, ()) for command in commands),
    )


def recent_customers(reader: ReaderFactory, *, today: date) -> tuple[Found, ...]:
    """Return the customers looked at last, the latest first."""
    with reader() as replica:
        viewed = replica.viewed()[:RECENT_AT_MOST]
        keys = replica.lists.keys_of(viewed, BEST_FIRST)
        rows = replica.lists.rows(list(keys.values()), today)
    return tuple(_plain(rows[keys[i]]) for i in viewed if i in keys and keys[i] in rows)


def _plain(row: CustomerRow) -> Found:
    pinyin = spelled(row.name, "", row.spelling)
    return Found(row=row, matched="", similar=False, name_spans=(), pinyin=pinyin)


def _hits(candidates: Iterable[T], text: str) -> list[Hit[T]]:
    """Return what fits every word of the text; what begins with it comes first."""
    asked = words(text)
    found = [Hit(one, shown) for one in candidates if (shown := _fits(one, asked)) is not None]
    return sorted(found, key=lambda hit: not (hit.spans and hit.spans[0][0] == 0))


def _fits(candidate: Word | Todo | Command, asked: Sequence[str]) -> Spans | None:
    """Return what is marked in the candidate's own text, or None where a word finds nothing."""
    label, spelling, others = _texts(candidate)
    shown = ""
    for word in asked:
        if spans(label, word, spelling):
            shown = f"{shown} {word}"
        elif not any(spans(other, word, key) for other, key in others):
            return None
    return spans(label, shown, spelling) if shown else ()


def _texts(candidate: Word | Todo | Command) -> tuple[str, str, Sequence[tuple[str, str]]]:
    """Return the text that is shown, its spelling, and further (text, spelling) that count."""
    if isinstance(candidate, Word):
        return candidate.text, candidate.spelling, ()
    if isinstance(candidate, Todo):
        return candidate.title, candidate.spelling, ((candidate.name, candidate.name_spelling),)
    from crm.records.pinyin import word_key

    others = [(word, word_key(word)) for word in candidate.also.split()]
    return candidate.label, word_key(candidate.label), others
