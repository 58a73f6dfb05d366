"""Spreadsheets come in as the three programs save them, and say where they are damaged."""

from __future__ import annotations

import io

import openpyxl
import pytest

from crm.domain.errors import BadFile
from crm.interchange import limits
from crm.interchange.cell_values import DIGITS_LOST, ERROR_VALUE, NOT_COMPUTED
from crm.interchange.files import read_table
from tests.unit.interchange.workbooks import (
    MAIN,
    OFFICE,
    ONE_SHEET,
    PACKAGE,
    ROOT_RELATIONS,
    Number,
    archive,
    excel,
    libreoffice,
    package,
    sheet_xml,
    simple,
    strings_xml,
    styles_xml,
    workbook_xml,
    wps,
)

HEADINGS = ["姓名", "手机", "身份证号", "生日", "邮编", "备注"]


def text_cell(address, text):
    return f'<c r="{address}" t="inlineStr"><is><t>{text}</t></is></c>'


def only_cell(cell, **parts):
    """The text and the damage of one cell below a heading."""
    data = f'<row r="1">{text_cell("A1", "姓名")}</row><row r="2">{cell}</row>'
    row = read_table(package(sheet_xml(data), **parts), "a.xlsx").rows[0]
    return row.cells[0], row.damage.get(0, "")


@pytest.mark.parametrize("program", [excel, wps, libreoffice])
def test_the_three_programs_files_hold_the_same_table(program):
    table = read_table(
        program(
            HEADINGS,
            [
                "张三",
                Number("13800000000"),
                "11010119900101123X",
                Number("32874", "yyyy/m/d;@"),
                Number("10000", "000000"),
                "常走访，<好>&\n第二行",
            ],
            ["𠮷田", Number("1.38E10"), "", Number("32874", 'yyyy"年"m"月"d"日"'), "", "李"],
        ),
        "客户.xlsx",
    )

    assert table.headings == tuple(HEADINGS)
    assert [(row.line, row.cells) for row in table.rows] == [
        (
            2,
            (
                "张三",
                "13800000000",
                "11010119900101123X",
                "1990-01-01",
                "010000",
                "常走访，<好>&\n第二行",
            ),
        ),
        (3, ("𠮷田", "13800000000", "", "1990-01-01", "", "李")),
    ]
    assert not any(row.damage for row in table.rows)


def test_a_file_of_openpyxl_reads_as_openpyxl_wrote_it():
    book = openpyxl.Workbook()
    book.active.append(HEADINGS[:3])
    book.active.append(["张三", 13800000000, "x"])
    out = io.BytesIO()
    book.save(out)

    assert read_table(out.getvalue(), "a.xlsx").rows[0].cells == ("张三", "13800000000", "x")


@pytest.mark.parametrize(
    ("stored", "text"),
    [
        ("13800000000", "13800000000"),
        ("13800000000.0", "13800000000"),
        ("1.38E+10", "13800000000"),
        ("-5", "-5"),
        ("0.1", "0.1"),
        ("0.30000000000000004", "0.3"),
        ("1E-3", "0.001"),
        ("999999999999999", "999999999999999"),
    ],
)
def test_a_number_reads_as_its_digits(stored, text):
    assert only_cell(f'<c r="A2"><v>{stored}</v></c>') == (text, "")


@pytest.mark.parametrize(
    "stored", ["1.10101199001011E+17", "110101199001011234", "6.2179936001234567E+18"]
)
def test_digits_beyond_the_fifteenth_are_reported_lost(stored):
    text, damage = only_cell(f'<c r="A2"><v>{stored}</v></c>')

    assert damage == DIGITS_LOST
    assert "E+" in text  # and so cannot pass for a number when it comes back as text


