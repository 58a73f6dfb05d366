"""What an import would do, before it does anything.

Rows are matched with the customers that are there, and with each other, by
natural keys, strongest first. Where keys disagree nothing is guessed: the row
is held back with the reason. The same file planned again after it was taken
plans nothing.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from crm.domain.checks import Finding
from crm.domain.kind import Fields, Kind, Value
from crm.domain.masking import mask
from crm.interchange.reading import BadRow, GoodRow, Problem

Keys = tuple[str, ...]
KeysOf = Callable[[str, Fields], Keys]  # crm.records.keys.natural_keys
Known = tuple[str, Fields]  # record id, fields
Changes = Mapping[str, tuple[Value | None, Value]]  # field -> (old, new)
Own = Mapping[str, Collection[str]]  # record id -> names of fields that are not to be touched
NOTHING: Changes = MappingProxyType({})
NOBODYS: Own = MappingProxyType({})

TWIN = "import.twin"
IDENTITY_DIFFERS = "import.identity_differs"
SEVERAL = "import.several_match"
NO_KEY = "import.no_key"

_BESIDE_THE_NAME = ("birth_date", "village", "address")


@dataclass(frozen=True, slots=True)
class Existing:
    """The records there are, by each of their keys."""

    by_key: Mapping[str, tuple[Known, ...]]

    @classmethod
    def of(cls, records: Iterable[Known], kind: Kind, keys_of: KeysOf) -> Existing:
        """Index `records`, which are all those an import may touch."""
        by_key: dict[str, tuple[Known, ...]] = {}
        for record in records:
            for key in _all_keys(record[1], kind, keys_of):
                by_key[key] = (*by_key.get(key, ()), record)
        return cls(by_key)


@dataclass(frozen=True, slots=True)
class Created:
    """A row that becomes a new record."""

    line: int
    fields: Fields
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Changed:
    """A row that changes a record that is there; `kept` is what it would, and may not."""

    line: int
    record_id: str
    changes: Changes
    findings: tuple[Finding, ...]
    kept: Changes = field(default_factory=lambda: NOTHING)
    before: Fields = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Example:
    """One row of a preview: what would happen to which fields, masked."""

    line: int
    what: str  # created, changed or held
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Summary:
    """A preview. `merged` rows repeat another row of the file; `held` ones need mending."""

    created: int
    changed: int
    unchanged: int
    merged: int
    held: int
    unverified: int  # rows with a value that could not be verified
    examples: tuple[Example, ...]


@dataclass(slots=True)
class Plan:
    """What an import would do. `held` rows can go into the file to mend."""

    kind: Kind
    created: list[Created] = field(default_factory=list)
    changed: list[Changed] = field(default_factory=list)
    unchanged: list[int] = field(default_factory=list)  # lines
    merged: list[int] = field(default_factory=list)  # lines
    repeats: dict[int, int] = field(default_factory=dict)  # merged line -> the line it repeats
    spared: list[Changed] = field(default_factory=list)  # of the unchanged: all is `kept`
    known_by: Counter[str] = field(default_factory=Counter)  # rows by the key that knew a record
    held: list[BadRow] = field(default_factory=list)

    def summary(self, examples: int = 5) -> Summary:
        """Return counts, and the first `examples` created and changed rows."""
        taken: list[Created | Changed] = [*self.created, *self.changed]
        return Summary(
            created=len(self.created),
            changed=len(self.changed),
            unchanged=len(self.unchanged),
            merged=len(self.merged),
            held=len(self.held),
            unverified=sum(1 for row in taken if row.findings),
            examples=(*self._created(examples), *self._changed(examples)),
        )

    def _created(self, count: int) -> list[Example]:
        return [
            Example(row.line, "created", {n: self._masked(n, v) for n, v in row.fields.items()})
            for row in self.created[:count]
        ]

    def _changed(self, count: int) -> list[Example]:
        return [
            Example(row.line, "changed", {n: self._arrow(n, *v) for n, v in row.changes.items()})
            for row in self.changed[:count]
        ]

    def _masked(self, name: str, value: Value) -> str:
        return mask(self.kind.by_name[name], value)

    def _arrow(self, name: str, old: Value | None, new: Value) -> str:
        before = "" if old is None else self._masked(name, old)
        return f"{before} → {self._masked(name, new)}"


def plan_import(
    rows: Iterable[GoodRow], existing: Existing, kind: Kind, keys_of: KeysOf, own: Own = NOBODYS
) -> Plan:
    """Return what taking `rows` would do; an empty cell never erases a value.

    Fields in `own` (edits that have not left the laptop) keep their value, and that is told.
    `Plan.known_by` counts by `identity`, `name_phone` and `beside` (name and place).

    Held back, with the reason as the problem's code: `import.twin` (another row
    of the file, on line `first`, says otherwise of the same customer),
    `import.identity_differs` (name and phone fit, the identity number does not),
    `import.several_match`, `import.no_key` (a name and nothing to tell it by).
    """
    planner = _Planner(existing, kind, keys_of, own)
    for row in rows:
        planner.take(row)
    return planner.plan


class _Planner:
    """Plays the rows through one after the other, on the state that those before leave.

    That, and holding back what a row already held lays claim to, is why planning
    the same file again after it was taken finds nothing to do.
    """

    def __init__(self, existing: Existing, kind: Kind, keys_of: KeysOf, own: Own) -> None:
        self.plan = Plan(kind)
        self._own = own
        self._existing = existing
        self._keys_of = keys_of
        self._now: dict[str, Fields] = {}  # record id -> fields, where a row touched them
        self._touched: dict[str, int] = {}  # record id -> line of the row that did
        self._gained: dict[str, list[str]] = {}  # key -> ids of records that it leads to now
        self._claimed: dict[str, int] = {}  # key of a row held back -> its line
        self._basis = ""  # of the key that found the last record

    def take(self, row: GoodRow) -> None:
        keys = self._keys_of(self.plan.kind.name, row.fields) or _name_keys(row.fields)
        if not keys:
            self._hold(row, keys, NO_KEY)
            return
        try:
            record = self._record(keys)
        except _Unclear as unclear:
            self._hold(row, keys, unclear.code)
            return
        if record is None:
            self._create(row, keys)
        elif record[0] in self._touched:
            self._repeat(row, keys, record)
        else:
            self._meet(row, keys, record)

    def _record(self, keys: Keys) -> Known | None:
        """Return the record that the strongest fitting key leads to."""
        for rank, key in enumerate(keys):
            found = self._found(key)
            if len(found) > 1:
                raise _Unclear(SEVERAL)
            if found:
                self._basis = _basis(key)
                # both have a stronger key, and it did not fit
                if rank and self._all_keys(found[0][1]).index(key):
                    raise _Unclear(IDENTITY_DIFFERS)
                return found[0]
        return None

    def _found(self, key: str) -> list[Known]:
        before = dict(self._existing.by_key.get(key, ()))
        ids = dict.fromkeys((*before, *self._gained.get(key, ())))
        now = [(record_id, self._now.get(record_id) or before[record_id]) for record_id in ids]
        return [record for record in now if key in self._all_keys(record[1])]

    def _create(self, row: GoodRow, keys: Keys) -> None:
        if self._claimed_by_another(row, keys):
            return
        self.plan.created.append(Created(row.line, row.fields, row.findings))
        self._remember(f"line {row.line}", row.line, row.fields)

    def _repeat(self, row: GoodRow, keys: Keys, record: Known) -> None:
        """Take a row about a record that an earlier row was about."""
        record_id, now = record
        if _differences(now, row.fields):
            self._hold(row, keys, TWIN, first=self._touched[record_id])
        else:
            self.plan.merged.append(row.line)
            self.plan.repeats[row.line] = self._touched[record_id]

    def _meet(self, row: GoodRow, keys: Keys, record: Known) -> None:
        """Take the first row about a record that is there."""
        record_id, before = record
        changes = _differences(before, row.fields)
        if changes and self._claimed_by_another(row, (*keys, *self._all_keys(before))):
            return
        self.plan.known_by[self._basis] += 1
        self._change(row, record, changes)
        self._remember(record_id, row.line, {**before, **row.fields})

    def _change(self, row: GoodRow, record: Known, changes: Changes) -> None:
        """Note what a row changes of a record, and what of it is left as it is."""
        record_id, before = record
        own = self._own.get(record_id, ())
        kept = {name: change for name, change in changes.items() if name in own}
        written = {name: change for name, change in changes.items() if name not in own}
        made = Changed(row.line, record_id, written, row.findings, kept, before)
        if written:
            self.plan.changed.append(made)
            return
        self.plan.unchanged.append(row.line)
        if kept:
            self.plan.spared.append(made)

    def _claimed_by_another(self, row: GoodRow, keys: Keys) -> bool:
        first = next((self._claimed[key] for key in keys if key in self._claimed), None)
        if first is not None:
            self._hold(row, keys, TWIN, first=first)
        return first is not None

    def _hold(self, row: GoodRow, keys: Keys, code: str, **facts: object) -> None:
        self.plan.held.append(BadRow(row.line, (Problem("", code, facts),), row.raw))
        for key in keys:
            self._claimed.setdefault(key, row.line)

    def _remember(self, record_id: str, line: int, fields: Fields) -> None:
        self._now[record_id] = fields
        self._touched[record_id] = line
        for key in self._all_keys(fields):
            self._gained.setdefault(key, []).append(record_id)

    def _all_keys(self, fields: Fields) -> Keys:
        return _all_keys(fields, self.plan.kind, self._keys_of)


class _Unclear(Exception):
    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def _all_keys(fields: Fields, kind: Kind, keys_of: KeysOf) -> Keys:
    return (*keys_of(kind.name, fields), *_name_keys(fields))


def _name_keys(fields: Fields) -> Keys:
    """Return the key of somebody with neither phone nor document: name and where or when."""
    beside = [str(fields.get(name, "")) for name in _BESIDE_THE_NAME]
    if "name" not in fields or not any(beside):
        return ()
    return ("\x1f".join(("beside", _folded(str(fields["name"])), *map(_folded, beside))),)


def _basis(key: str) -> str:
    return key.replace("\x1f", ":").partition(":")[0]


def _folded(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def _differences(before: Fields, given: Fields) -> Changes:
    return {name: (before.get(name), new) for name, new in given.items() if before.get(name) != new}
