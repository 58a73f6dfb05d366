"""Whether the access log of some people is whole: what came is held against what laptops told.

Each laptop tells at each sync the head of its chain and the links that lead there; both are kept
and nothing changes them. An entry is good if its content is what it committed to and a chain
vouches for it. What is found wrong is told, never repaired, and no entry is left out for it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.engine import Connection

from crm.records import access
from server.store import access as store
from server.store import chains
from server.store.access import Laptop, StoredEntry
from server.store.chains import Head

GOOD, ALTERED, STRAY, UNTOLD, ERASED = "good", "altered", "stray", "untold", "erased"
WAIT_DAYS = 30  # of a laptop that calls: what it told of by then and never brought is missing
Links = Mapping[str, Mapping[int, str]]  # {incarnation: {place: commitment}}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that does not fit.

    `what`: head (did not follow on the last one), shorter (fewer entries than told before), missing
    (told and never brought), altered (says something else than it committed to), stray (in no
    chain), untold (its laptop speaks of no chain).
    """

    person: str
    device: str  # as it is called; "" where no laptop is known
    what: str
    place: int
    at: str  # when the server saw it, "" for an entry
    entry: str = ""


@dataclass(frozen=True, slots=True)
class Fork:
    """A laptop that began anew from a copy: `shared` entries stand in both chains, `aside` only in
    the one that it left; of those `lost` were told and never came.
    """

    person: str
    device: str
    at: str
    shared: int
    aside: int
    lost: int


@dataclass(frozen=True, slots=True)
class Log:
    """The entries with their state, what does not fit, and what is only to be known."""

    entries: tuple[tuple[StoredEntry, str], ...]
    faults: tuple[Fault, ...]
    forks: tuple[Fork, ...]
    waiting: int  # entries that laptops told of and have not sent yet


def read(connection: Connection, people: Collection[str]) -> Log:
    """Return the log of these people (ids), its entries in no particular order."""
    laptops = store.laptops(connection, people)
    known = {laptop.id: laptop for laptop in laptops}
    heads: dict[str, list[Head]] = {}
    for head in chains.access_heads(connection, known):
        heads.setdefault(head.incarnation, []).append(head)
    links = chains.access_links(connection, known)
    entries = store.entries(connection, people)
    check = _Check(known, heads, links)
    states = check.states(connection, entries)
    owed, waiting = check.owed({_link(e) for e in entries})
    faults = (*check.broken_heads(), *owed, *check.bad_entries(entries, states))
    forks = check.forks({_link(e) for e in entries})
    told = tuple((entry, states[entry.id]) for entry in entries)
    return Log(told, faults, forks, waiting)


def _link(entry: StoredEntry) -> str:
    return str(entry.fields.get("commitment", ""))