@pytest.mark.parametrize(
    ("code", "stored", "text"),
    [
        (14, "32874", "1990-01-01"),
        (22, "32874.5", "1990-01-01 12:00:00"),
        (31, "32874", "1990-01-01"),
        (57, "32874", "1990-01-01"),
        ("[$-804]yyyy-mm-dd", "32874", "1990-01-01"),
        ('yyyy"年"mm"月"', "32874", "1990-01-01"),
        ("m/d/yy h:mm", "32874.25", "1990-01-01 06:00:00"),
        (14, "1", "1900-01-01"),
        (14, "59", "1900-02-28"),
        (14, "61", "1900-03-01"),
        (14, "2958465", "9999-12-31"),
        (14, "13800000000", "13800000000"),  # a phone in a column formatted as dates
        (20, "0.5", "12:00:00"),
        (0, "32874", "32874"),
        ("0.00", "32874", "32874"),
        ("#,##0.00 [Red]", "32874", "32874"),
        ('"￥"#,##0', "32874", "32874"),
        ("G/通用格式", "32874", "32874"),
        ("General", "32874", "32874"),
        ("@", "32874", "32874"),
        ("00000000", "32874", "00032874"),
        ('0"days"', "32874", "32874"),
        (r"0\d", "32874", "32874"),
        ("0_m", "32874", "32874"),
    ],
)
def test_a_number_format_says_what_is_a_date(code, stored, text):
    cell = f'<c r="A2" s="1"><v>{stored}</v></c>'

    assert only_cell(cell, styles=styles_xml(0, code)) == (text, "")


def test_dates_of_the_1904_system_are_four_years_later():
    cell = '<c r="A2" s="1"><v>31412</v></c>'
    workbook = workbook_xml(properties='<workbookPr date1904="1"/>')

    assert only_cell(cell, styles=styles_xml(0, 14), workbook=workbook) == ("1990-01-01", "")


@pytest.mark.parametrize(
    ("cell", "text", "damage"),
    [
        ('<c r="A2" t="str"><f>B1&amp;"x"</f><v>张三</v></c>', "张三", ""),
        ('<c r="A2"><f>1+1</f><v>2</v></c>', "2", ""),
        ('<c r="A2"><f>1+1</f></c>', "#CALC!", NOT_COMPUTED),
        ('<c r="A2" t="str"><f>X()</f><v></v></c>', "#CALC!", NOT_COMPUTED),
        ('<c r="A2" t="e"><f>NA()</f><v>#N/A</v></c>', "#N/A", ERROR_VALUE),
        ('<c r="A2" t="e"><v>#DIV/0!</v></c>', "#DIV/0!", ERROR_VALUE),
        ('<c r="A2" t="b"><v>1</v></c>', "TRUE", ""),
        ('<c r="A2" t="d"><v>1990-01-01T00:00:00</v></c>', "1990-01-01", ""),
    ],
)
def test_formulas_give_the_value_they_last_had(cell, text, damage):
    assert only_cell(cell) == (text, damage)


@pytest.mark.parametrize(
    ("inner", "text"),
    [
        ("<is><t>张三</t></is>", "张三"),
        ("<is><r><t>张</t></r><r><rPr><b/></rPr><t>三</t></r></is>", "张三"),
        ("<is><t>张三</t><rPh sb='0' eb='1'><t>ちょう</t></rPh></is>", "张三"),
        ("<is><t><![CDATA[a<b]]></t></is>", "a<b"),
        ("<is><t>a_x000D_\nb_x005F_x000D_</t></is>", "a\r\nb_x000D_"),
        ("<is><t xml:space='preserve'>  张三\u00a0\u3000</t></is>", "张三"),
        ("<is><t>&#x20BB7;田&amp;</t></is>", "𠮷田&"),
    ],
)
def test_inline_text_is_joined_and_unescaped(inner, text):
    assert only_cell(f'<c r="A2" t="inlineStr">{inner}</c>') == (text, "")


def test_a_title_blank_rows_and_blank_columns_around_the_table_do_not_matter():
    table = read_table(
        simple(
            ["", "2026年度客户名单"],
            ["", "制表：支行", "", "", "2026-01-01"],
            [],
            ["", "姓名", "", "手机", "经办"],
            [],
            ["", "张三", "", "13800000000"],
            ["", "李四", "", "13800000001", "x"],
        ),
        "a.xlsx",
    )

    assert table.heading_line == 4
    assert table.headings == ("", "姓名", "", "手机", "经办")
    assert [row.line for row in table.rows] == [6, 7]
    assert table.rows[0].cells == ("", "张三", "", "13800000000", "")


