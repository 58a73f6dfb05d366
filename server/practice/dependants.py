"""What hangs under a practice customer: contacts, accounts, visits, tasks, tags, households."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from crm.domain.kind import Fields
from server.practice import notes
from server.practice.customers import RETIRED_DAYS, Family, Member
from server.practice.dice import Dice, Weighted, day_text
from server.practice.people import MOBILE_PREFIX, People, Person
from server.practice.places import Places

_CONTACTS = Weighted({"mobile": 35, "home_phone": 25, "wechat": 25, "work_phone": 8, "email": 7})
_ACCOUNTS = Weighted(
    {
        "current": 42,
        "fixed_term": 30,
        "card": 10,
        "wealth": 7,
        "bond": 4,
        "insurance": 3,
        "loan": 3,
        "fund": 1,
    }
)
_TERMS = Weighted({365: 35, 730: 20, 1096: 30, 1826: 8, 183: 7})  # days
_RATES_BP = {183: 105, 365: 115, 730: 125, 1096: 155, 1826: 160}
_MEDIAN_YUAN = {
    "current": 3_000,
    "fixed_term": 30_000,
    "card": 800,
    "wealth": 60_000,
    "bond": 30_000,
    "insurance": 10_000,
    "loan": 80_000,
    "fund": 8_000,
}
_ACCOUNT_RANGE = "0099"  # no bank's: docs/rules/identity.md section 5
_TAGS = Weighted(
    {
        "茶农": 24,
        "外出务工家属": 16,
        "商户": 14,
        "党员": 7,
        "重点维护": 7,
        "讲座常客": 3,
        "流失风险": 3,
    }
)
_TAGS_OF_AGE = Weighted(
    {"退休": 30, "代发养老金": 24, "茶农": 14, "行动不便": 9, "党员": 8, "讲座常客": 7, "集邮": 5}
)
_DONE = Weighted({"reported": 40, "reviewed": 30, "completed": 14, "missed": 8, "cancelled": 8})
_AHEAD = Weighted({"planned": 60, "proposed": 20, "confirmed": 15, "rescheduled": 5})
_CHANNELS = Weighted({"visit": 58, "phone": 27, "wechat": 10, "sms": 3, "post": 1, "email": 1})
_PAST_TASKS = Weighted({"done": 80, "dropped": 8, "open": 12})
_TOOK_PLACE = ("completed", "reported", "reviewed", "in_progress")
_TWO_YEARS = 730


class Dependants:
    """Draws the fields of dependants; every kind has dice of its own.

    So a branch made with fewer kinds holds the same records of those it has.
    """

    def __init__(self, seed: int, today: date) -> None:
        self._today = today.toordinal()
        self._places = Places(Dice(seed, "second places"))
        self._contact, self._account = Dice(seed, "contact_point"), Dice(seed, "account")
        self._visit, self._task = Dice(seed, "visit"), Dice(seed, "task")
        self._tag, self._household = Dice(seed, "tag"), Dice(seed, "household")
        self._member_people = People(Dice(seed, "household_member"), "")

    def contacts(self, member: Member) -> Iterator[Fields]:
        dice = self._contact
        for _ in range(dice.whole(0, 2) if dice.chance(0.8) else 0):
            contact_type = _CONTACTS.draw(dice)
            fields: Fields = {"type": contact_type, "value": self._contact_value(contact_type)}
            if dice.chance(0.1):
                fields["note"] = dice.pick(("子女的号码", "白天打这个", "已停用，勿打", "微信同号"))
            yield fields
        if dice.chance(0.05):
            home = self._places.home()
            yield {"type": "address", "value": home.address, "postcode": home.postcode}

    def _contact_value(self, contact_type: str) -> str:
        dice = self._contact
        if contact_type == "mobile":
            return MOBILE_PREFIX + dice.digits(8)
        if contact_type in ("home_phone", "work_phone"):
            return self._places.landline()
        if contact_type == "email":
            return f"box{dice.digits(6)}@example.org"
        return f"wx_demo_{dice.digits(7)}"

    def accounts(self, member: Member) -> Iterator[Fields]:
        tier = member.fields.get("tier")
        most = 5 if tier == "high" else 3
        for _ in range(self._account.whole(1, most)):
            yield self._account_fields(_ACCOUNTS.draw(self._account), tier == "high")

    def _account_fields(self, account_type: str, wealthy: bool) -> Fields:
        dice = self._account
        fields: Fields = {
            "number": _ACCOUNT_RANGE + dice.digits(15),
            "type": account_type,
            "currency": "CNY",
            "balance_minor": self._balance(account_type, wealthy),
        }
        if account_type in ("fixed_term", "bond", "wealth", "loan"):
            self._add_term(fields)
        else:
            opened = self._today - dice.whole(10, 6000)
            fields["opened_on"] = day_text(opened)
            if account_type == "current":
                fields["rate_bp"] = 5
            if dice.chance(0.05):
                fields["closed_on"] = day_text(dice.whole(opened, self._today))
        return fields

    def _balance(self, account_type: str, wealthy: bool) -> int:
        """Return fen: log-normal, five times as much where the customer is wealthy."""
        median = _MEDIAN_YUAN[account_type] * (5 if wealthy else 1)
        yuan = min(self._account.heavy_tailed(median, 1.3), 50_000_000.0)
        if account_type in ("current", "card", "fund", "wealth"):
            return round(yuan * 100)
        return max(1, round(yuan / 1000)) * 100_000

    def _add_term(self, fields: Fields) -> None:
        days = _TERMS.draw(self._account)
        opened = self._today - self._account.whole(0, days + 20)
        fields["opened_on"], fields["matures_on"] = day_text(opened), day_text(opened + days)
        fields["rate_bp"] = _RATES_BP[days] + (300 if fields["type"] == "loan" else 0)

    def visits(self, member: Member) -> Iterator[Fields]:
        for _ in range(self._visit.whole(1, 5)):
            yield self._visit_fields(member)

    def _visit_fields(self, member: Member) -> Fields:
        dice = self._visit
        on = self._today - _TWO_YEARS + int(dice.fraction() * (_TWO_YEARS + 30))
        state = self._visit_state(on)
        channel = _CHANNELS.draw(dice)
        fields: Fields = {"state": state, "on": day_text(on), "channel": channel}
        if channel == "visit":
            fields["place"] = member.home.village or "客户家中"
        if state in _TOOK_PLACE:
            self._add_report(fields, on, channel)
        elif excuse := notes.excuse(dice, state):
            fields["summary"] = excuse
        return fields

    def _visit_state(self, on: int) -> str:
        if on < self._today:
            return _DONE.draw(self._visit)
        return "in_progress" if on == self._today else _AHEAD.draw(self._visit)

    def _add_report(self, fields: Fields, on: int, channel: str) -> None:
        dice = self._visit
        topic = dice.pick(notes.TOPICS)
        fields["summary"] = notes.summary(dice, topic, channel)
        fields["recorded_at"] = _instant(dice, on)
        if dice.chance(0.6):
            fields["needs"] = [topic.need]
        if dice.chance(0.45):
            fields["next_step"] = dice.pick(topic.steps)
            fields["next_on"] = day_text(on + dice.whole(3, 60))

    def tasks(self, visit_id: str | None) -> Iterator[Fields]:
        """Yield the customer's tasks; some follow from the visit."""
        dice = self._task
        for _ in range(dice.whole(1, 2) if dice.chance(0.3) else 0):
            topic = dice.pick(notes.TOPICS)
            fields = self._task_fields(topic.task)
            if visit_id is not None and dice.chance(0.5):
                fields["visit"] = visit_id
            if dice.chance(0.3):
                fields["note"] = dice.pick(topic.steps)
            yield fields

    def _task_fields(self, title: str) -> Fields:
        due = self._today + self._task.whole(-60, 45)
        state = _PAST_TASKS.draw(self._task) if due < self._today else "open"
        return {"title": title, "due_on": day_text(due), "state": state}

    def own_task(self) -> Fields:
        """Return a task of the manager's own, of no customer."""
        return self._task_fields(notes.own_task(self._task))

    def tags(self, member: Member) -> Iterator[Fields]:
        dice = self._tag
        usual = _TAGS_OF_AGE if self._today - member.person.born > RETIRED_DAYS else _TAGS
        labels = (usual.draw(dice) for _ in range(dice.whole(1, 2) if dice.chance(0.45) else 0))
        for label in dict.fromkeys(labels):
            yield {"label": label}

    def household(self, family: Family) -> Fields:
        head = family.members[0]
        fields: Fields = {"name": f"{head.person.name}家"}
        if "address" in head.fields:
            fields["address"] = family.home.address
        if self._household.chance(0.15):
            fields["note"] = self._household.pick(("三代同住", "子女在外地", "两老独居"))
        return fields

    def household_members(self, family: Family, ids: list[str]) -> Iterator[Fields]:
        """Yield who lives there: the customers by reference, the others by name."""
        head = family.members[0].person
        relations = ["head", *(_relation(head, m.person) for m in family.members[1:])]
        for relation, customer_id in zip(relations, ids, strict=True):
            yield {"relation": relation, "customer": customer_id}
        if head.surname:
            for relation, person in self._others(head, "spouse" in relations):
                if person.born <= self._today:
                    yield self._member_fields(relation, person)

    def _others(self, head: Person, has_spouse: bool) -> Iterator[tuple[str, Person]]:
        dice, people = self._household, self._member_people
        if not has_spouse and dice.chance(0.6):
            yield "spouse", people.spouse_of(head)
        child = None
        for _ in range(dice.whole(0, 2)):
            child = people.child_of(head)
            yield "child", child
        if head.born > 713324 and dice.chance(0.4):  # 1954
            yield "parent", people.parent_of(head)
        if child is not None and child.born < 723181 and dice.chance(0.6):  # 1981
            yield "grandchild", people.child_of(child)

    def _member_fields(self, relation: str, person: Person) -> Fields:
        fields: Fields = {"relation": relation, "name": person.name}
        if self._household.chance(0.6):
            fields["birth_date"] = day_text(person.born)
        return fields


def _relation(head: Person, other: Person) -> str:
    return "child" if other.born - head.born > 8000 else "spouse"


def _instant(dice: Dice, ordinal: int) -> str:
    """Return a moment of that day's working hours in Shanghai, which are 01 to 09 in UTC."""
    minutes, seconds = divmod(int(dice.fraction() * 32400), 60)
    clock = f"{day_text(ordinal)}T{minutes // 60 + 1:02d}:{minutes % 60:02d}:{seconds:02d}"
    return clock + ".000Z[+08:00]"
