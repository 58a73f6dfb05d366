"""What waits for a person's decision, put together by customer: what the To settle page shows.

Values only; nothing is worded or masked here. Five groups, in the order of their weight: fields
that two people changed, persons who may be one, edits by somebody who kept the customer before,
edits that came back refused, and edits of ours that went to somebody else (nothing to decide).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from crm.domain.consent import KIND as CONSENT
from crm.domain.errors import NotFound, Refused
from crm.domain.kind import Schema
from desktop.services.conflicts import (
    Dispute,
    can_take_mine,
    dispute_of,
    living,
    settled_dispute,
)
from desktop.services.customers import CUSTOMER
from desktop.services.ports import Held, OutboxLine, Reader, ReaderFactory, UnitOfWork, UowFactory
from desktop.services.undo import Action

Group = Literal["contested", "twins", "handed", "refused", "elsewhere"]
GROUPS: tuple[Group, ...] = ("contested", "twins", "handed", "refused", "elsewhere")


@dataclass(frozen=True, slots=True, kw_only=True)
class Contest:
    """One conflict with what is needed to judge it; authors by name, None where unknown."""

    dispute: Dispute
    record: Held | None  # None: somebody removed it
    mine_by: str | None
    theirs_by: str | None
    mine_is_own: bool  # the person at this laptop wrote it
    theirs_is_own: bool
    mine_possible: bool  # False: there is nothing left to write into
    mine_here: bool = False  # written at this computer
    settling: Dispute | None = None  # the conflict of which two have settled it differently


@dataclass(frozen=True, slots=True, kw_only=True)
class Twins:
    """Two customers who may be one; `other` is None where another manager keeps them."""

    link: str
    basis: str
    one: Held
    other: Held | None
    other_manager: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """An edit by somebody else for us to take or leave; `fields` are {name: (base, new)}."""

    item: str
    record: str
    kind: str
    verb: str
    fields: Mapping[str, Sequence[object]]
    author: str | None
    made_at: str | None
    held: Held | None
    possible: bool  # it can be taken as it is


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Everything of one group that waits at one customer."""

    key: str
    group: Group
    root: str
    customer: Held | None  # None: not on this laptop
    name: str | None
    contests: tuple[Contest, ...] = ()
    twins: Twins | None = None
    handed: tuple[Handed, ...] = ()
    lines: tuple[OutboxLine, ...] = ()
    records: Mapping[str, Held] | None = None  # those of `lines` that are here
    roots: Mapping[str, str] | None = None  # of `lines`: whose they are, by operation
    since: str | None = None  # when it came to be; of several the first
    why: tuple[str, ...] = ()  # reasons to look at it first: services.urgency

    @property
    def decisions(self) -> int:
        """How many decisions are owed: as the status bar counts; about twins nobody waits."""
        if self.group == "elsewhere":
            return 0
        return len(self.contests) + len(self.handed) + len(self.lines)


def cases(
    reader: ReaderFactory, schema: Schema, user: str, device: str | None = None
) -> tuple[Case, ...]:
    """Return all that waits, by group, then as it came; fields in the order of their kind.

    `device` is this laptop's incarnation, to tell what was written here.
    """
    with reader() as replica:
        look = _Look(replica, schema, user, device)
        found = [
            *look.contested(),
            *look.twins(),
            *look.handed(),
            *look.lines("refused", replica.refused()),
            *look.lines("elsewhere", replica.elsewhere()),
        ]
    return tuple(found)


