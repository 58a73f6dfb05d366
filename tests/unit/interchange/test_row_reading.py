"""Rows become fields, or come back with every problem they have."""

from __future__ import annotations

import pytest

from crm.domain.kind import kind_of
from crm.domain.kinds import Customer
from crm.interchange.cell_values import DIGITS_LOST, ERROR_VALUE, NOT_COMPUTED
from crm.interchange.files import read_table
from crm.interchange.headings import match_headings
from crm.interchange.layout import TOO_MANY_CELLS
from crm.interchange.mending import bad_rows_file
from crm.interchange.reading import read_customers
from tests.unit.interchange.workbooks import Number, excel, package, sheet_xml, simple

CUSTOMER = kind_of(Customer)


def read(data, name="a.xlsx", overrides=None):
    table = read_table(data, name)
    return read_customers(table, match_headings(table.headings, CUSTOMER, overrides), CUSTOMER)


def only(heading, cell):
    """The value of one field beside a name."""
    reading = read(excel(["姓名", heading], ["张三", cell]))
    assert not reading.bad, reading.bad
    return next(
        (v for n, v in reading.good[0].fields.items() if n not in ("name", "id_type")), None
    )


def problems(reading):
    return [(row.line, [(p.field, p.code) for p in row.problems]) for row in reading.bad]


def test_a_row_becomes_normalised_fields_with_its_doubts():
    reading = read(
        simple(
            ["姓名", "性别", "手机", "身份证号", "爱好"],
            ["张三", "女", "138-0000-0000", "11010119900101123x", "太极，书法;旅游、茶"],
        )
    )

    row = reading.good[0]
    assert row.line == 2
    assert row.fields == {
        "name": "张三",
        "gender": "female",
        "phone": "+8613800000000",
        "id_type": "resident_id",
        "id_number": "11010119900101123X",
        "likes": ["太极", "书法", "旅游", "茶"],
    }
    assert {finding.code for finding in row.findings} >= {"identity.checksum"}


@pytest.mark.parametrize(
    ("heading", "cell", "value"),
    [
        ("生日", Number("32874"), "1990-01-01"),  # a day number in no date format
        ("生日", "32874", "1990-01-01"),
        ("生日", Number("32874.5", "yyyy-mm-dd hh:mm"), "1990-01-01"),
        ("开户日期", "2020-05-01 13:22:10", "2020-05-01"),
        ("开户日期", "2020年5月1日 8:05", "2020-05-01"),
        ("生日", Number("19900101"), "1990-01-01"),
        ("邮编", Number("10000"), "010000"),
        ("邮编", "10000", "010000"),
        ("手机", Number("1.38E+10"), "+8613800000000"),
        ("手机", "'+8613800000000", "+8613800000000"),
        ("备注", "'=1+1", "=1+1"),
        ("备注", "=1+1", "=1+1"),
        ("备注", "E+5", "E+5"),
        ("备注", "#5 楼", "#5 楼"),
    ],
)
def test_what_a_spreadsheet_did_to_a_value_is_undone(heading, cell, value):
    assert only(heading, cell) == value


def test_day_numbers_of_a_1904_workbook_count_from_1904():
    data = (
        '<row r="1"><c r="A1" t="inlineStr"><is><t>姓名</t></is></c>'
        '<c r="B1" t="inlineStr"><is><t>生日</t></is></c></row>'
        '<row r="2"><c r="A2" t="inlineStr"><is><t>张三</t></is></c>'
        '<c r="B2"><v>31412</v></c></row>'
    )
    book = (
        '<workbook xmlns:r="x"><workbookPr date1904="true"/>'
        '<sheets><sheet name="a" r:id="rId1"/></sheets></workbook>'
    )
    reading = read(package(sheet_xml(data), workbook=book))

    assert reading.good[0].fields["birth_date"] == "1990-01-01"


def test_damaged_cells_are_told_and_never_imported():
    reading = read(
        excel(
            ["姓名", "证件类型", "身份证号", "备注", "经办"],
            ["甲", "身份证", Number("1.10101199001011E+17"), "", ""],
            ["乙", "身份证", "1.10101E+17", "", ""],  # saved as text, or through csv
            ["丙", "护照", "E12345678", "#N/A", ""],
            ["丁", "护照", "E12345678", "", Number("1.10101199001011E+17")],  # not used
            ["", "护照", "E12345678", "", ""],
        )
    )

    assert problems(reading) == [
        (2, [("id_number", DIGITS_LOST)]),
        (3, [("id_number", DIGITS_LOST)]),
        (4, [("note", ERROR_VALUE)]),
        (6, [("name", "field.required")]),
    ]
    assert [row.fields["name"] for row in reading.good] == ["丁"]