def test_merged_cells_give_their_value_to_every_row_they_span():
    merges = '<mergeCells><mergeCell ref="A1:C1"/><mergeCell ref="A4:A5"/></mergeCells>'
    data = (
        f'<row r="1">{text_cell("A1", "名单")}</row>'
        f'<row r="3">{text_cell("A3", "村")}{text_cell("B3", "姓名")}</row>'
        f'<row r="4">{text_cell("A4", "东村")}{text_cell("B4", "张三")}</row>'
        f'<row r="5">{text_cell("B5", "李四")}</row>'
        f'<row r="6">{text_cell("B6", "王五")}</row>'
    )
    table = read_table(package(sheet_xml(data, merges)), "a.xlsx")

    assert [row.cells for row in table.rows] == [("东村", "张三"), ("东村", "李四"), ("", "王五")]


def test_headings_on_two_levels_are_read_at_the_lower_one():
    merges = '<mergeCells><mergeCell ref="A1:A2"/><mergeCell ref="B1:C1"/></mergeCells>'
    data = (
        f'<row r="1">{text_cell("A1", "姓名")}{text_cell("B1", "联系方式")}</row>'
        f'<row r="2">{text_cell("B2", "手机")}{text_cell("C2", "邮箱")}</row>'
        f'<row r="3">{text_cell("A3", "张三")}{text_cell("B3", "138")}</row>'
    )
    table = read_table(package(sheet_xml(data, merges)), "a.xlsx")

    assert table.headings == ("姓名", "手机", "邮箱")
    assert [row.cells for row in table.rows] == [("张三", "138", "")]


def test_headings_repeated_on_each_page_are_no_rows():
    table = read_table(
        simple(["姓名", "手机"], ["张三", "1"], ["姓名", "手机"], ["李四", "2"]), "a.xlsx"
    )

    assert [row.line for row in table.rows] == [2, 4]


def test_equal_headings_are_numbered_and_missing_ones_get_their_letter():
    table = read_table(simple(["姓名", "备注", "备注", ""], ["张三", "a", "b", "c"]), "a.xlsx")

    assert table.headings == ("姓名", "备注", "备注 (2)", "(D)")


def test_without_a_known_heading_the_first_row_of_words_is_taken():
    table = read_table(simple(["某某表"], ["甲", "乙"], ["1", "2"]), "a.xlsx")

    assert table.headings == ("甲", "乙")


def test_a_hidden_sheet_is_not_read_and_the_others_are_named():
    sheets = (
        '<sheet name="字典" sheetId="1" state="hidden" r:id="rId1"/>'
        '<sheet name="客户" sheetId="2" r:id="rId4"/>'
    )
    data = package(
        sheet_xml(f'<row r="1">{text_cell("A1", "字典")}</row>'),
        sheet2=sheet_xml(f'<row r="1">{text_cell("A1", "姓名")}</row>'),
        workbook=workbook_xml(sheets),
    )

    table = read_table(data, "a.xlsx")
    assert (table.sheet, table.headings, table.other_sheets) == ("客户", ("姓名",), ())
    assert read_table(data, "a.xlsx", sheet="字典").headings == ("字典",)
    with pytest.raises(BadFile, match=r"import\.no_such_sheet"):
        read_table(data, "a.xlsx", sheet="x")


def test_the_first_sheet_that_holds_anything_is_read():
    sheets = ONE_SHEET.replace("客户", "空") + '<sheet name="客户" sheetId="2" r:id="rId4"/>'
    data = package(
        sheet_xml('<row r="1"><c r="A1" s="3"/></row>'),
        sheet2=sheet_xml(f'<row r="1">{text_cell("A1", "姓名")}</row>'),
        workbook=workbook_xml(sheets),
    )
    table = read_table(data, "a.xlsx")

    assert (table.sheet, table.other_sheets) == ("客户", ("空",))


def test_cells_and_rows_without_addresses_follow_each_other():
    cell = '<c t="inlineStr"><is><t>{}</t></is></c>'
    data = f"<row>{cell.format('姓名')}{cell.format('手机')}</row><row><c/>{cell.format('1')}</row>"
    table = read_table(package(sheet_xml(data)), "a.xlsx")

    assert table.headings == ("姓名", "手机")
    assert [(row.line, row.cells) for row in table.rows] == [(2, ("", "1"))]


