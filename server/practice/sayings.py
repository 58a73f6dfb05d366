"""What practice customers said about being contacted: most agreed, some did not, a few withdrew."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from crm.domain.kind import Fields
from server.practice.customers import Member
from server.practice.dice import Dice, Weighted, day_text

_ASKED = {"club": 0.62, "marketing": 0.34, "survey": 0.12, "sensitive": 0.2, "share": 0.04}
_ANSWERS = Weighted({"granted": 88, "refused": 12})
_WAYS = Weighted({"any": 46, "phone": 16, "post": 12, "wechat": 14, "visit": 8, "sms": 4})
_EVIDENCE = Weighted({"signed_form": 72, "recording": 12, "online": 10, "spoken_witness": 6})
_NOTES = {
    "signed_form": ("网点档案柜 2 号盒", "开户资料夹", "活动报名表背面"),
    "recording": ("客服录音系统",),
    "online": ("手机银行确认",),
    "spoken_witness": ("大堂经理在场", "村委会工作人员在场"),
}
_WITHDRAWN = 0.07  # of those who agreed
_CHILD_DAYS = 14 * 366


class Sayings:
    """Draws consents, with dice of their own."""

    def __init__(self, seed: int, today: date) -> None:
        self._dice, self._today = Dice(seed, "consent"), today.toordinal()

    def of(self, member: Member) -> Iterator[Fields]:
        """Yield what one customer said; nothing of a child, whom nobody has asked yet."""
        for purpose, share in _ASKED.items():
            if self._dice.chance(share) and not self._is_child(member):
                yield from self._about(purpose)

    def _is_child(self, member: Member) -> bool:
        born = member.fields.get("birth_date")
        return born is not None and str(born) > day_text(self._today - _CHILD_DAYS)

    def _about(self, purpose: str) -> Iterator[Fields]:
        dice = self._dice
        said = self._today - dice.peaked(1, 1100, 200)  # some so long ago that it counts no more
        way = "any" if purpose in ("sensitive", "share") else _WAYS.draw(dice)
        start: Fields = {"purpose": purpose, "channel": way, "said_on": day_text(said)}
        if _ANSWERS.draw(dice) == "refused":
            yield {**start, "decision": "refused"}
            return
        evidence = _EVIDENCE.draw(dice)
        note = dice.pick(_NOTES[evidence])
        yield {**start, "decision": "granted", "evidence": evidence, "evidence_note": note}
        if dice.chance(_WITHDRAWN):
            later = day_text(dice.whole(said, self._today))
            yield {**start, "decision": "withdrawn", "channel": "any", "said_on": later}
