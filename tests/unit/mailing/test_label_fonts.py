"""Finding fonts, and which of them draws what. Small fonts are made up; big ones are real."""

from __future__ import annotations

import subprocess
import sys

import pytest

from crm.paper.faces import NEEDED, FaceChain, chain_for
from crm.paper.fonts import catalogue, installed_fonts
from desktop.mailing import FontsMissing, label_pdf


def found(folder):
    return {font.name: font.problem for font in installed_fonts([folder])}


def test_the_program_starts_without_reportlab():
    code = "import sys, desktop.mailing; print(sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "desktop.mailing.values" in done.stdout
    assert "reportlab" not in done.stdout
    assert "fontTools" not in done.stdout


def test_fonts_are_listed_in_the_order_of_the_catalogue(write_font):
    write_font(NEEDED, "wqy-microhei.ttc")
    folder = write_font(NEEDED, "LXGWWENKAI-regular.TTF")  # Windows does not mind case
    assert list(found(folder)) == ["LXGW WenKai", "WenQuanYi Micro Hei"]


def test_a_collection_is_searched_for_the_named_face(print_labels):
    [font] = [font for font in installed_fonts() if font.name == "WenQuanYi Micro Hei"]
    assert (font.subfont, font.problem) == (0, "")
    assert {spec["face"] for spec in catalogue()["fonts"]} > {"WenQuanYiMicroHei", ""}


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({}, ""),
        ({"postscript": True}, "outlines"),
        ({"fs_type": 0x0002}, "licence"),
        ({"fs_type": 0x0108}, "licence"),
        ({"fs_type": 0x0008}, ""),
    ],
)
def test_only_embeddable_truetype_outlines_are_usable(write_font, options, problem):
    assert found(write_font(NEEDED, **options)) == {"LXGW WenKai": problem}


@pytest.mark.parametrize(
    "content", [b"", b"ttcf", b"not a font at all", b"\0\1\0\0\0\x09" + b"\0" * 40]
)
def test_a_broken_file_is_named_and_passed_over(write_font, content):
    folder = write_font(NEEDED, "wqy-microhei.ttc")
    (folder / "LXGWWenKai-Regular.ttf").write_bytes(content)
    assert found(folder) == {"LXGW WenKai": "damaged", "WenQuanYi Micro Hei": ""}
    assert chain_for((folder,)).missing("中") == []


@pytest.mark.parametrize("table", ["cmap", "hmtx", "loca", "name"])
def test_a_font_cut_short_is_passed_over(write_font, table):
    folder = write_font(NEEDED, "wqy-microhei.ttc")
    path = write_font(NEEDED) / "LXGWWenKai-Regular.ttf"
    content = path.read_bytes()
    entry = content.index(table.encode())
    start = int.from_bytes(content[entry + 8 : entry + 12], "big")
    path.write_bytes(content[: start + 3])
    chain = FaceChain(installed_fonts([folder]))
    assert chain.missing(NEEDED) == []


def test_each_character_is_drawn_by_the_first_face_that_has_it(write_font):
    write_font(NEEDED + "甲")
    folder = write_font("甲乙", "HanaMinA.ttf")
    chain = chain_for((folder,))
    assert chain.missing("中甲乙丙") == ["丙"]
    assert chain.spans("中甲乙国") == ((0, "中甲"), (1, "乙"), (0, "国"))
    assert chain.width("甲乙") == 1800


def test_a_character_without_ink_counts_as_missing(write_font):
    write_font(NEEDED, blank="甲　")
    folder = write_font("甲", "HanaMinA.ttf")
    chain = chain_for((folder,))
    assert chain.missing("甲　") == []
    assert chain.spans("甲　") == ((1, "甲"), (0, "　"))  # a space is meant to be empty


def test_private_use_characters_are_never_drawn(write_font):
    chain = chain_for((write_font(NEEDED + "\ue863"),))
    assert chain.missing("中\ue863") == ["\ue863"]


@pytest.mark.parametrize("chars", ["", "中国收先生女士", "ABC"])
def test_without_a_usable_chinese_font_it_says_what_to_install(write_font, chars, addressee):
    with pytest.raises(FontsMissing) as missing:
        label_pdf([addressee()], font_folders=[write_font(chars)])
    assert missing.value.code == "mailing.fonts.none"
    assert missing.value.facts["install"] in catalogue()["install"].values()


def test_fonts_installed_after_a_failure_are_found(write_font, addressee):
    folder = write_font("")
    with pytest.raises(FontsMissing):
        label_pdf([addressee()], font_folders=[folder])
    write_font(NEEDED + "张三北京市西城区金融大街号")
    assert label_pdf([addressee()], font_folders=[folder]).findings == ()


def test_the_real_chain_draws_rare_names(print_labels):
    chain = chain_for(None)
    assert chain.missing("𠮷𫖯𬭎䶮㛃張한é·〇") == []
