"""What the list of customers is asked and answers, and the port that the replica fills.

Values only: no text for people, no masking (the view masks), nothing computed.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, Protocol

SortField = Literal[
    "relevance", "name", "tier", "village", "balance", "last_visit", "next_contact", "newest"
]
WAITING, TO_SETTLE, REFUSED = "waiting", "to_settle", "refused"  # marks


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerRow:
    """One customer as a list shows it. Days are YYYY-MM-DD, as kept."""

    id: str
    key: int  # the customer's number in this replica, as `Listing.keys` holds it
    name: str
    spelling: str  # its search key, `zhang san feng|zsf`; "" where there is none
    tier: str | None
    village: str | None
    address: str | None
    postcode: str | None
    phone: str | None  # as kept, not masked
    gender: str | None
    birth_date: str | None
    occupation: str | None
    preferred_channel: str | None
    since: str | None
    next_contact_on: str | None
    balance_minor: int | None  # fen, of open CNY accounts but debts; None: has none
    matures_on: str | None  # the soonest from today on, of open accounts but debts
    last_visit: str | None  # the day of the last visit that took place
    waiting: bool  # an edit to it, or below it, has not been sent
    to_settle: bool  # an open conflict on it or below it
    refused: bool  # an edit to it, or below it, came back refused
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Who is wanted; a customer must pass all that is said."""

    text: str = ""  # anything that the search finds
    tiers: frozenset[str] = frozenset()  # any of these; empty: all
    village: str | None = None
    tag: str | None = None
    maturing_within_days: int | None = None  # an account but a debt, from today on
    not_visited_days: int | None = None  # no visit took place in so many days, or ever
    marked: frozenset[str] = frozenset()  # has each of these marks

    @property
    def searches(self) -> bool:
        return bool(self.text.strip())


EVERYBODY = Filters()


@dataclass(frozen=True, slots=True)
class Sort:
    """How a list is ordered; equals come by name. What is empty comes last, either way.

    `name` is the order of pinyin, one surname's character together. `tier` and `balance`
    begin with the highest when descending. `relevance` (best first) needs a text; without
    one it means `name`. `newest` is who came to this laptop last.
    """

    field: SortField = "name"
    descending: bool = False


BY_NAME = Sort()
BEST_FIRST = Sort("relevance")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Who was found, in order. Valid until customers arrive or leave; `rows` tells who left."""

    keys: array[int]
    everybody: int  # all customers here
    similar: bool = False  # nobody fits the text; these are one slip of typing away
    capped: bool = False  # there are more: only the best fits of the text are in `keys`
    matched: Mapping[int, str] = field(default_factory=dict)  # key: where the text was found

    @property
    def total(self) -> int:
        return len(self.keys)


@dataclass(frozen=True, slots=True)
class TextHit:
    """A customer whom the text fits; `field` is where its first word was found."""

    id: str
    field: str
    similar: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How much there is of what the status bar tells."""

    customers: int
    waiting: int  # edits not sent
    to_settle: int  # open conflicts
    refused: int  # edits set aside
    elsewhere: int  # edits that went to somebody else
    looks: int  # entries of the access log not sent


class Lists(Protocol):
    """The replica as lists of customers ask it. Each call is one or two statements."""

    def keys(
        self, filters: Filters, sort: Sort, today: date, limit: int | None = None
    ) -> array[int]:
        """Return who passes the filters, `text` left out, in order."""
        ...

    def hits(self, filters: Filters, today: date, limit: int) -> Sequence[TextHit]:
        """Return at most `limit` customers whom text and filters fit, the best fit first."""
        ...

    def keys_of(self, ids: Sequence[str], sort: Sort) -> dict[str, int]:
        """Return {id: key} of these customers, in order."""
        ...

    def rows(self, keys: Sequence[int], today: date) -> dict[int, CustomerRow]: ...
    def everybody(self) -> int: ...
    def counts(self, today: date, maturing_days: int, not_visited_days: int) -> dict[str, int]: ...
    def villages(self) -> dict[str, int]: ...
    def tags(self) -> dict[str, int]: ...
    def tally(self) -> Tally: ...
