"""Text tables come in whatever encoding, separator and line end they were saved with."""

from __future__ import annotations

import csv
import io
from contextlib import suppress

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crm.domain.errors import BadFile
from crm.interchange import limits
from crm.interchange.files import read_table
from crm.interchange.layout import TOO_MANY_CELLS
from crm.interchange.table import WHOLE_ROW

PLAIN = "姓名,手机,备注\r\n张三,13800000000,老客户\r\n欧阳·娜,13800000001,\r\n"


def cells(data, **options):
    return [row.cells for row in read_table(data, "a.csv", **options).rows]


@pytest.mark.parametrize(
    ("encode", "named"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("gb18030", "gb18030"),
        ("gbk", "gb18030"),
        ("utf-16", "utf-16"),
    ],
)
def test_each_encoding_is_recognised_and_told(encode, named):
    table = read_table(PLAIN.encode(encode), "a.csv")

    assert (table.encoding, table.encoding_certain) == (named, True)
    assert table.rows[0].cells == ("张三", "13800000000", "老客户")


def test_big_endian_utf_16_is_read_by_its_mark():
    assert cells(b"\xfe\xff" + PLAIN.encode("utf-16-be"))[0][0] == "张三"


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_rare_characters_survive(encoding):
    rows = cells("姓名\n𠮷田𬎆\n䶮\n".encode(encoding))

    assert rows == [("𠮷田𬎆",), ("䶮",)]


def test_old_two_byte_codes_become_the_characters_they_now_stand_for():
    assert cells(b"name\n" + bytes.fromhex("fe59 fea0 fe51")) == [("\u9fb4\u9fbb\U00020087",)]


def test_the_word_that_once_fooled_notepad_is_read():
    table = read_table("name,tel\n联通,1\n".encode("gb18030"), "a.csv")

    assert (table.encoding, table.encoding_certain) == ("gb18030", True)
    assert table.rows[0].cells == ("联通", "1")


def test_common_chinese_in_two_bytes_each_is_taken_for_gb18030():
    both = bytes.fromhex("cfb0 cfb0")  # 习习; as UTF-8 two Greek letters
    table = read_table(b"name\n" + both, "a.csv")

    assert (table.encoding, table.encoding_certain) == ("gb18030", False)
    assert table.rows[0].cells == ("习习",)


def test_a_lone_accent_or_middle_dot_is_taken_for_utf_8():
    table = read_table("name,name 2\nJosé,Ana·Li\n".encode(), "a.csv")

    assert (table.encoding, table.encoding_certain) == ("utf-8", False)
    assert table.rows[0].cells == ("José", "Ana·Li")


def test_the_person_may_name_the_encoding():
    both = bytes.fromhex("cfb0 cfb0")
    table = read_table(b"name\n" + both, "a.csv", encoding="utf-8")
    assert (table.encoding, table.encoding_certain) == ("utf-8", True)

    with pytest.raises(BadFile, match=r"import\.encoding_unknown"):
        read_table(b"name\n", "a.csv", encoding="rot13")
    with pytest.raises(BadFile, match=r"import\.encoding'"):
        read_table(b"name\n\xff", "a.csv", encoding="utf-8")


def test_bytes_of_no_encoding_are_refused_with_their_line():
    with pytest.raises(BadFile) as caught:
        read_table("姓名\n张三\n".encode() + b"\xff\xff\n", "a.csv")

    assert caught.value.code == "import.encoding"
    assert caught.value.facts == {"line": 3, "encoding": "UTF-8"}


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_separators_and_line_ends_are_found_out(separator, end):
    lines = ["姓名,手机,备注", "张三,138,x y", "李四,139,z"]
    data = end.join(lines).replace(",", separator).encode()

    assert cells(data) == [("张三", "138", "x y"), ("李四", "139", "z")]


def test_quotes_hold_separators_line_ends_and_quotes():
    data = '姓名,备注\r\n张三,"第一行\r\n第二行,""好"""\r\n李四,x\r\n'
    table = read_table(data.encode(), "a.csv")

    assert [(row.line, row.cells) for row in table.rows] == [
        (2, ("张三", '第一行\r\n第二行,"好"')),
        (3, ("李四", "x")),  # the row as a spreadsheet numbers it
    ]


def test_blank_lines_count_and_are_no_rows():
    table = read_table("姓名\n\n张三\n , \n李四\n".encode(), "a.csv")

    assert [row.line for row in table.rows] == [3, 5]


def test_excels_separator_line_is_obeyed():
    assert cells("sep=;\n姓名;备注\n张三;a,b,c,d\n".encode()) == [("张三", "a,b,c,d")]


def test_a_row_longer_than_the_headings_is_damaged():
    table = read_table("姓名,地址\n张三,东街1号,后院\n李四,西街,\n".encode(), "a.csv")

    assert table.rows[0].damage == {WHOLE_ROW: TOO_MANY_CELLS}
    assert table.rows[1].damage == {}


def test_a_quotation_mark_never_closed_is_told():
    with pytest.raises(BadFile) as caught:
        read_table('姓名,备注\n张三,x\n李四,"y\n王五,z\n'.encode(), "a.csv")

    assert (caught.value.code, caught.value.facts) == ("import.quote_open", {"line": 3})


@pytest.mark.parametrize("length", [limits.MAX_CELL_CHARACTERS + 1, 200_000])
def test_a_cell_too_long_is_refused_with_its_line(length):
    with pytest.raises(BadFile) as caught:
        read_table(f"姓名,备注\n张三,{'x' * length}\n".encode(), "a.csv")

    assert caught.value.code == "import.cell_too_long"
    assert caught.value.facts["line"] == 2


def test_too_many_columns_are_refused_with_their_line():
    with pytest.raises(BadFile) as caught:
        read_table(("姓名\n" + ",".join("x" * 201)).encode(), "a.csv")

    assert (caught.value.code, caught.value.facts["line"]) == ("import.too_many_columns", 2)


TEXT = st.text(
    st.characters(codec="utf-8", exclude_characters="\x00\ufeff", exclude_categories=("Cs", "Co")),
    max_size=12,
)
ROWS = st.lists(st.tuples(TEXT, TEXT), max_size=8)


@settings(deadline=None, print_blob=True)
@example(rows=[(";;", ";;")], end="\r\n", separator=",")
@given(rows=ROWS, end=st.sampled_from(["\r\n", "\n"]), separator=st.sampled_from(",;\t"))
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_what_a_csv_writer_writes_is_read_back(encoding, rows, end, separator):
    out = io.StringIO(newline="")
    # the writer leaves a lone CR unquoted when lines end in LF
    quoting = csv.QUOTE_ALL if end == "\n" else csv.QUOTE_MINIMAL
    writer = csv.writer(out, delimiter=separator, lineterminator=end, quoting=quoting)
    writer.writerow(("客户姓名", "备注"))
    writer.writerows(rows)

    table = read_table(out.getvalue().encode(encoding), "a.csv")

    wanted = [(a.strip(), b.strip()) for a, b in rows]
    assert [row.cells for row in table.rows] == [row for row in wanted if any(row)]
    assert table.encoding == encoding


@settings(deadline=None, print_blob=True)
@given(st.binary(max_size=300))
def test_any_bytes_are_a_table_or_a_bad_file(data):
    with suppress(BadFile):
        table = read_table(data, "a.csv")
        assert all(len(row.cells) == len(table.headings) for row in table.rows)
