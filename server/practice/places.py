"""Where practice customers live: real villages of two counties, made-up house numbers."""

from __future__ import annotations

from dataclasses import dataclass

from crm.domain.divisions import Division, Village, by_code, villages
from server.practice.dice import Dice, Weighted

HOME_COUNTY = "341525"
AREA_CODE = "+86564"

_NEXT_COUNTY_TOWNS = ("青山镇", "油坊店乡")
_ESTATES = ("幸福小区", "阳光花园", "河畔新村", "锦绣家园", "老街安置区", "康居苑", "金叶小区")
_STREETS = ("人民路", "建设路", "和平路", "解放路", "文化路", "新兴路", "育才路")
_FAR_AWAY = ("310115", "330106", "340104", "320505", "440306", "320104")  # where people work
_DIRECTIONS = (
    "（原供销合作社家属院东侧第三排平房，老粮站仓库后门对面，门口有两棵银杏树）",
    "（从镇卫生院旁水泥路进去约八百米过桥右转，村口便民服务点可以代收）",
    "（新农村集中安置点二期北区，靠近村部文化广场和老年活动中心，白天家里有人）",
    "（茶厂职工宿舍旧址后面，信件请交村邮站，电话联系后到路口来取）",
)


@dataclass(frozen=True, slots=True)
class Home:
    """An address with its village and postcode; `village` is empty outside the two counties."""

    address: str
    village: str
    postcode: str
    beat: int  # villages are shared out among the managers by this number


class Places:
    """Draws homes; a few villages hold many of the branch's customers."""

    def __init__(self, dice: Dice) -> None:
        self._dice = dice
        near = [v for v in villages() if v.county == HOME_COUNTY or v.town in _NEXT_COUNTY_TOWNS]
        self._beats = {village: number for number, village in enumerate(near)}
        self._villages = Weighted({v: 1 / (n % 40 + 4) for v, n in self._beats.items()})

    def home(self) -> Home:
        if self._dice.chance(0.03):
            return self._far_home()
        village = self._villages.draw(self._dice)
        county = by_code()[village.county]
        address = self._before(county) + village.town + village.name + self._door(village)
        if self._dice.chance(0.02):
            address += self._dice.pick(_DIRECTIONS) + self._dice.pick(_DIRECTIONS)
        return Home(address, village.name, county.postcode, self._beats[village])

    def _before(self, county: Division) -> str:
        """Return the address down to the county, as people shorten it."""
        return county.name if self._dice.chance(0.8) else county.county

    def _door(self, village: Village) -> str:
        dice = self._dice
        if village.name.endswith("村"):
            return f"{dice.whole(1, 24)}组{dice.whole(1, 99)}号"
        block = f"{dice.whole(1, 18)}幢{dice.whole(1, 4)}单元"
        return f"{dice.pick(_ESTATES)}{block}{dice.whole(1, 11)}{dice.whole(1, 4):02d}室"

    def _far_home(self) -> Home:
        dice = self._dice
        place = by_code()[dice.pick(_FAR_AWAY)]
        room = (
            f"{dice.pick(_STREETS)}{dice.whole(1, 400)}号{dice.whole(1, 30)}0{dice.whole(1, 4)}室"
        )
        return Home(place.name + room, "", place.postcode, dice.whole(0, 99))

    def landline(self) -> str:
        """Return a number that no exchange gives out: it begins with 0 and is too long."""
        return f"{AREA_CODE}0{self._dice.digits(7)}"
