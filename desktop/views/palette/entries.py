"""What the palette shows, as plain values: headings and entries."""

from __future__ import annotations

from dataclasses import dataclass, field

from desktop.services.highlight import Spans

ALL = "all"
CUSTOMERS, WORDS, TODOS, COMMANDS = "customers", "words", "todos", "commands"
GROUPS = (CUSTOMERS, WORDS, TODOS, COMMANDS)
SCOPES = (ALL, *GROUPS)


@dataclass(frozen=True, slots=True)
class Heading:
    """The name of a group; `link` are the words that show all of it, "" for none."""

    group: str
    title: str
    count: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class Marked:
    """A text and what of it explains the hit."""

    text: str = ""
    spans: Spans = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line that can be taken.

    `verb` and `target` say what taking it does; `customer` and `name` are those of the customer
    whom it is about, "" for none. `spoken` is the line in words.
    """

    verb: str  # customer, tag, village, task, command
    target: str
    icon: str
    title: Marked
    second: Marked = field(default_factory=Marked)
    tier: str = ""
    tier_word: str = ""
    place: Marked = field(default_factory=Marked)
    right: str = ""
    keys: str = ""
    spoken: str = ""
    customer: str = ""
    name: str = ""

    @property
    def same(self) -> tuple[str, str]:
        """Return what tells it from other entries, whatever was typed."""
        return self.verb, self.target


Line = Heading | Entry
