"""The dossier of a hand-over: what is on its pages, and what is not."""

from __future__ import annotations

from dataclasses import replace

import pypdfium2
import pytest

from crm.paper.values import FontsMissing
from server.dossier import Case, Dossier, Entry, Handing, check_fonts, dossier_pdf
from server.dossier.customer import VISITS

PHONE, NUMBER, IDENTITY = "+8615400001234", "62170000000000017", "110101190001010011"
AT = "2026-11-20T02:30:00.000Z[+00:00]"
WHO = "01a20178-44ed-781f-962b-f5acd2bdc4a3"


def entry(kind, parent=WHO, **fields):
    return Entry(id=f"{kind}-{len(fields)}", kind=kind, parent=parent, fields=fields)


def customer(**fields):
    given = {"name": "欧阳𠮷祥", "phone": PHONE, "id_type": "resident_id", "id_number": IDENTITY}
    return Entry(id=WHO, kind="customer", parent=None, fields={**given, **fields})


HOME = replace(entry("household", name="欧阳家"), id="home")
FAMILY = (
    HOME,
    entry("household_member", "home", relation="head", customer=WHO),
    entry("household_member", "home", relation="child", customer="else-where", note="外地"),
    entry("household_member", "home", relation="spouse", name="李小妹", birth_date="1970-01-01"),
    entry("contact_point", type="wechat", value="somebody-1234"),
    entry(
        "account",
        number=NUMBER,
        type="fixed_term",
        currency="CNY",
        balance_minor=12345678,
        rate_bp=155,
        matures_on="2027-01-01",
    ),
    entry("visit", state="planned", on="2026-12-01", channel="visit", summary="谈续存"),
    entry("visit", state="completed", on="2026-10-01", channel="phone", next_step="送材料"),
    entry("task", state="open", title="回电", due_on="2026-12-02"),
    entry("task", state="done", title="早已办完"),
    entry("conflict", state="open", record_kind="customer", field="phone", mine=f'"{PHONE}"'),
    entry("inbox_item", state="taken", record_kind="customer", verb="edit", changes="{}"),
    entry("complaint", state="accepted", summary="柜面等候太久"),
    entry("complaint", state="closed", summary="已经了结", on="2020-01-01"),
    entry(
        "consent",
        decision="granted",
        purpose="club",
        channel="any",
        said_on="2026-01-10",
        evidence="signed_form",
        evidence_note="二号盒",
    ),
    entry("consent", decision="withdrawn", purpose="club", channel="phone", said_on="2026-03-01"),
    entry("hand_over", at=AT, from_name="李华", to_name="王敏", reason="调岗", override="病假"),
)
HANDING = Handing(
    run="74c11038-838c-870f-822d-e6be14e21166",
    giver="李华",
    taker="王敏",
    by="赵磊",
    at=AT,
    reason="调岗",
    override="病假",
    unsynced_devices=2,
    unsent=3,
)
CASE = Case(customer=customer(village="石湾村"), family=FAMILY, names={WHO: "欧阳𠮷祥"})
DOSSIER = Dossier(cases=(CASE,), handing=HANDING, printed_at=AT)


def pages(dossier, **how):
    pdf = pypdfium2.PdfDocument(dossier_pdf(dossier, **how))
    return [page.get_textpage().get_text_range() for page in pdf]


def test_the_cover_tells_the_hand_over_and_on_which_page_everybody_is():
    cover, one = pages(DOSSIER)
    told = ("李华", "王敏", "赵磊", "2026-11-20 10:30", "调岗", "病假", "2 台电脑", "3 处修改")
    for words in (*told, "移交人签字", "监交人签字", "第 1 页，共 2 页"):
        assert words in cover
    (listed,) = [row for row in cover.splitlines() if "欧阳" in row]
    assert listed.split() == ["1", "欧阳𠮷祥", "石湾村", "2"]
    assert "第 2 页，共 2 页" in one


def test_a_customer_is_told_from_all_sides():
    _, told = pages(DOSSIER)
    for words in (
        *("欧阳𠮷祥", "石湾村", "欧阳家", "户主", "李小妹", "1970-01-01", "（由他人管理）", "外地"),
        *("定期", "123,456.78 CNY", "1.55%", "2027-01-01"),
        *("谈续存", "已计划", "下一步：送材料", "回电", "2026-12-02"),
        *("俱乐部活动", "所有方式", "签字表格 二号盒", "2026-03-01 撤回 俱乐部活动 电话"),
        *("柜面等候太久", "客户 手机", "李华 → 王敏", "（未等待同步：病假）"),
    ):
        assert words in " ".join(told.split()), words
    for words in ("早已办完", "已经了结"):
        assert words not in told


def test_numbers_are_masked_unless_they_are_asked_for():
    masked, clear = "".join(pages(DOSSIER)), "".join(pages(DOSSIER, reveal=True))
    for number, shown in ((PHONE, "154 0000 1234"), (NUMBER, NUMBER), (IDENTITY, IDENTITY)):
        assert number not in masked
        assert shown not in masked
        assert shown in clear
    assert "somebody-1234" not in masked
    assert "号码已遮盖" in masked
    assert "请妥善保管" in clear


def test_in_english():
    cover, told = pages(DOSSIER, language="en")
    assert "Witness:" in cover
    for words in ("Identity number", "Spouse", "Fixed term", "Next step: 送材料", "page 2 of 2"):
        assert words in told


def test_long_texts_run_on_to_the_next_page_and_nothing_is_lost():
    visits = [
        entry(
            "visit", state="completed", on=f"2026-10-{n:02d}", summary=f"第{n:02d}次" + "说" * 900
        )
        for n in range(1, VISITS + 4)
    ]
    case = replace(CASE, family=(*visits, HOME))
    _, *told = pages(replace(DOSSIER, cases=(case, CASE)))
    assert len(told) > 2
    everything = "".join(told)
    for n in range(4, VISITS + 4):
        assert f"第{n:02d}次" in everything
    assert everything.count("说") == 900 * VISITS
    assert "更早的 3 次拜访" in everything
    assert "第03次" not in everything


def test_everybody_begins_a_page_of_their_own_and_a_long_list_fills_several():
    cases = [
        Case(customer=replace(customer(name=f"客户{n:03d}"), id=f"{n}"), family=())
        for n in range(120)
    ]
    found = pages(Dossier(cases=tuple(cases), printed_at=AT))
    listed = "\n".join(found)
    for n in (0, 60, 119):
        (row,) = [r for r in listed.splitlines() if f"客户{n:03d}" in r and len(r.split()) == 3]
        assert f"客户{n:03d}" in found[int(row.split()[2]) - 1]
    assert len(found) == 120 + int(found[0].split("客户000")[1].split()[0]) - 1


def test_what_no_font_draws_is_spelled_and_what_acts_is_dropped():
    odd = customer(note="a\u202eb \ue000 \x00c", name="𱁬某")
    told = "".join(pages(Dossier(cases=(Case(customer=odd, family=()),), printed_at=AT)))
    assert "[U+E000]" in told
    assert "\u202e" not in told


def test_the_same_input_gives_the_same_bytes():
    assert dossier_pdf(DOSSIER) == dossier_pdf(DOSSIER)


def test_without_a_chinese_font_it_says_what_to_install(tmp_path):
    with pytest.raises(FontsMissing):
        dossier_pdf(DOSSIER, font_folders=[tmp_path])
    check_fonts()  # this machine has one