def test_a_formula_without_a_value_is_told():
    data = (
        '<row r="1"><c r="A1" t="inlineStr"><is><t>姓名</t></is></c></row>'
        '<row r="2"><c r="A2"><f>B1</f></c></row>'
    )
    assert problems(read(package(sheet_xml(data)))) == [(2, [("name", NOT_COMPUTED)])]


def test_every_problem_of_a_row_is_told_at_once():
    reading = read(
        simple(
            ["姓名", "手机", "生日", "性别", "证件类型", "证件号码"],
            ["", "abc", "31/31/31", "未知", "某证", "1"],
        )
    )

    assert {p.field for p in reading.bad[0].problems} == {
        "name",
        "phone",
        "birth_date",
        "gender",
        "id_type",
    }


def test_a_csv_row_that_slipped_says_only_that():
    reading = read("姓名,地址,手机\n张三,东街,后院,138\n".encode(), "a.csv")

    assert problems(reading) == [(2, [("", TOO_MANY_CELLS)])]


def test_rows_without_data_and_sums_are_passed_over():
    reading = read(
        simple(
            ["序号", "姓名", "手机"],
            ["1", "张三", "13800000000"],
            ["2", "", ""],
            ["合 计：", "", "2"],
        )
    )

    assert [row.line for row in reading.good] == [2]
    assert reading.passed_over == (3, 4)
    assert not reading.bad


def test_a_step_hears_of_rows_and_can_stop_the_reading():
    table = read_table(simple(["姓名"], *([["张三"]] * 1200)), "a.xlsx")
    mapping = match_headings(table.headings, CUSTOMER)
    heard = []
    read_customers(table, mapping, CUSTOMER, lambda done, total: heard.append((done, total)))
    assert heard == [(0, 1200), (500, 1200), (1000, 1200)]


BAD = (
    ["姓名", "手机", "身份证号", "", "备注", "备注"],
    ["张三", "13800000000", "", "x", "一", "1"],
    ["李四", "12", Number("1.10101199001011E+17"), "y", "#REF!", "2"],
    ["王五", "+8613800000002", "", "z", "三", "3"],
    ["", "+8613800000003", "", "", "四", "4"],
)
SECOND_OUT = {"备注 (2)": ""}


def test_the_file_to_mend_has_only_bad_rows_as_they_were_and_their_reasons():
    reading = read(excel(*BAD), overrides=SECOND_OUT)
    table = read_table(bad_rows_file(reading, "zh"), "mend.xlsx")

    assert table.headings == ("问题", "姓名", "手机", "身份证号", "(D)", "备注", "备注 (2)")
    assert len(table.rows) == len(reading.bad) == 2
    assert table.rows[0].cells[1:] == ("李四", "12", "1.10101199001011E+17", "y", "#REF!", "2")
    reason = table.rows[0].cells[0]
    assert reason.startswith("第 3 行：")
    for heading in ("手机：", "身份证号：", "备注："):
        assert heading in reason
    assert "第 5 行：姓名" in table.rows[1].cells[0]


def test_the_file_to_mend_speaks_english_too():
    table = read_table(bad_rows_file(read(excel(*BAD), overrides=SECOND_OUT), "en"), "m.xlsx")

    assert table.headings[0] == "Problem"
    assert table.rows[0].cells[0].startswith("Line 3: ")


def test_handed_in_unmended_the_same_rows_are_bad_again():
    first = read(excel(*BAD), overrides=SECOND_OUT)
    again = read(bad_rows_file(first, "zh"), overrides=SECOND_OUT)

    assert not again.good
    assert [{p.field for p in row.problems} for row in again.bad] == [
        {p.field for p in row.problems} for row in first.bad
    ]


def test_the_very_file_is_taken_once_it_is_mended():
    table = read_table(bad_rows_file(read(excel(*BAD), overrides=SECOND_OUT), "zh"), "m.xlsx")
    mended = [list(row.cells) for row in table.rows]
    mended[0][2:4], mended[0][5] = ["13800000001", ""], "二"
    mended[1][1] = "赵六"
    reading = read(simple(list(table.headings), *mended), overrides=SECOND_OUT)

    assert [row.fields["name"] for row in reading.good] == ["李四", "赵六"]
    assert not reading.bad
