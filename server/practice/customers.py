"""Practice customers, as complete and as dirty as a real portfolio."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from crm.domain.kind import Fields
from server.practice import notes
from server.practice.dice import Dice, Weighted, day_text
from server.practice.people import People, Person
from server.practice.places import HOME_COUNTY, Home, Places

_TIERS = Weighted({"general": 58, "low": 30, "high": 12})
_CHANNELS = Weighted({"phone": 45, "visit": 30, "wechat": 15, "sms": 6, "post": 3, "email": 1})
_LIKES = (
    *("象棋", "钓鱼", "广场舞", "太极拳", "书法", "集邮", "种花", "听戏", "麻将", "散步"),
    *("打牌", "唱歌", "看电视", "养鸟", "做菜", "旅游", "篮球", "摄影"),
)
_NEEDS = tuple(topic.need for topic in notes.TOPICS)
_OCCUPATIONS = (
    *("茶农", "农民", "个体户", "务工", "村干部", "司机", "木匠", "瓦工", "养殖户", "教师", "护士"),
    *("公务员", "理发师", "小超市店主", "竹编手艺人", "快递员"),
)
_OCCUPATIONS_OF_AGE = ("农民", "茶农", "退休职工", "退休教师", "退休干部", "竹编手艺人", "木匠")
_EMPLOYERS = (
    *("霍山县某中学", "镇卫生院", "县茶叶站", "镇中心小学", "县供电所", "某竹制品厂"),
    *("某酒业公司", "村民委员会", "某建筑公司", "茶叶专业合作社"),
)
_HONORIFICS = ("老师", "师傅", "主任", "老板")
_HONORIFICS_OF_AGE = {"male": ("大爷", "老师", "师傅"), "female": ("阿姨", "老师", "大妈")}
RETIRED_DAYS = 22000  # about sixty years
_MAIL_AT = ("example.com", "example.org", "example.net")


@dataclass(frozen=True, slots=True)
class Member:
    """A customer with the person behind it."""

    person: Person
    home: Home
    fields: Fields


@dataclass(frozen=True, slots=True)
class Family:
    """Customers of one home; the first is the head."""

    members: tuple[Member, ...]
    home: Home
    has_household: bool


class Customers:
    """Draws families of one to three customers."""

    def __init__(self, seed: int, today: date) -> None:
        self._dice = Dice(seed, "customers")
        self.people = People(Dice(seed, "people"), HOME_COUNTY)
        self.places = Places(Dice(seed, "places"))
        self._today = today.toordinal()

    def family(self, room: int) -> Family:
        """Return a family of at most `room` customers."""
        home = self.places.home()
        head = self.people.anybody()
        persons = [head, *self._relatives(head)][:room]
        members = tuple(Member(person, home, self._fields(person, home)) for person in persons)
        has_household = len(members) > 1 or self._dice.chance(0.22)
        return Family(members, home, has_household)

    def _relatives(self, head: Person) -> list[Person]:
        """Return those of the family who are customers too."""
        found = []
        if head.surname and self._dice.chance(0.18):
            found.append(self.people.spouse_of(head))
        if head.surname and head.born < 719163 and self._dice.chance(0.1):  # before 1970
            found.append(self.people.child_of(head))
        return found

    def _fields(self, person: Person, home: Home) -> Fields:
        fields: Fields = {"name": person.name}
        self._add_person(fields, person)
        self._add_contact(fields, home)
        self._add_business(fields)
        self._add_history(fields, person)
        return fields

    def _add_person(self, fields: Fields, person: Person) -> None:
        dice = self._dice
        if dice.chance(0.97):
            fields["gender"] = person.gender
        if dice.chance(0.92):
            off = 30 if dice.chance(0.005) else 0  # the birthday of the lunar calendar
            fields["birth_date"] = day_text(person.born + off)
        if document := self.people.document(person):
            fields["id_type"], fields["id_number"] = document
        retired = self._today - person.born > RETIRED_DAYS
        if dice.chance(0.08):
            usual = _HONORIFICS_OF_AGE[person.gender] if retired else _HONORIFICS
            fields["honorific"] = dice.pick(usual)
        if dice.chance(0.7):
            fields["occupation"] = dice.pick(_OCCUPATIONS_OF_AGE if retired else _OCCUPATIONS)
        if not retired and dice.chance(0.25):
            fields["employer"] = dice.pick(_EMPLOYERS)

    def _add_contact(self, fields: Fields, home: Home) -> None:
        dice = self._dice
        if dice.chance(0.93):
            fields["phone"] = self.people.mobile()
        if dice.chance(0.1):
            fields["email"] = f"user{dice.digits(6)}@{dice.pick(_MAIL_AT)}"
        if dice.chance(0.96):
            fields["address"] = home.address
            if home.village and dice.chance(0.95):
                fields["village"] = home.village
            if dice.chance(0.87):  # and a few with two digits exchanged
                fields["postcode"] = "273200" if dice.chance(0.005) else home.postcode

    def _add_business(self, fields: Fields) -> None:
        dice = self._dice
        if dice.chance(0.95):
            fields["tier"] = _TIERS.draw(dice)
        if dice.chance(0.6):
            fields["preferred_channel"] = _CHANNELS.draw(dice)
        if dice.chance(0.3):
            fields["language"] = dice.pick(("普通话", "本地话", "普通话和本地话"))
        if dice.chance(0.55):
            fields["likes"] = list(dice.some(_LIKES, 3))
        if dice.chance(0.45):
            fields["needs"] = list(dice.some(_NEEDS, 2))

    def _add_history(self, fields: Fields, person: Person) -> None:
        dice, today = self._dice, self._today
        grown_up = person.born + 6575
        if grown_up < today and dice.chance(0.9):
            first = max(grown_up, today - 12000)
            fields["since"] = day_text(dice.whole(first, today))
        if dice.chance(0.25):
            fields["next_contact_on"] = day_text(today + dice.whole(-10, 60))
        if dice.chance(0.35):
            fields["note"] = notes.remark(dice)

    def copy_of(self, member: Member) -> Fields:
        """Return the same person as a second manager would have entered it."""
        fields: Fields = {"name": member.fields["name"]}
        for name in ("gender", "id_type", "id_number", "address", "postcode"):
            if name in member.fields:
                fields[name] = member.fields[name]
        if "id_number" in fields:
            fields["phone"] = self.people.mobile()
        else:
            fields["phone"] = member.fields["phone"]
        fields["tier"] = _TIERS.draw(self._dice)
        return fields
