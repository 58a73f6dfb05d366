"""Which fonts of the catalogue are on this machine. Reads directories and font headers.

Drawing and measuring are in faces.py; this module loads no reportlab, so that
a health check can name the fonts cheaply.
"""

from __future__ import annotations

import json
import os
import struct
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, BinaryIO

from fontTools.ttLib import TTFont, TTLibError  # type: ignore[import-untyped]

RESTRICTED = 0x0002  # OS/2 fsType: may not be embedded
NO_SUBSET_OR_BITMAP = 0x0300


@dataclass(frozen=True, slots=True, kw_only=True)
class FontFile:
    """A catalogue font found on this machine."""

    name: str
    path: Path
    subfont: int  # index in a collection, else 0
    problem: str = ""  # "outlines", "licence" or "damaged": found, yet not usable


@cache
def catalogue() -> dict[str, Any]:
    """Return resources/fonts.json: folders, what to install, fonts in order of use."""
    loaded: dict[str, Any] = json.loads(files("resources").joinpath("fonts.json").read_bytes())
    return loaded


def system_folders() -> tuple[Path, ...]:
    """Return where fonts live here: those that came with the program, then the system's."""
    listed = catalogue()["folders"].get(sys.platform, catalogue()["folders"]["linux"])
    expanded = (Path(os.path.expandvars(folder)).expanduser() for folder in listed)
    return (Path(str(files("resources").joinpath("fonts"))), *expanded)


def to_install() -> str:
    """Return what to install on this platform, as a command or as font names."""
    listed: dict[str, str] = catalogue()["install"]
    return listed.get(sys.platform, listed["linux"])


def installed_fonts(folders: Sequence[Path] | None = None) -> tuple[FontFile, ...]:
    """Return the catalogue's fonts that are installed, best first, unusable ones included."""
    present = _font_paths(system_folders() if folders is None else folders)
    found = (_first_present(spec, present) for spec in catalogue()["fonts"])
    return tuple(font for font in found if font)


def _font_paths(folders: Iterable[Path]) -> dict[str, Path]:
    """Map lower-case file names to paths; the first folder that has a file wins."""
    present: dict[str, Path] = {}
    for path in _walk(folders):
        present.setdefault(path.name.lower(), path)
    return present


def _walk(folders: Iterable[Path]) -> Iterator[Path]:
    for folder in folders:
        for root, inner, names in os.walk(folder):
            inner.sort()  # the order of a directory must not decide which copy is used
            yield from (Path(root, name) for name in sorted(names))


def _first_present(spec: dict[str, Any], present: dict[str, Path]) -> FontFile | None:
    paths = (present.get(name.lower()) for name in spec["files"])
    path = next((path for path in paths if path), None)
    return _examined(spec["name"], spec["face"], path) if path else None


def _examined(name: str, face: str, path: Path) -> FontFile:
    """Find the subfont and say whether it can be embedded.

    reportlab embeds TrueType outlines only; a licence may forbid embedding or subsetting.
    """
    try:
        with path.open("rb") as file:
            subfont, problem = _inspect(file, face)
    except (TTLibError, OSError, LookupError, struct.error):  # a table is not there, or cut short
        return FontFile(name=name, path=path, subfont=0, problem="damaged")
    return FontFile(name=name, path=path, subfont=subfont, problem=problem)


def _inspect(file: BinaryIO, face: str) -> tuple[int, str]:
    """Return the subfont named `face` (the first where none is named), and its problem."""
    count = _subfont_count(file.read(12))
    for index in range(count):
        font = TTFont(file, fontNumber=index, lazy=True)
        if count == 1 or face in {"", font["name"].getDebugName(6)}:
            return index, _problem(font)
    return 0, "damaged"


def _subfont_count(header: bytes) -> int:
    return int.from_bytes(header[8:12], "big") if header[:4] == b"ttcf" else 1


def _problem(font: Any) -> str:
    if "glyf" not in font:
        return "outlines"
    kind = font["OS/2"].fsType
    return "licence" if kind == RESTRICTED or kind & NO_SUBSET_OR_BITMAP else ""