class _Look:
    """One look at the replica; remembers whom it has met."""

    def __init__(self, replica: Reader, schema: Schema, user: str, device: str | None) -> None:
        self._device = device
        self._replica, self._schema, self._user = replica, schema, user
        self._met: dict[str, Held | None] = {}
        self._staff = {
            held.id: str(held.fields.get("name", "")) for held in replica.with_values("staff")
        }

    def _get(self, record: str) -> Held | None:
        if record not in self._met:
            self._met[record] = living(self._replica, record)
        return self._met[record]

    def _customer(self, root: str) -> Held | None:
        held = self._get(root)
        return held if held is not None and held.kind == CUSTOMER else None

    def _by(self, author: str | None) -> str | None:
        return self._staff.get(author or "") or None

    # --- contested fields ---

    def contested(self) -> Iterable[Case]:
        by_root: dict[str, list[Contest]] = {}
        open_ones = [dispute_of(held) for held in self._replica.open_conflicts()]
        values = {(one.record, one.field) for one in open_ones}
        for found in open_ones:
            inner = settled_dispute(self._replica, found)
            if inner is not None and (inner.record, inner.field) in values:
                continue  # the values themselves are contested: that decides both
            by_root.setdefault(self._root_of(found), []).append(self._contest(found, inner))
        for root, contests in by_root.items():
            customer = self._customer(root)
            yield Case(
                key=f"contested:{root}",
                group="contested",
                root=root,
                customer=customer,
                name=_name(customer) or _name_in(contests),
                contests=tuple(sorted(contests, key=self._place)),
                since=_first(_made(contest.dispute) for contest in contests),
            )

    def _place(self, contest: Contest) -> tuple[int, str, int]:
        """Sort the customer's own fields first, then record by record, as forms have them."""
        found = contest.dispute
        kind = self._schema.get(found.kind)
        names = list(kind.by_name) if kind else []
        place = names.index(found.field) if found.field in names else -1
        return self._schema.rank(found.kind), found.record, place

    def _root_of(self, found: Dispute) -> str:
        """Return whose it is: a conflict beside a grave hangs under nobody."""
        return found.record if found.root == found.id else found.root

    def _contest(self, found: Dispute, inner: Dispute | None) -> Contest:
        held = self._get(found.record)
        return Contest(
            dispute=found,
            record=held,
            mine_by=self._by(found.mine_author),
            theirs_by=self._by(found.theirs_author),
            mine_is_own=found.mine_author == self._user,
            theirs_is_own=found.theirs_author == self._user,
            mine_possible=can_take_mine(found, held),
            mine_here=found.mine_device == self._device,
            settling=inner,
        )

    # --- suspected duplicates ---

    def twins(self) -> Iterable[Case]:
        for link in self._replica.with_values("duplicate_link", state="open"):
            one = self._customer(link.root)
            if one is None:
                continue
            found = Twins(
                link=link.id,
                basis=str(link.fields.get("basis", "")),
                one=one,
                other=self._customer(str(link.fields.get("other", ""))),
                other_manager=self._by(str(link.fields.get("other_manager", ""))),
            )
            yield Case(
                key=f"twins:{link.id}",
                group="twins",
                root=link.root,
                customer=one,
                name=_name(one),
                twins=found,
            )

    # --- edits handed to us ---

    def handed(self) -> Iterable[Case]:
        by_root: dict[str, list[Handed]] = {}
        for item in self._replica.with_values("inbox_item", state="open"):
            by_root.setdefault(item.root, []).append(self._handed(item))
        for root, items in by_root.items():
            customer = self._customer(root)
            yield Case(
                key=f"handed:{root}",
                group="handed",
                root=root,
                customer=customer,
                name=_name(customer) or _first_name(one.fields for one in items),
                handed=tuple(items),
                since=_first(item.made_at for item in items),
            )

    def _handed(self, item: Held) -> Handed:
        told = item.fields
        held = self._get(str(told["record"]))
        verb = str(told["verb"])
        return Handed(
            item=item.id,
            record=str(told["record"]),
            kind=str(told["record_kind"]),
            verb=verb,
            fields=changes_of(told.get("changes")),
            author=self._by(str(told.get("author", ""))),
            made_at=str(told["made_at"]) if told.get("made_at") else None,
            held=held,
            possible=verb in ("create", "append") if held is None else verb in ("edit", "delete"),
        )

    # --- operations of our own ---

    def lines(self, group: Group, found: Iterable[OutboxLine]) -> Iterable[Case]:
        by_root: dict[str, list[OutboxLine]] = {}
        for line in found:
            held = self._get(line.record)
            by_root.setdefault(held.root if held else line.root, []).append(line)
        for root, lines in by_root.items():
            customer = self._customer(root)
            here = {line.record: held for line in lines if (held := self._get(line.record))}
            yield Case(
                key=f"{group}:{root}",
                group=group,
                root=root,
                customer=customer,
                name=_name(customer) or _first_name(line.fields for line in lines),
                lines=tuple(lines),
                records=here,
                roots={line.id: root for line in lines},
                since=_first(line.at for line in lines),
            )


