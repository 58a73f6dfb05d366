"""Whole label runs, read back with another PDF library: what stands where, and is it true."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zlib
from concurrent.futures import ThreadPoolExecutor

import pypdfium2.raw as pdfium
import pytest
from fontTools.ttLib import TTFont
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm.domain.errors import Cancelled, Refused
from crm.paper.fonts import installed_fonts
from desktop.mailing import Finding
from desktop.mailing.sheets import sheet_named

RARE_NAMES = ("𠮷田𫖯", "𬭎䶮㛃", "买买提·艾合买提江", "Đặng Văn Ánh", "王　五", "한글", "㐂𡈽")
SLACK_PT = 0.75  # ink may stand out of a character's square a little


def codes(run):
    return [finding.code for finding in run.findings]


def joined(lines):
    return "".join("".join(lines).split())


def outside_ink(labels):
    """Return each character whose ink leaves the printable part of its cell."""
    outside = []
    for page in range(len(labels.pages())):
        for char, (left, bottom, right, top) in labels.boxes(page):
            for cell in range(labels.sheet.cells.count):
                a, b, c, d = labels.bounds(cell)
                inside = a - SLACK_PT <= left and right <= c + SLACK_PT
                if inside and b - SLACK_PT <= bottom and top <= d + SLACK_PT:
                    break
            else:
                outside.append((page, char, (left, bottom, right, top)))
    return outside


# -- what stands on a label ----------------------------------------------------


def test_a_label_has_postcode_address_and_name_from_top_to_bottom(
    print_labels, read_labels, addressee
):
    run = print_labels([addressee()])
    assert read_labels(run.pdf).texts() == {1: ["100033", "北京市西城区金融大街3号", "张三 先生"]}
    assert (run.sheets, run.labels, run.findings) == (1, 1, ())


def test_english_labels_begin_with_the_name(print_labels, read_labels, addressee):
    person = addressee(name="Li Lei", honorific="Mr")
    run = print_labels([person], language="en")
    assert read_labels(run.pdf).texts()[1] == [
        "Mr Li Lei",
        "北京市西城区金融大街3号",
        "100033",
    ]


@pytest.mark.parametrize(
    ("name", "honorific", "printed"),
    [
        ("张三", "女士", "张三 女士"),
        ("张三", "", "张三"),
        ("John Smith", "先生 收", "John Smith 先生 收"),
        ("John Smith", "Dr", "Dr John Smith"),
    ],
)
def test_the_honorific_stands_where_its_language_wants_it(
    print_labels, read_labels, addressee, name, honorific, printed
):
    run = print_labels([addressee(name=name, honorific=honorific)])
    assert read_labels(run.pdf).texts()[1][-1] == printed


def test_a_missing_line_closes_up(print_labels, read_labels, addressee):
    def ink(person):
        labels = read_labels(print_labels([person]).pdf)
        boxes = [box for _, box in labels.boxes()]
        _, bottom, _, top = labels.bounds(0)
        low, high = min(box[1] for box in boxes), max(box[3] for box in boxes)
        return high - low, (high + low - top - bottom) / 2

    height, shift = ink(addressee(postcode=""))
    full_height, full_shift = ink(addressee())
    assert full_height - height > 12, "no blank line is left"
    assert max(abs(shift), abs(full_shift)) < 3, "what is there stands in the middle"


@pytest.mark.parametrize("name", RARE_NAMES)
def test_every_name_can_be_copied_and_searched(print_labels, read_labels, addressee, name):
    run = print_labels([addressee(name=name, honorific="")])
    assert read_labels(run.pdf).texts()[1][-1] == name
    assert run.findings == ()


def test_each_character_is_drawn_with_its_own_glyph(print_labels, read_labels, addressee):
    """What copies right may look wrong: each pair of the first four shares a drawing here."""
    name = "\U00020984\U0002f82c\U000233cc\U0002f8db一口丨三𠮷"
    run = print_labels([addressee(name=name, honorific="", address="路二四五", postcode="")])
    labels = read_labels(run.pdf)
    assert labels.texts()[1] == ["路二四五", name]
    [font] = [font for font in installed_fonts() if font.name == "LXGW WenKai"]
    with TTFont(font.path, lazy=True) as wenkai:
        cmap, drawings = wenkai.getBestCmap(), wenkai["glyf"]
        for char, (left, bottom, right, top) in labels.boxes():
            glyph = drawings[cmap[ord(char)]]
            size = sheet_named("a4-24").fields["name" if char in name else "address"].size_pt
            drawn = ((right - left) / size * 1000, (top - bottom) / size * 1000)
            expected = (glyph.xMax - glyph.xMin, glyph.yMax - glyph.yMin)
            assert drawn == pytest.approx(expected, abs=12), char


def test_a_character_that_no_font_has_is_printed_as_its_code_point(
    print_labels, read_labels, addressee
):
    run = print_labels([addressee(name="赵\ue863\U0003106c", honorific="女士", ref="r9")])
    assert read_labels(run.pdf).texts()[1][-1] == "赵[U+E863][U+3106C] 女士"
    missing = [finding for finding in run.findings if finding.code == "mailing.glyph.missing"]
    assert missing == [
        Finding(
            ref="r9",
            code="mailing.glyph.missing",
            sheet=1,
            cell=1,
            facts={"codepoint": f"U+{code}"},
        )
        for code in ("E863", "3106C")
    ]


@pytest.mark.parametrize(
    "name",
    [
        "张三\n(Tj) ET Q",
        "张\r三) Tj ET /F0 99 Tf (",
        "\x00\x1b]0;张三\x07",
        "a\\)>> endstream endobj",
        "<4E00> Tj",
        "\ud800张三",
        "\u202e三张",
    ],
)
def test_no_text_acts_as_anything_but_text(print_labels, read_labels, addressee, name):
    plain = print_labels([addressee(name="张三")])
    run = print_labels([addressee(name=name), addressee(name="李四")])
    labels = read_labels(run.pdf)
    assert labels.texts()[2] == [*read_labels(plain.pdf).texts()[1][:2], "李四 先生"]
    assert len(labels.pages()) == 1
    assert outside_ink(labels) == []
    printable = re.sub(r"[\x00-\x1f\u202e\ud800]", "", name)
    assert joined(labels.texts()[1][2:]).replace("[U+D800]", "") == joined(printable) + "先生"


# -- geometry ------------------------------------------------------------------


def test_a_full_sheet_fills_its_cells_in_order(print_labels, read_labels, addressee):
    people = [addressee(name=f"张三{number}") for number in range(1, 25)]
    labels = read_labels(print_labels(people).pdf)
    names = {cell: lines[-1] for cell, lines in labels.texts().items()}
    assert names == {cell: f"张三{cell} 先生" for cell in range(1, 25)}
    assert outside_ink(labels) == []
    [page] = labels.pages()
    assert page.get_size() == pytest.approx((595.28, 841.89), abs=0.01)


LONG_ADDRESSES = {
    "two lines": ("四川省凉山彝族自治州木里藏族自治县俄亚纳西族乡大村组7/3号", []),
    "shrunk": ("西藏自治区那曲市双湖县巴岭乡" * 5, ["mailing.address.shrunk"]),
    "past the floor": ("西藏自治区那曲市双湖县巴岭乡" * 40, ["mailing.address.too_long"]),
    "one endless word": ("X" * 400, ["mailing.address.too_long"]),
    "absurd": ("很" * 20_000, ["mailing.address.too_long"]),
}


@pytest.mark.parametrize("case", LONG_ADDRESSES)
def test_long_addresses_are_never_cut_and_never_leave_their_cell(
    print_labels, read_labels, addressee, case
):
    address, expected = LONG_ADDRESSES[case]
    person = addressee(address=address, postcode="")
    run = print_labels([person] * 2)
    labels = read_labels(run.pdf)
    assert outside_ink(labels) == []
    told = [code for code in codes(run) if code.startswith("mailing.address")]
    assert told == expected * 2
    assert joined(labels.texts()[1]) == address + "张三先生"
    assert joined(labels.texts()[2]) == address + "张三先生"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("买买提·艾合买提江·吐尔逊", ["mailing.name.shrunk"]),
        (
            "Alexandrina Wilhelmina Featherstonehaugh-Cholmondeley III",
            ["mailing.name.shrunk"],
        ),
        ("超长姓名" * 30, ["mailing.name.too_long"]),
    ],
)
def test_long_names_shrink_then_wrap_and_are_reported(
    print_labels, read_labels, addressee, name, expected
):
    run = print_labels([addressee(name=name, honorific="收")])
    labels = read_labels(run.pdf)
    assert codes(run) == expected
    assert outside_ink(labels) == []
    assert joined(labels.texts()[1][2:]) == joined(name) + "收"


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(name=st.text(max_size=60), address=st.text(max_size=300), postcode=st.text(max_size=12))
def test_whatever_is_given_the_neighbour_is_left_alone(
    print_labels, read_labels, addressee, name, address, postcode
):
    odd = addressee(name=name, address=f"路{address}", postcode=postcode)
    people = [addressee(), odd, addressee(), addressee(), addressee()]
    labels = read_labels(print_labels(people).pdf)
    assert outside_ink(labels) == []
    neighbours = [labels.texts()[cell] for cell in (1, 3, 4, 5)]
    assert neighbours == [["100033", "北京市西城区金融大街3号", "张三 先生"]] * 4


# -- sheets --------------------------------------------------------------------


@pytest.mark.parametrize("first_cell", [1, 2, 24])
def test_used_cells_are_skipped_on_the_first_sheet_only(
    print_labels, read_labels, addressee, first_cell
):
    run = print_labels([addressee()] * 30, first_cell=first_cell)
    labels = read_labels(run.pdf)
    taken = [sorted(labels.texts(page)) for page in range(run.sheets)]
    expected = [cell % 24 + 1 for cell in range(first_cell - 1, first_cell + 29)]
    assert [cell for cells in taken for cell in cells] == expected
    assert taken[0][0] == first_cell


@pytest.mark.parametrize("first_cell", [-1, 0, 25])
def test_a_first_cell_beyond_the_sheet_is_refused(print_labels, addressee, first_cell):
    with pytest.raises(Refused) as refused:
        print_labels([addressee()], first_cell=first_cell)
    assert refused.value.code == "mailing.first_cell.out_of_range"
    assert refused.value.facts == {"first_cell": first_cell, "last": 24}


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"sheet": "a4-99"}, "mailing.sheet.unknown"),
        ({"language": "fr"}, "mailing.language.unknown"),
    ],
)
def test_an_unknown_choice_is_refused(print_labels, addressee, options, code):
    with pytest.raises(Refused) as refused:
        print_labels([addressee()], **options)
    assert refused.value.code == code


@pytest.mark.parametrize("addresses", [[], ["", " \n\u200b"]])
def test_nothing_to_print_is_refused(print_labels, addressee, addresses):
    with pytest.raises(Refused) as refused:
        print_labels([addressee(address=address) for address in addresses])
    assert refused.value.code == "mailing.labels.empty"
    assert refused.value.facts == {"given": len(addresses)}


def test_no_label_is_wasted_on_a_missing_address(print_labels, read_labels, addressee):
    people = [addressee(name=f"张{n}", address="" if n == 24 else "路1号") for n in range(25)]
    run = print_labels([*people, addressee(address="", ref="last")])
    assert (run.sheets, run.labels) == (1, 24)
    assert codes(run) == ["mailing.address.missing"] * 2
    assert (run.findings[1].ref, run.findings[1].sheet) == ("last", 0)
    assert sorted(read_labels(run.pdf).texts()) == list(range(1, 25))


# -- findings ------------------------------------------------------------------


def test_findings_say_which_record_and_where_on_paper(print_labels, addressee):
    people = [addressee(ref=str(number)) for number in range(30)]
    people[26] = addressee(ref="odd", name="", postcode="1", honorific="收")
    run = print_labels(people, first_cell=3)
    assert [(f.ref, f.code, f.sheet, f.cell) for f in run.findings] == [
        ("odd", "mailing.name.missing", 2, 5),
        ("odd", "mailing.postcode.malformed", 2, 5),
    ]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_finding_has_a_sentence_without_a_name(print_labels, addressee, language):
    run = print_labels(
        [
            addressee(postcode="9" * 60, name="钱七八" * 30, address="甲乙丙" * 400),
            addressee(postcode="9" * 32, name="钱七八" * 7, address="甲乙丙" * 22),
            addressee(postcode="", name="\x00钱\ue000"),
            addressee(postcode="200001", name=""),
            addressee(address=""),
        ]
    )
    sentences = [finding.text(language) for finding in run.findings]
    assert len(set(codes(run))) == 13, sorted(set(codes(run)))
    assert not [s for s in sentences if "钱" in s or "甲" in s or "{" in s]


def test_progress_is_told_sheet_by_sheet_and_may_cancel(print_labels, addressee):
    seen = []
    print_labels([addressee()] * 60, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(24, 60), (48, 60), (60, 60)]

    def stop(done, total):
        raise Cancelled

    with pytest.raises(Cancelled):
        print_labels([addressee()] * 60, progress=stop)


# -- the file ------------------------------------------------------------------


def test_every_font_is_an_embedded_subset(print_labels, read_labels, addressee):
    people = [addressee(name=name) for name in RARE_NAMES]
    run = print_labels(people)
    [page] = read_labels(run.pdf).pages()
    fonts = [pdfium.FPDFTextObj_GetFont(text) for text in page.get_objects()]
    assert fonts
    assert all(pdfium.FPDFFont_GetIsEmbedded(font) for font in fonts)
    names = re.findall(rb"/BaseFont /(\S+)", run.pdf)
    assert all(re.match(rb"[A-Z]{6}\+", name) for name in names), names
    assert b"Helvetica" not in run.pdf
    assert len(run.pdf) < 200_000


def test_the_file_tells_nothing_about_people(print_labels, read_labels, addressee):
    run = print_labels([addressee(name="Xavier", ref="secret-ref")])
    told = read_labels(run.pdf).metadata()
    assert {told.pop("CreationDate"), told.pop("ModDate")} == {"D:20000101000000+00'00'"}
    assert {key: value for key, value in told.items() if value} == {
        "Title": "地址标签",
        "Producer": "Yizhan",
    }
    assert b"secret-ref" not in run.pdf
    assert b"Xavier" not in run.pdf
    assert "/PrintScaling /None" in run.pdf.decode("latin-1")


SAME = """
import hashlib
from desktop.mailing import Addressee, label_pdf
people = [
    Addressee(name=name, address="北京市西城区金融大街3号" * 2, postcode="100033")
    for name in ("张三", "𠮷田𫖯", "Smith", "\\ue000\\ue001")
]
print(hashlib.sha256(label_pdf(people).pdf).hexdigest())
"""


def test_the_same_input_gives_the_same_bytes(print_labels):
    def digest(seed):
        done = subprocess.run(
            [sys.executable, "-c", SAME],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONUTF8": "1"},
        )
        return done.stdout

    assert digest("1") == digest("2")


def test_two_runs_in_one_process_do_not_mix(print_labels, addressee):
    first = print_labels([addressee()])
    other = print_labels([addressee(name="𠮷田𫖯", address="四川省成都市")])
    assert print_labels([addressee()]).pdf == first.pdf != other.pdf


def test_runs_at_the_same_time_do_not_mix(print_labels, addressee):
    """Runs share the loaded faces, and a face keeps one read position."""
    mailings = [[addressee(name=f"{char}丰", address=f"{char}路")] * 50 for char in "甲乙丙丁戊己"]
    alone = [print_labels(people).pdf for people in mailings]
    with ThreadPoolExecutor(max_workers=6) as pool:
        together = list(pool.map(lambda people: print_labels(people).pdf, mailings * 3))
    assert together == alone * 3


def test_text_is_written_as_glyph_numbers_only(print_labels, addressee):
    run = print_labels([addressee(name="(Smith) \\ Tj")])
    streams = re.findall(rb"stream\n(.*?)endstream", run.pdf, re.DOTALL)
    pages = [text for text in map(zlib.decompress, streams) if text.startswith(b"BT\n")]
    [page] = pages
    line = rb"1 0 0 1 [\d.]+ [\d.]+ Tm( /F\d+ [\d.]+ Tf <[0-9A-F]+> Tj)+\n"
    assert re.fullmatch(rb"BT\n(" + line + rb")+ET\n", page), page


MANY = """
import resource, sys
from desktop.mailing import Addressee, label_pdf
people = [
    Addressee(name=f"张三{n}", address=f"河北省石家庄市栾城区南赵村{n}号", postcode="051430")
    for n in range(int(sys.argv[1]))
]
run = label_pdf(people)
assert (run.labels, run.sheets, run.findings) == (len(people), -(-len(people) // 24), ())
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="asks the kernel how it stands with memory")
def test_ten_thousand_labels_need_little_more_memory_than_a_hundred(print_labels):
    def peak_kb(count):
        done = subprocess.run(
            [sys.executable, "-c", MANY, str(count)],
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
            env={**os.environ, "PYTHONUTF8": "1"},
        )
        return int(done.stdout)

    assert peak_kb(10_000) - peak_kb(100) < 40_000
