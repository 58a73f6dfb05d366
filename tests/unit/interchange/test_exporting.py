"""What is exported comes back as it was, and cannot run in the program that opens it."""

from __future__ import annotations

import io
import tracemalloc
import zipfile

import openpyxl
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from crm.domain.checks import normalise
from crm.domain.errors import Refused
from crm.domain.kind import kind_of
from crm.domain.kinds import CHANNELS, GENDERS, ID_TYPES, SCHEMA, TIERS, Customer
from crm.interchange.export import shown, write_csv, write_xlsx
from crm.interchange.files import read_table
from crm.interchange.headings import match_headings
from crm.interchange.limits import MAX_CELL_CHARACTERS
from crm.interchange.neutral import guarded, unguarded
from crm.interchange.planning import Existing, plan_import
from crm.interchange.reading import read_customers
from crm.interchange.text_encoding import decode
from crm.interchange.xlsx_out import xlsx_bytes
from crm.records.keys import natural_keys

CUSTOMER = kind_of(Customer)
FULL = {
    "name": "𠮷田·买买提𬎆䶮",
    "honorific": "女士",
    "gender": "female",
    "birth_date": "1900-02-28",
    "id_type": "resident_id",
    "id_number": "110101199001011239",
    "phone": "+8613800000000",
    "email": "a@example.cn",
    "address": "某县某村1号，后院\n东屋",
    "village": "某村",
    "postcode": "010000",
    "occupation": "农民",
    "employer": "自营 & <商店>",
    "tier": "high",
    "preferred_channel": "visit",
    "language": "汉语",
    "likes": ["太极", "书法"],
    "needs": ["定期存款"],
    "since": "2020-05-01",
    "next_contact_on": "2026-12-31",
    "note": '=1+1 "好" _x000D_ 1.1',
    "deceased_on": "2026-02-28",
}


def files(records, columns=None):
    """The records in every form there is."""
    for language in ("zh", "en"):
        yield write_xlsx(CUSTOMER, records, columns, language)
        for encoding in ("utf-8-sig", "gb18030"):
            yield write_csv(CUSTOMER, records, columns, language, encoding)


def read(data):
    table = read_table(data, "export")
    return read_customers(table, match_headings(table.headings, CUSTOMER), CUSTOMER)


def test_every_field_comes_back_as_it_was():
    assert set(FULL) == {spec.name for spec in CUSTOMER.open_fields}
    for data in files([FULL]):
        reading = read(data)
        assert not reading.bad
        assert reading.good[0].fields == FULL


@pytest.mark.parametrize(
    "phone",
    [
        "+8613800000000",
        "+8619900000000",
        "+864711234567",
        "+861065529988",
        "+862123456789",
        "+85221234567",
        "+12025550123",
        "+869991234567",
    ],
)
def test_phones_of_all_kinds_come_back(phone):
    given, _ = normalise(CUSTOMER, {"name": "张三", "phone": phone})
    for data in files([given]):
        assert read(data).good[0].fields["phone"] == given["phone"]


@pytest.mark.parametrize(
    ("field", "choices"),
    [
        ("gender", GENDERS),
        ("id_type", ID_TYPES),
        ("tier", TIERS),
        ("preferred_channel", CHANNELS),
    ],
)
def test_every_choice_comes_back_from_the_word_it_is_shown_by(field, choices):
    records = [{"name": "张三", field: choice} for choice in choices]
    for data in files(records):
        assert [row.fields[field] for row in read(data).good] == list(choices)


def typed():
    words = st.text(
        st.characters(codec="utf-8", exclude_categories=("Cs", "Co", "Cc", "Cn")),
        min_size=1,
        max_size=20,
    )
    return st.fixed_dictionaries(
        {"name": words},
        optional={
            "address": words,
            "note": words,
            "likes": words,
            "honorific": words,
            "phone": st.integers(13000000000, 19999999999).map(str),
            "birth_date": st.dates().map(str),
            "postcode": st.integers(0, 999999).map("{:06d}".format),
            "id_number": st.integers(10**16, 10**17 - 1).map("{}X".format),
        },
    )


@settings(deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(typed(), min_size=1, max_size=5))
def test_export_then_import_changes_nothing(entries):
    records = []
    for number, entry in enumerate(entries):
        fields = _kept(entry)
        assume(fields is not None)
        records.append((f"r{number}", {**fields, "id_type": "other", "id_number": f"ID-{number}"}))
    existing = Existing.of(records, CUSTOMER, natural_keys)
    for data in files([fields for _, fields in records]):
        if not data.startswith(b"PK") and not decode(data).certain:
            continue  # a lone 一 in GB18030 is also a letter in UTF-8: the person is asked
        reading = read(data)
        assert not reading.bad
        plan = plan_import(reading.good, existing, CUSTOMER, natural_keys)
        assert len(plan.unchanged) == len(records), plan


