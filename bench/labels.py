"""Ten thousand address labels against the plain way of making them with reportlab.

The floor draws the same words on the same sheet in the same font, as one would
at first: `drawString` a line, broken where `stringWidth` says so. It checks no
glyph, shrinks nothing and keeps no house number whole. Both sides count the
loading of the font.
"""

from __future__ import annotations

import random
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from io import BytesIO

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from bench import Report
from crm.paper.faces import chain_for
from crm.paper.fonts import installed_fonts
from crm.paper.values import MM_PT
from desktop.mailing import Addressee, label_pdf
from desktop.mailing.sheets import sheet_named

LABELS = 10_000
ROUNDS = 3
SURNAMES = "王李张刘陈杨赵黄周吴"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英"
RARE = ("𠮷田𫖯", "𬭎䶮㛃")
PLACES = (  # postcode and beginning of an address
    ("100033", "北京市西城区金融大街"),
    ("051430", "河北省石家庄市栾城区柳林屯乡南赵村"),
    ("615800", "四川省凉山彝族自治州木里藏族自治县俄亚纳西族乡大村组"),
    ("215123", "江苏省苏州市工业园区星湖街"),
)


def run(report: Report) -> None:
    """Time both in turn and report the ratio of the medians, lower being better."""
    people = addressees(LABELS)
    ours, plain = [], []
    for _ in range(ROUNDS):
        chain_for.cache_clear()
        ours.append(_seconds(lambda: label_pdf(people)))
        plain.append(_seconds(lambda: naive(people)))
    ratio = statistics.median(ours) / statistics.median(plain)
    best, floor = min(ours), min(plain)
    note = f"{LABELS} labels, 1% rare names, 2% overlong; drawString naive = 1; {ROUNDS} in turn"
    report(name="mailing.labels10k.ratio", value=ratio, unit="x", floor=1.0, note=note)
    report(name="mailing.labels10k.seconds", value=best, unit="s", floor=floor, note="best")
    megabytes = len(label_pdf(people).pdf) / 1e6
    report(
        name="mailing.labels10k.size", value=megabytes, unit="MB", floor=len(naive(people)) / 1e6
    )
    if sys.platform != "win32":
        report(name="mailing.labels10k.rss", value=_peak_mb(), unit="MB", note="both sides")


def addressees(count: int) -> list[Addressee]:
    """Make up people: 1% with characters beyond the BMP, 2% with an overlong address."""
    dice = random.Random(5)
    return [_addressee(dice, number) for number in range(count)]


def _addressee(dice: random.Random, number: int) -> Addressee:
    name = dice.choice(SURNAMES) + "".join(dice.choices(GIVEN, k=2))
    postcode, place = dice.choice(PLACES)
    house = f"{dice.randint(1, 300)}号{dice.randint(1, 30)}号楼{dice.randint(101, 2900)}室"
    return Addressee(
        name=dice.choice(RARE) if number % 100 == 0 else name,
        honorific=dice.choice(("先生", "女士")),
        address=place * (3 if number % 50 == 0 else 1) + house,
        postcode=postcode,
        ref=str(number),
    )


def naive(people: Sequence[Addressee]) -> bytes:
    """Draw the labels as a first attempt would."""
    font = next(font for font in installed_fonts() if not font.problem)
    pdfmetrics.registerFont(TTFont("plain", str(font.path), subfontIndex=font.subfont))
    sheet = sheet_named("a4-24")
    out = BytesIO()
    canvas = Canvas(out, pagesize=(sheet.width_mm * MM_PT, sheet.height_mm * MM_PT))
    for number, person in enumerate(people):
        cell = number % sheet.cells.count
        if number and cell == 0:
            canvas.showPage()
        left_mm, top_mm = sheet.cells.origin_mm(cell)
        x, y = (left_mm + 6) * MM_PT, (sheet.height_mm - top_mm - 9) * MM_PT
        for size, text in _plain_lines(person, sheet.inner_width_pt):
            canvas.setFont("plain", size)
            canvas.drawString(x, y, text)
            y -= size * 1.25
    canvas.save()
    return out.getvalue()


def _plain_lines(person: Addressee, width_pt: float) -> list[tuple[float, str]]:
    lines, text = [(11.0, person.postcode)], ""
    for char in person.address:
        if text and pdfmetrics.stringWidth(text + char, "plain", 10.5) > width_pt:
            lines.append((10.5, text))
            text = ""
        text += char
    return [*lines, (10.5, text), (14.0, f"{person.name} {person.honorific}")]


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _peak_mb() -> float:
    """Return the most memory that this process held."""
    import resource

    kilobytes: int = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return kilobytes / (1024 * 1024 if sys.platform == "darwin" else 1024)
