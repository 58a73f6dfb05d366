"""Practice customers as a manager's own spreadsheet would hold them."""

from __future__ import annotations

from collections.abc import Iterator

from crm.domain.choice_words import chinese
from crm.domain.kind import Fields, Value
from crm.domain.kinds import CHANNELS, GENDERS, ID_TYPES, TIERS
from server.practice.branch import PracticeBranch
from server.practice.dice import Dice

COLUMNS = {
    "姓名": "name",
    "性别": "gender",
    "出生日期": "birth_date",
    "证件类型": "id_type",
    "证件号码": "id_number",
    "手机号码": "phone",
    "电子邮箱": "email",
    "联系地址": "address",
    "村": "village",
    "邮编": "postcode",
    "职业": "occupation",
    "工作单位": "employer",
    "客户等级": "tier",
    "首选渠道": "preferred_channel",
    "爱好": "likes",
    "需求": "needs",
    "开户日期": "since",
    "备注": "note",
}
_SHORT_TIERS = {"high": "高", "general": "一般", "low": "低"}
_CHOICES = {"gender": GENDERS, "id_type": ID_TYPES, "tier": TIERS, "preferred_channel": CHANNELS}


def customers_as_rows(
    branch: PracticeBranch, n: int, owner: str | None = None
) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return Chinese headings and up to `n` rows of text, one customer each.

    Dates, phones and tiers are written in mixed ways; every cell means the field of
    the record that it was made from. `owner` keeps to one manager's customers. A person
    that two managers keep comes once.
    """
    dice = Dice(branch.seed, "spreadsheet")
    rows: list[tuple[str, ...]] = []
    for fields in _persons(branch, owner):
        if len(rows) == n:
            break
        rows.append(tuple(_cell(dice, name, fields.get(name)) for name in COLUMNS.values()))
    return tuple(COLUMNS), rows


def _persons(branch: PracticeBranch, owner: str | None) -> Iterator[Fields]:
    seen: set[object] = set()
    for record in branch.records():
        if record.kind != "customer" or owner not in (None, record.owner):
            continue
        fields = record.fields
        key = fields.get("id_number") or (str(fields["name"]), str(fields.get("phone")))
        if key not in seen:
            seen.add(key)
            yield fields


def _cell(dice: Dice, name: str, value: Value | None) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return dice.pick(("、", "，", ";")).join(value)
    if name in _CHOICES:
        return _choice_cell(dice, name, str(value))
    return _WRITERS.get(name, _as_it_is)(dice, str(value))


def _as_it_is(_: Dice, text: str) -> str:
    return text


def _number_cell(dice: Dice, number: str) -> str:
    return number.lower() if dice.chance(0.03) and number[:-1].isdecimal() else number


def _date_cell(dice: Dice, day: str) -> str:
    year, month, of_month = (int(part) for part in day.split("-"))
    forms = (
        day,
        f"{year}/{month}/{of_month}",
        f"{year}年{month}月{of_month}日",
        f"{year}{month:02d}{of_month:02d}",
        f"{year}.{month}.{of_month}",
    )
    return dice.pick(forms)


def _phone_cell(dice: Dice, number: str) -> str:
    national = number.removeprefix("+86")
    if dice.chance(0.1):
        return dice.pick((" ", "-")).join((national[:3], national[3:7], national[7:]))
    return national


def _choice_cell(dice: Dice, name: str, choice: str) -> str:
    if name == "tier" and dice.chance(0.6):
        return _SHORT_TIERS[choice]
    if choice == "resident_id":
        return dice.pick(("身份证", "居民身份证"))
    return chinese(_CHOICES[name], choice)


_WRITERS = {
    "birth_date": _date_cell,
    "since": _date_cell,
    "phone": _phone_cell,
    "id_number": _number_cell,
}
