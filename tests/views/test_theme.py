"""The palettes hold what they promise, and everything that is drawn comes from the tokens."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PySide6.QtGui import QColor, QImage, QPainter

from desktop.views.theme import icons, painting, tokens
from desktop.views.theme.look import Look, look, wear
from tests.helpers.house import ROOT

PAIRS = [(p["text"], p["on"], p["needs"]) for p in tokens.tokens()["contrast"]]
VIEWS = sorted((ROOT / "desktop" / "views").rglob("*.py"))


@pytest.fixture
def worn(qapp):
    before = look()
    yield lambda **changes: wear(qapp, Look(**changes))
    wear(qapp, before)


@pytest.mark.parametrize("theme", [tokens.LIGHT, tokens.DARK])
@pytest.mark.parametrize(("text", "ground", "needs"), PAIRS)
def test_each_pair_of_colours_has_the_contrast_it_needs(theme, text, ground, needs):
    colours = tokens.colours(theme)
    assert tokens.contrast(colours[text], colours[ground]) >= needs


def test_the_contrast_formula_gives_the_known_values():
    assert tokens.contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert tokens.contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)
    assert tokens.contrast("#FFFFFF", "#777777") == tokens.contrast("#777777", "#FFFFFF")


def test_both_themes_colour_the_same_roles():
    assert tokens.colours("light").keys() == tokens.colours("dark").keys()
    assert tokens.colours("light").keys() == tokens.tokens()["colour"]["roles"].keys()


@pytest.mark.parametrize("theme", [tokens.LIGHT, tokens.DARK])
def test_wearing_a_theme_colours_the_application(worn, qapp, theme):
    worn(theme=theme)
    assert qapp.palette().window().color() == QColor(tokens.colours(theme)["window"])
    assert qapp.palette().highlight().color() == QColor(tokens.colours(theme)["accentFill"])


@pytest.mark.parametrize("factor", tokens.tokens()["font"]["text_size_factor"])
def test_type_and_rows_grow_with_the_text_size(worn, factor):
    worn(text_size=factor)
    assert look().font("body").pixelSize() == max(11, round(14 * factor))
    assert look().px(60) == round(60 * factor)


def test_every_icon_that_is_named_anywhere_is_in_the_set(qapp):
    named = set(tokens.tokens()["icon"]["names"].values())
    named |= {pair[0] for pair in tokens.tokens()["state"]["sync"].values()}
    for file in VIEWS:
        text = file.read_text(encoding="utf-8")
        named |= set(re.findall(r'(?:icon_name=|\bicon\(|IconLabel\(|set_icon\()"([a-z-]+)"', text))
    assert len(named) > 40
    assert {name for name in named if not icons.known(name)} == set()


def drawn(paint):
    picture = QImage(200, 40, QImage.Format.Format_RGB32)
    picture.fill(look().colour("surface"))
    painter = QPainter(picture)
    paint(painter)
    painter.end()
    return picture


@pytest.mark.parametrize("theme", [tokens.LIGHT, tokens.DARK])
def test_tiers_differ_by_shape_in_grey_too(worn, theme):
    worn(theme=theme)
    grey = {
        tier: drawn(lambda p, tier=tier: painting.paint_tier(p, tier, "", 10, 20)).convertToFormat(
            QImage.Format.Format_Grayscale8
        )
        for tier in ("high", "general", "low")
    }
    assert len({bytes(picture.constBits()) for picture in grey.values()}) == 3


def test_a_highlight_is_drawn_behind_its_characters_only(worn):
    worn()
    plain = drawn(lambda p: painting.paint_highlighted(p, "赵国栋", [], _box(), _font(), _ink()))
    marked = drawn(
        lambda p: painting.paint_highlighted(p, "赵国栋", [(0, 1)], _box(), _font(), _ink())
    )
    yellow = look().colour("highlight").rgb()
    assert _has(marked, yellow, range(10, 16))
    assert not _has(marked, yellow, range(60, 100))
    assert not _has(plain, yellow, range(10, 100))


def test_text_without_room_ends_in_an_ellipsis(worn):
    worn()
    shown = painting.elided("湖南省衡东县石湾镇石湾社区三组", look().font(), 60)
    assert shown.endswith("…")
    assert painting.width_of(shown, look().font()) <= 60


def test_no_view_sets_a_colour_or_a_style_sheet_of_its_own():
    strays = []
    for file in VIEWS:
        text = file.read_text(encoding="utf-8")
        if re.search(r'"#[0-9A-Fa-f]{6}"', text) or "setStyleSheet(" in text:
            strays.append(file.name)
    assert strays == []


def _box():
    from PySide6.QtCore import QRectF

    return QRectF(10, 0, 180, 40)


def _font():
    return look().font("strong")


def _ink():
    return look().colour("text")


def _has(picture, colour, columns):
    return any(picture.pixel(x, y) == colour for x in columns for y in range(picture.height()))


def test_the_token_file_is_data_of_the_package():
    assert (Path(ROOT) / "resources" / "theme" / "tokens.json").is_file()


def test_a_change_of_look_reaches_words_with_a_tone_and_a_size_of_their_own(qtbot, worn):
    from desktop.views.parts.basics import Label

    worn(theme="light", language="zh")
    label = Label("词", "heading", tone="text3")
    qtbot.addWidget(label)
    worn(theme="dark", language="en", text_size=1.29)
    assert label.palette().windowText().color() == QColor(tokens.colours("dark")["text3"])
    assert label.font().pixelSize() == round(16 * 1.29)
    assert label.font().families() == look().font("heading").families()


def test_what_is_drawn_as_an_outline_looks_as_its_font_draws_it(worn):
    from PySide6.QtCore import QRectF

    from desktop.views.theme import outlines

    worn()
    names = outlines._file()["icons"]
    assert names
    for name in names:
        by_outline = drawn(lambda p, n=name: icons.paint_icon(p, n, _ink(), QRectF(10, 4, 32, 32)))
        by_font = drawn(lambda p, n=name: _by_font(p, n, QRectF(10, 4, 32, 32)))
        assert _difference(by_outline, by_font) < 0.02


def _by_font(painter, name, where):
    from PySide6.QtCore import Qt

    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setFont(icons._font(32))
    painter.setPen(_ink())
    painter.drawText(where, Qt.AlignmentFlag.AlignCenter, icons._character(name))


def _difference(one, other):
    """Return the mean difference of grey over the picture, 0 to 1."""
    grey = [p.convertToFormat(QImage.Format.Format_Grayscale8) for p in (one, other)]
    pairs = zip(bytes(grey[0].constBits()), bytes(grey[1].constBits()), strict=True)
    return sum(abs(a - b) for a, b in pairs) / (255 * one.width() * one.height())
