"""The practice branch: its staff and all records of its portfolios, parents first."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import NamedTuple

from crm.domain.kind import Fields
from server.practice.customers import Customers, Family, Member
from server.practice.dependants import Dependants
from server.practice.dice import Dice, Ids
from server.practice.people import People
from server.practice.places import HOME_COUNTY, Places
from server.practice.sayings import Sayings

KINDS = (
    "customer",
    "household",
    "household_member",
    "contact_point",
    "account",
    "visit",
    "task",
    "tag",
    "consent",
)
_OWN_TASKS = 4  # of each manager


@dataclass(frozen=True, slots=True)
class PracticeStaff:
    """One made-up member of staff; `name` is drawn by chance."""

    id: str
    login: str
    name: str
    role: str


class PracticeRecord(NamedTuple):
    """One record, ready to be stored in its owner's portfolio."""

    kind: str
    id: str
    parent: str | None
    root: str
    owner: str  # staff id of the manager
    fields: Fields


@dataclass(frozen=True, slots=True)
class PracticeBranch:
    """A branch that can be told again and again, each time the same."""

    seed: int
    today: date
    customers: int
    with_kinds: frozenset[str]
    id: str
    fields: Fields  # of the branch itself
    staff: tuple[PracticeStaff, ...]

    @property
    def managers(self) -> tuple[PracticeStaff, ...]:
        return tuple(person for person in self.staff if person.role == "manager")

    def records(self) -> Iterator[PracticeRecord]:
        """Yield every record, parents before children; nothing is held in memory."""
        return _Telling(self).records()


def make_branch(
    seed: int,
    *,
    today: date,
    customers: int = 3000,
    managers: int = 3,
    with_kinds: Collection[str] = KINDS,
) -> PracticeBranch:
    """Return a made-up branch of a county town, the same for the same arguments.

    `customers` counts the duplicates that some managers share. `with_kinds` leaves
    kinds out; those that stay are the same as in the whole branch.
    """
    ids = Ids(Dice(seed, "branch ids"), _midnight_ms(today))
    people = People(Dice(seed, "staff"), HOME_COUNTY)
    places = Places(Dice(seed, "branch place"))
    return PracticeBranch(
        seed=seed,
        today=today,
        customers=customers,
        with_kinds=frozenset(with_kinds),
        id=ids.next(),
        fields={
            "name": "霍山县衡山镇练习支行",
            "address": "安徽省六安市霍山县衡山镇文盛社区练习路1号",
            "postcode": "237200",
            "phone": places.landline(),
        },
        staff=tuple(_staff(ids, people, managers)),
    )


def _staff(ids: Ids, people: People, managers: int) -> Iterator[PracticeStaff]:
    roles = [("manager", f"manager{number + 1}") for number in range(managers)]
    for role, login in [*roles, ("branch_lead", "lead"), ("complaint_officer", "officer")]:
        yield PracticeStaff(ids.next(), login, people.anybody().name, role)


def _midnight_ms(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1000


class _Telling:
    """One run through the branch's records."""

    def __init__(self, branch: PracticeBranch) -> None:
        self._branch = branch
        self._managers = [manager.id for manager in branch.managers]
        self._kinds = branch.with_kinds
        self._customers = Customers(branch.seed, branch.today)
        self._dependants = Dependants(branch.seed, branch.today)
        self._sayings = Sayings(branch.seed, branch.today)
        first_ms = _midnight_ms(branch.today)
        self._ids = {kind: Ids(Dice(branch.seed, f"{kind} ids"), first_ms) for kind in KINDS}

    def records(self) -> Iterator[PracticeRecord]:
        copies = self._wanted_copies()
        room = self._branch.customers - copies
        twice: list[tuple[Member, int]] = []
        while room > 0:
            family = self._customers.family(room)
            room -= len(family.members)
            yield from self._family(family)
            if len(twice) < copies and _could_be_found(family.members[0]):
                twice.append((family.members[0], family.home.beat))
        for member, beat in twice:
            yield from self._copy(member, beat)
        # Where too few could be found, others make up the number.
        for _ in range(copies - len(twice)):
            yield from self._family(self._customers.family(1))
        yield from self._own_tasks()

    def _wanted_copies(self) -> int:
        if len(self._managers) < 2 or self._branch.customers < 20:
            return 0
        return max(3, self._branch.customers // 500)

    def _owner(self, beat: int) -> str:
        return self._managers[beat % len(self._managers)]

    def _family(self, family: Family) -> Iterator[PracticeRecord]:
        owner = self._owner(family.home.beat)
        ids = [self._ids["customer"].next() for _ in family.members]
        for customer_id, member in zip(ids, family.members, strict=True):
            if "customer" in self._kinds:
                yield PracticeRecord(
                    "customer", customer_id, None, customer_id, owner, member.fields
                )
        for customer_id, member in zip(ids, family.members, strict=True):
            yield from self._dependent_records(customer_id, member, owner)
        if family.has_household:
            yield from self._household(family, ids, owner)

    def _dependent_records(self, root: str, member: Member, owner: str) -> Iterator[PracticeRecord]:
        told, kinds = self._dependants, self._kinds
        if "contact_point" in kinds:
            yield from self._under(root, "contact_point", told.contacts(member), owner)
        if "account" in kinds:
            yield from self._under(root, "account", told.accounts(member), owner)
        last_visit = None
        if "visit" in kinds:
            for record in self._under(root, "visit", told.visits(member), owner):
                last_visit = record.id
                yield record
        if "task" in kinds:
            yield from self._under(root, "task", told.tasks(last_visit), owner)
        if "tag" in kinds:
            yield from self._under(root, "tag", told.tags(member), owner)
        if "consent" in kinds:
            yield from self._under(root, "consent", self._sayings.of(member), owner)

    def _under(
        self, root: str, kind: str, made: Iterator[Fields], owner: str
    ) -> Iterator[PracticeRecord]:
        ids = self._ids[kind]
        for fields in made:
            yield PracticeRecord(kind, ids.next(), root, root, owner, fields)

    def _household(self, family: Family, ids: list[str], owner: str) -> Iterator[PracticeRecord]:
        if "household" not in self._kinds:
            return
        root, household = ids[0], self._ids["household"].next()
        fields = self._dependants.household(family)
        yield PracticeRecord("household", household, root, root, owner, fields)
        if "household_member" in self._kinds:
            member_ids = self._ids["household_member"]
            for fields in self._dependants.household_members(family, ids):
                yield PracticeRecord(
                    "household_member", member_ids.next(), household, root, owner, fields
                )

    def _copy(self, member: Member, beat: int) -> Iterator[PracticeRecord]:
        """Yield the customer once more, in another manager's portfolio."""
        copied = self._ids["customer"].next()
        fields = self._customers.copy_of(member)
        if "customer" in self._kinds:
            yield PracticeRecord("customer", copied, None, copied, self._owner(beat + 1), fields)

    def _own_tasks(self) -> Iterator[PracticeRecord]:
        if "task" not in self._kinds:
            return
        for owner in self._managers:
            for _ in range(_OWN_TASKS):
                task = self._ids["task"].next()
                yield PracticeRecord("task", task, None, task, owner, self._dependants.own_task())


def _could_be_found(member: Member) -> bool:
    """Tell whether a natural key would show the duplicate: a document, or name and phone."""
    return "id_number" in member.fields or "phone" in member.fields