def test_prefixes_strict_names_and_absolute_targets_are_understood():
    strict = "http://purl.oclc.org/ooxml/officeDocument/relationships"
    sheet = (
        '<x:worksheet xmlns:x="http://purl.oclc.org/ooxml/spreadsheetml/main"><x:sheetData>'
        '<x:row r="1"><x:c r="A1" t="s"><x:v>0</x:v></x:c></x:row></x:sheetData></x:worksheet>'
    )
    relations = (
        f'<Relationships xmlns="{PACKAGE}">'
        f'<Relationship Id="a" Type="{strict}/worksheet" Target="/XL/Worksheets/Sheet9.xml"/>'
        f'<Relationship Id="b" Type="{strict}/sharedStrings" Target="strings\\s.xml"/>'
        f'<Relationship Id="c" Type="{strict}/externalLink" TargetMode="External" '
        'Target="file:///etc/passwd"/></Relationships>'
    )
    data = archive(
        {
            "_rels/.rels": ROOT_RELATIONS.replace(OFFICE, strict),
            "xl/workbook.xml": workbook_xml('<sheet name="s" sheetId="1" r:id="a"/>'),
            "xl/_rels/workbook.xml.rels": relations,
            "xl\\strings\\s.xml": strings_xml("<t>姓名</t>"),
            "xl/worksheets/sheet9.xml": sheet,
        }
    )

    assert read_table(data, "a.xlsx").headings == ("姓名",)


def test_a_long_text_is_refused_with_its_place():
    long = "x" * (limits.MAX_CELL_CHARACTERS + 1)
    shared = '<row r="7"><c r="C7" t="s"><v>0</v></c></row>'
    inline = f'<row r="7">{text_cell("C7", long)}</row>'
    for data in (
        package(sheet_xml(shared), strings=strings_xml(f"<t>{long}</t>")),
        package(sheet_xml(inline)),
    ):
        with pytest.raises(BadFile) as caught:
            read_table(data, "a.xlsx")
        assert caught.value.code == "import.cell_too_long"
        assert (caught.value.facts["line"], caught.value.facts["column"]) == (7, "C")


def test_a_step_hears_of_progress_and_can_stop_the_reading():
    heard = []
    read_table(simple(["姓名"]), "a.xlsx", step=lambda done, total: heard.append((done, total)))
    assert heard
    assert all(done <= total for done, total in heard)

    def stop(_done, _total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read_table(simple(["姓名"]), "a.xlsx", step=stop)


@pytest.mark.parametrize(
    ("sheet", "parts"),
    [
        (sheet_xml('<row r="1"><c r="A1" t="s"><v>5</v></c></row>'), {}),
        (sheet_xml('<row r="1"><c r="A1" t="s"><v>-1</v></c></row>'), {}),
        (sheet_xml('<row r="1"><c r="A1"><v>abc</v></c></row>'), {}),
        (sheet_xml('<row r="1"><c r="A1"><v>nan</v></c></row>'), {}),
        (sheet_xml('<row r="1"><c r="A1"><v>1_0</v></c></row>'), {}),
        (sheet_xml('<row r="2"/><row r="1"/>'), {}),
        (sheet_xml('<row r="9999999"/>'), {}),
        (sheet_xml(f'<row r="1">{text_cell("B1", "x")}{text_cell("A1", "x")}</row>'), {}),
        (sheet_xml('<row r="1"><c r="1A"/></row>'), {}),
        (sheet_xml("", '<mergeCells><mergeCell ref="A:B"/></mergeCells>'), {}),
        (sheet_xml("").replace("</worksheet>", ""), {}),
        ("", {}),
        (sheet_xml(""), {"workbook": f'<workbook xmlns="{MAIN}"><sheets><sheet/></sheets>'}),
        (sheet_xml(""), {"styles": "<styleSheet><cellXfs><xf numFmtId='x'/></cellXfs>"}),
        (sheet_xml(""), {"relations": "<Relationships><Relationship/></Relationships>"}),
    ],
)
def test_broken_xml_is_a_bad_file(sheet, parts):
    with pytest.raises(BadFile, match=r"import\.damaged"):
        read_table(package(sheet, strings=strings_xml("<t>a</t>"), **parts), "a.xlsx")


def test_a_workbook_without_worksheets_says_so():
    with pytest.raises(BadFile, match=r"import\.no_sheet"):
        read_table(package(sheet_xml(""), workbook=workbook_xml("")), "a.xlsx")
    with pytest.raises(BadFile, match=r"import\.empty_table"):
        read_table(package(sheet_xml("")), "a.xlsx")