def _kept(entry):
    """What a first entry keeps, or None where it is refused."""
    try:
        return normalise(CUSTOMER, entry, whole_record=True)[0]
    except Refused:
        return None


def test_only_the_wanted_columns_are_written_in_their_order():
    table = read_table(write_xlsx(CUSTOMER, [FULL], ["phone", "name"]), "a.xlsx")

    assert table.headings == ("手机", "姓名")
    assert table.rows[0].cells == ("13800000000", FULL["name"])


def test_unknown_columns_and_encodings_are_refused():
    with pytest.raises(Refused, match=r"export\.unknown_column"):
        write_xlsx(CUSTOMER, [], ["nonsense"])
    with pytest.raises(Refused, match=r"export\.unknown_column"):
        write_csv(CUSTOMER, [], [])
    with pytest.raises(Refused, match=r"export\.encoding"):
        write_csv(CUSTOMER, [], encoding="latin-1")


def test_another_reader_finds_text_in_every_cell():
    book = openpyxl.load_workbook(io.BytesIO(write_xlsx(CUSTOMER, [FULL])))
    sheet = book.active

    assert [cell.value for cell in sheet[1]][:3] == ["姓名", "称谓", "性别"]
    for cell in sheet[2]:
        assert (cell.data_type, cell.number_format) == ("s", "@")
    assert sheet.freeze_panes == "A2"


def test_a_risky_cell_is_marked_as_text_in_xlsx_and_guarded_in_csv():
    record = {"name": "张三", "note": "=HYPERLINK(1)", "address": "+8613800000000 转"}
    sheet = openpyxl.load_workbook(
        io.BytesIO(write_xlsx(CUSTOMER, [record], ["note", "address", "name"]))
    ).active
    assert [bool(cell.quotePrefix) for cell in sheet[2]] == [True, True, False]
    assert sheet["A2"].value == "=HYPERLINK(1)"

    line = write_csv(CUSTOMER, [record], ["note", "address"]).decode("utf-8-sig").splitlines()[1]
    assert line == "'=HYPERLINK(1),'+8613800000000 转"


@given(st.text(max_size=12))
def test_guarding_is_undone_by_reading(text):
    assert unguarded(guarded(text)) == text or text.startswith("'")
    assert not guarded(text).startswith(("=", "+", "-", "@", "\t", "\r"))


def test_long_numbers_in_csv_carry_the_mark_that_keeps_excel_off():
    data = write_csv(CUSTOMER, [FULL], ["id_number", "postcode", "phone"])

    assert data.decode("utf-8-sig").splitlines()[1] == "110101199001011239\t,010000\t,13800000000"


def test_characters_that_xml_cannot_hold_survive_in_xlsx():
    text = "a\x01b\x0bc\x1fd\uffffe_x0041_f&<>\"'\ng\rh"
    table = read_table(xlsx_bytes("s", ["姓名"], [[text]], [10]), "a.xlsx")

    assert table.rows[0].cells == (text,)


def test_a_cell_beyond_the_limit_is_refused_with_its_address():
    with pytest.raises(Refused) as caught:
        xlsx_bytes("s", ["a", "b"], [["", "x" * (MAX_CELL_CHARACTERS + 1)]], [9, 9])

    assert (caught.value.code, caught.value.facts["cell"]) == ("export.cell_too_long", "B2")


def test_more_rows_than_a_sheet_holds_are_refused(monkeypatch):
    monkeypatch.setattr("crm.interchange.xlsx_out.MAX_LINES", 10)
    with pytest.raises(Refused) as caught:
        write_xlsx(CUSTOMER, [FULL] * 10)

    assert (caught.value.code, caught.value.facts) == ("export.too_many_rows", {"limit": 9})


def test_equal_records_give_equal_bytes():
    assert write_xlsx(CUSTOMER, [FULL]) == write_xlsx(CUSTOMER, [FULL])


def test_kinds_with_flags_and_numbers_can_be_exported():
    contact, account = SCHEMA["contact_point"], SCHEMA["account"]
    assert shown(contact.by_name["preferred"], True, "zh") == "是"
    assert shown(contact.by_name["preferred"], False, "en") == "no"
    assert shown(account.by_name["balance_minor"], 1050, "zh") == "1050"
    assert shown(contact.by_name["note"], None, "zh") == ""


def test_memory_does_not_grow_with_the_rows():
    def peak(rows):
        tracemalloc.start()
        data = write_xlsx(CUSTOMER, (FULL for _ in range(rows)))
        _, highest = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return highest - 2 * len(data)

    assert peak(6000) < peak(1500) + 2**20


def test_the_package_is_whole():
    with zipfile.ZipFile(io.BytesIO(write_xlsx(CUSTOMER, [FULL]))) as made:
        assert made.testzip() is None
        assert "[Content_Types].xml" in made.namelist()
