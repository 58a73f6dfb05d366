"""Made-up persons: names that fit their generation, birth dates, documents, phones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

from crm.domain.divisions import by_code
from crm.domain.identity import check_digit
from server.practice.dice import Dice, Weighted, day_text

MOBILE_PREFIX = "+86154"  # given to no operator: docs/rules/identity.md section 5
NO_COUNTY = "99"  # ends no division code

_CHECK_MARKS = "0123456789X"
_TWO_CHARACTERS = {"old": 0.85, "middle": 0.8, "adult": 0.55, "young": 0.85}
_LATIN_GIVEN = ("Anna", "Peter", "María", "José", "Ngọc", "Kim", "Elena", "Tomáš")
_LATIN_FAMILY = ("Example", "Müller-Muster", "Nováková", "Nguyễn", "Doe", "Sample")
_DOTTED = ("阿依", "古丽", "买买提", "吐尔逊", "帕提", "热合曼", "艾山", "努尔")
_PRIVATE_USE = ("\ue5e5", "\ue8a1", "\uf8f5")  # what an old system had for a rare character


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody made up; `born` is a date's ordinal."""

    name: str
    surname: str
    gender: str
    born: int
    foreign: bool = False


def _rows(resource: str) -> list[list[str]]:
    text = files("resources").joinpath("names", resource).read_text(encoding="utf-8")
    return [row.split("\t") for row in text.splitlines() if not row.startswith("#")]


@cache
def _surnames() -> Weighted[str]:
    return Weighted({name: float(weight) for name, weight in _rows("surnames.tsv")})


@cache
def _given() -> dict[tuple[str, str], str]:
    return {(row[0], row[1]): row[2] for row in _rows("given_characters.tsv")}


def _generation(year: int) -> str:
    if year < 1955:
        return "old"
    if year < 1976:
        return "middle"
    return "adult" if year < 1996 else "young"


class People:
    """Draws persons and their numbers; no resident number is drawn twice."""

    def __init__(self, dice: Dice, home_county: str) -> None:
        self._dice = dice
        self._home = home_county
        self._counties = [code for code, place in by_code().items() if place.county]
        self._taken: set[str] = set()

    def anybody(self) -> Person:
        """Return an adult as a county's savers are: middle-aged and older ones above all."""
        dice = self._dice
        if dice.chance(0.003):
            return self._with_unusual_name()
        born = date(dice.peaked(1938, 2007, 1966), 1, 1).toordinal() + dice.whole(0, 364)
        return self.somebody("female" if dice.chance(0.52) else "male", born)

    def somebody(self, gender: str, born: int, surname: str = "") -> Person:
        surname = surname or _surnames().draw(self._dice)
        given = self._given_name(_generation(int(day_text(born)[:4])), gender)
        return Person(surname + given, surname, gender, born)

    def _given_name(self, generation: str, gender: str) -> str:
        dice = self._dice
        pool = _given()[generation, gender]
        last = dice.pick(pool)
        if dice.chance(0.01):
            last = dice.pick(_given()["rare", "any"])
        elif dice.chance(0.001):
            last = dice.pick(_PRIVATE_USE)
        if not dice.chance(_TWO_CHARACTERS[generation]):
            return last
        first = dice.pick(pool)
        return first + last if first != last else last

    def _with_unusual_name(self) -> Person:
        dice = self._dice
        born = date(dice.whole(1955, 2000), 1, 1).toordinal() + dice.whole(0, 364)
        gender = dice.pick(("female", "male"))
        if dice.chance(0.5):
            name = f"{dice.pick(_DOTTED)}{dice.pick(_DOTTED)}·{dice.pick(_DOTTED)}"
            return Person(name, "", gender, born)
        name = f"{dice.pick(_LATIN_GIVEN)} {dice.pick(_LATIN_FAMILY)}"
        return Person(name, "", gender, born, foreign=True)

    def spouse_of(self, person: Person) -> Person:
        gender = "male" if person.gender == "female" else "female"
        return self.somebody(gender, person.born + self._dice.whole(-2000, 2000))

    def child_of(self, person: Person) -> Person:
        """Return a son or daughter of the same surname, 22 to 35 years younger."""
        gender = self._dice.pick(("female", "male"))
        return self.somebody(gender, person.born + self._dice.whole(8036, 12783), person.surname)

    def parent_of(self, person: Person) -> Person:
        """Return a father of the same surname, or a mother of her own."""
        gender = self._dice.pick(("female", "male"))
        surname = person.surname if gender == "male" else ""
        return self.somebody(gender, person.born - self._dice.whole(8036, 12783), surname)

    def document(self, person: Person) -> tuple[str, str] | None:
        """Return document type and number, or None: some customers never showed one."""
        dice = self._dice
        if person.foreign:
            return "passport", "Z" + dice.digits(8)
        if dice.chance(0.1):
            return None
        if dice.chance(0.01):
            return dice.pick(("hk_macau_permit", "military_id", "other")), "Z" + dice.digits(8)
        if dice.chance(0.04) and 693961 <= person.born < 725007:  # 1901 to 1985
            return "resident_id", self._old_number(person)
        return "resident_id", self._number(person)

    def _number(self, person: Person) -> str:
        """Return an 18-character number with a wrong check character."""
        while True:
            first = (
                f"{self._county()}{date.fromordinal(person.born):%Y%m%d}{self._sequence(person)}"
            )
            if first not in self._taken:
                break
        self._taken.add(first)
        right = check_digit(first)
        return first + self._dice.pick(_CHECK_MARKS.replace(right, ""))

    def _old_number(self, person: Person) -> str:
        """Return a 15-digit number of a county that never was; it has no check to break."""
        born = day_text(person.born).replace("-", "")[2:]
        return self._untaken(person, lambda: self._county()[:4] + NO_COUNTY + born)

    def _untaken(self, person: Person, begin: Callable[[], str]) -> str:
        while (number := begin() + self._sequence(person)) in self._taken:
            pass  # draw again
        self._taken.add(number)
        return number

    def _county(self) -> str:
        return self._home if self._dice.chance(0.85) else self._dice.pick(self._counties)

    def _sequence(self, person: Person) -> str:
        number = self._dice.whole(0, 498) * 2 + (1 if person.gender == "male" else 2)
        return f"{number:03d}"

    def mobile(self) -> str:
        return MOBILE_PREFIX + self._dice.digits(8)