def _made(found: Dispute) -> str | None:
    return max(filter(None, (found.mine_at, found.theirs_at)), default=None)


def _first(moments: Iterable[str | None]) -> str | None:
    return min(filter(None, moments), default=None)


def changes_of(text: object) -> Mapping[str, Sequence[object]]:
    """Return the changes an inbox item tells; {} where they are not what a server writes."""
    try:
        told = json.loads(str(text or "{}"))
    except ValueError:
        return {}
    if not isinstance(told, dict):
        return {}
    return {n: pair for n, pair in told.items() if isinstance(pair, list) and len(pair) == 2}


def _name(customer: Held | None) -> str | None:
    return str(customer.fields["name"]) if customer and customer.fields.get("name") else None


def _name_in(contests: Iterable[Contest]) -> str | None:
    """Return the name that a removed customer's conflict still tells."""
    for contest in contests:
        for value in (contest.dispute.mine, contest.dispute.theirs, contest.dispute.base):
            if contest.dispute.kind == CUSTOMER and isinstance(value, dict) and value.get("name"):
                return str(value["name"])
    return None


def _first_name(changes: Iterable[Mapping[str, Sequence[object]]]) -> str | None:
    names = (fields["name"][1] or fields["name"][0] for fields in changes if "name" in fields)
    return next((str(name) for name in names if name), None)


# --- decisions other than on conflicts ------------------------------------------------------


def tell_twins(new_uow: UowFactory, link: str, state: str) -> Action | None:
    """Say whether two customers are `same` or `different`; both stay as they are.

    Raises: NotFound `record.unknown`.
    """
    with new_uow() as uow:
        uow.edit(link, {"state": state})
        action = Action.of(uow)
        uow.commit()
    return action


def decide_handed(new_uow: UowFactory, schema: Schema, item: str, *, take: bool) -> Action | None:
    """Carry out an edit that was handed to us, or leave it; as one user action.

    Raises: NotFound `record.unknown`; Refused `handed.settled`, `handed.not_possible`, or
    what the edit itself is refused for.
    """
    with new_uow() as uow:
        held = uow.get(item)
        if held.fields.get("state") != "open":
            raise Refused("handed.settled")
        with uow.group():
            uow.edit(item, {"state": "taken" if take else "dismissed"})
            if take:
                _carry_out(uow, schema, held)
        action = Action.of(uow)
        uow.commit()
    return action


def _carry_out(uow: UnitOfWork, schema: Schema, item: Held) -> None:
    told = item.fields
    new = {name: pair[1] for name, pair in changes_of(told.get("changes")).items()}
    record, kind, verb = str(told["record"]), str(told["record_kind"]), str(told["verb"])
    try:
        if verb == "edit":
            uow.edit(record, new)
        elif verb == "delete":
            uow.delete(record)
        elif verb in ("create", "append") and schema.get(kind) is not None:
            filled = {name: value for name, value in new.items() if value is not None}
            # A statement keeps its id: consents given meanwhile answer it by that.
            same = record if kind == CONSENT else None
            uow.create(kind, filled, parent=item.parent, record_id=same)
        else:
            raise Refused("handed.not_possible")
    except NotFound as error:
        raise Refused("handed.not_possible") from error