class _Check:
    """What the laptops of some people told, asked from several sides."""

    def __init__(
        self, laptops: Mapping[str, Laptop], heads: Mapping[str, Sequence[Head]], links: Links
    ) -> None:
        self._laptops, self._heads, self._links = laptops, heads, links
        self._places = {c: n for chain in links.values() for n, c in chain.items()}
        self._left = {laptop.fork_of for laptop in laptops.values()}
        self._brought: dict[str, tuple[str, str]] = {}

    # --- heads and links ---

    def broken_heads(self) -> list[Fault]:
        """Return a fault for each head that did not follow."""
        faults = []
        for incarnation, heads in self._heads.items():
            longest = 0
            for head in heads:
                if not head.fits:
                    what = "shorter" if head.length < longest else "head"
                    faults.append(self._fault(incarnation, what, head.length, head.at))
                longest = max(longest, head.length) if head.fits else longest
        return faults

    def owed(self, here: Collection[str]) -> tuple[list[Fault], int]:
        """Return the faults of told entries that never came, and how many are still on the way."""
        faults, waiting, seen = [], set[str](), set[str]()
        for incarnation in sorted(self._links):
            laptop = self._laptops[incarnation]
            for place, link in sorted(self._links[incarnation].items()):
                if link in here or link in seen or incarnation in self._left:
                    continue
                seen.add(link)
                if laptop.unsent and not self._is_overdue(laptop, place):
                    waiting.add(link)
                else:
                    faults.append(self._fault(incarnation, "missing", place, laptop.seen_at or ""))
        return faults, len(waiting)

    def _is_overdue(self, laptop: Laptop, place: int) -> bool:
        """Tell whether a laptop goes on calling, and has not brought what it told long ago.

        That something waits is its own word, which must not put off the question for ever.
        """
        heads = self._heads.get(laptop.id, ())
        told = next((head.at for head in heads if head.fits and head.length >= place), None)
        if told is None or laptop.seen_at is None:
            return False
        days = date.fromisoformat(laptop.seen_at[:10]) - date.fromisoformat(told[:10])
        return days.days > WAIT_DAYS

    def forks(self, here: Collection[str]) -> tuple[Fork, ...]:
        """Return each laptop that began anew, and what its chain has in common with the old one."""
        found = []
        for laptop in self._laptops.values():
            before = self._links.get(laptop.fork_of or "")
            if before is None:
                continue
            now = set(self._links.get(laptop.id, {}).values())
            aside = [link for link in before.values() if link not in now]
            lost = sum(link not in here for link in aside)
            shared = len(before) - len(aside)
            at = laptop.at or ""
            found.append(Fork(laptop.person, laptop.device, at, shared, len(aside), lost))
        return tuple(found)

    # --- entries ---

    def states(self, connection: Connection, entries: Sequence[StoredEntry]) -> dict[str, str]:
        """Return {id: state}."""
        states = {entry.id: self._state(entry) for entry in entries}
        loose = [entry_id for entry_id, state in states.items() if state == UNTOLD]
        self._brought = store.bringers(connection, loose)
        by_id = {entry.id: entry for entry in entries}
        return states | {i: self._loose(by_id[i]) for i in loose}

    def _state(self, entry: StoredEntry) -> str:
        place = self._places.get(_link(entry))
        if access.is_erased(entry.fields) and entry.version > 1:
            return ERASED  # by the server's hand: a laptop can't leave the salt out
        if not access.is_true(entry.fields) or place not in (None, entry.fields.get("place")):
            return ALTERED
        return UNTOLD if place is None else GOOD

    def _loose(self, entry: StoredEntry) -> str:
        """Return what is to be thought of an entry that stands in no chain.

        It may have come a moment before its chain is told. A laptop that has called since, and
        told a chain as long, or nothing new, does not vouch for it.
        """
        incarnation, at = self._brought.get(entry.id, ("", ""))
        laptop, heads = self._laptops.get(incarnation), self._heads.get(incarnation, ())
        if laptop is None:
            return GOOD if entry.set_aside else STRAY
        place, told = int(str(entry.fields.get("place", 0))), _longest(heads)
        if place <= told:
            return STRAY
        if any(not head.fits for head in heads):
            return GOOD  # said already, and for all that follows
        grows = bool(heads) and heads[-1].at == laptop.seen_at  # some hundred links a call
        return UNTOLD if (laptop.seen_at or "") > at and not grows else GOOD

    def bad_entries(self, entries: Sequence[StoredEntry], states: Mapping[str, str]) -> list[Fault]:
        """Return a fault for each entry that is not as it should be."""
        faults = []
        for entry in entries:
            state = states[entry.id]
            if state not in (GOOD, ERASED):
                place = int(str(entry.fields.get("place", 0)))
                laptop = self._laptops.get(self._brought.get(entry.id, ("",))[0])
                author = str(entry.fields.get("author", ""))
                device = laptop.device if laptop else ""
                faults.append(Fault(author, device, state, place, "", entry.id))
        return faults

    def _fault(self, incarnation: str, what: str, place: int, at: str) -> Fault:
        laptop = self._laptops[incarnation]
        return Fault(laptop.person, laptop.device, what, place, at)


def _longest(heads: Sequence[Head]) -> int:
    return max((head.length for head in heads if head.fits), default=0)
