"""Keeps the window's Chinese catalogue: resources/i18n/*.ts, and the .qm made of them.

    update [FOLDER...]   read the sources again: one .ts per folder of desktop/views
    fill FILE.json       put {"source": "translation"} into entries that are not yet translated
    compile              make resources/i18n/yizhan_zh.qm of all .ts files
    check                name what is missing, unused or not compiled; exit code 1 if anything is

Texts of errors are elsewhere: resources/messages.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from string import Formatter
from xml.etree.ElementTree import Element  # the shape only; files are read by defusedxml

from defusedxml.ElementTree import parse

ROOT = Path(__file__).resolve().parents[1]
VIEWS = ROOT / "desktop" / "views"
CATALOGUES = ROOT / "resources" / "i18n"
COMPILED = "yizhan_zh.qm"
UPDATING = ("-silent", "-no-obsolete", "-locations", "none", "-target-language", "zh_CN")


@dataclass(frozen=True, slots=True)
class Entry:
    """One text of a catalogue. `translation` is empty where there is none."""

    file: str
    context: str
    source: str
    comment: str
    translation: str
    finished: bool

    @property
    def key(self) -> tuple[str, str, str]:
        return self.context, self.source, self.comment


@dataclass(frozen=True, slots=True)
class Catalogues:
    """The catalogues of `folder`, made of the sources below `views`."""

    views: Path = VIEWS
    folder: Path = CATALOGUES

    @property
    def files(self) -> list[Path]:
        return sorted(self.folder.glob("*_zh.ts"))

    @property
    def compiled(self) -> Path:
        return self.folder / COMPILED

    def entries(self) -> list[Entry]:
        return [entry for file in self.files for entry in entries(file)]

    def sources(self) -> dict[str, list[Path]]:
        """Return the sources of each catalogue by its name: one per folder of the views."""
        found = {"views_zh.ts": sorted(self.views.glob("*.py"))}
        for folder in sorted(path for path in self.views.iterdir() if path.is_dir()):
            found[f"{folder.name}_zh.ts"] = sorted(folder.rglob("*.py"))
        return {name: files for name, files in found.items() if files}

    def update(self, only: Collection[str] = ()) -> None:
        """Read the sources again, of the catalogues `only` or of all.

        Texts that are no longer used leave, and so does a catalogue of which nothing is left.
        """
        wanted = self.sources()
        for name, files in wanted.items():
            if not only or name in only:
                qt_tool("lupdate", *UPDATING, *files, "-ts", self.folder / name)
        for file in self.files:
            if file.name not in wanted or not any(entries(file)):
                file.unlink()

    def fill(self, words: dict[str, str]) -> None:
        """Put translations by source text where one is missing; lupdate tidies the files."""
        for file in self.files:
            tree = parse(file)
            filled = [_fill(message, words) for message in tree.iter("message")]
            if any(filled):
                tree.write(file, encoding="utf-8", xml_declaration=True)
                self.update(only=[file.name])

    def compile(self, target: Path | None = None) -> None:
        """Make one .qm of all catalogues, in place or as `target`."""
        qt_tool("lrelease", "-silent", *self.files, "-qm", target or self.compiled)


def qt_tool(name: str, *words: str | Path) -> None:
    """Run lupdate or lrelease as they come with PySide6, which need no screen."""
    import PySide6

    found = next(
        path
        for folder in ("Qt/libexec", ".")
        for path in (Path(PySide6.__file__).parent / folder).glob(f"{name}*")
        if path.stem == name
    )
    done = subprocess.run([found, *map(str, words)], capture_output=True, text=True, check=False)
    warned = name == "lupdate" and "warning" in done.stderr.lower()  # lrelease: of shared texts
    if done.returncode or warned:
        raise SystemExit(f"{name}: {done.stdout}{done.stderr}")


def entries(file: Path) -> Iterator[Entry]:
    """Yield what stands in one catalogue."""
    for context in parse(file).iter("context"):
        for message in context.iter("message"):
            words = message.find("translation")
            yield Entry(
                file.name,
                context.findtext("name", ""),
                message.findtext("source", ""),
                message.findtext("comment", ""),
                "" if words is None else words.text or "",
                words is not None and words.get("type") is None,
            )


def _fill(message: Element, words: dict[str, str]) -> bool:
    place = message.find("translation")
    given = words.get(message.findtext("source", ""))
    if place is None or not given or place.get("type") != "unfinished":
        return False
    place.text = given
    del place.attrib["type"]
    return True


def places(text: str) -> set[str]:
    return {field for _, field, _, _ in Formatter().parse(text) if field is not None}


def problems(held: Catalogues) -> list[str]:
    """Return what is wrong with the catalogues, a line each."""
    found = held.entries()
    told = [f"{e.file}: {e.source!r} is not translated" for e in found if not is_done(e)]
    told += [f"{e.file}: {e.source!r} has other places" for e in found if not same_places(e)]
    return told + contradictions(found) + strangers(held) + stale(held)


def is_done(entry: Entry) -> bool:
    return entry.finished and bool(entry.translation.strip())


def same_places(entry: Entry) -> bool:
    return not is_done(entry) or places(entry.source) == places(entry.translation)


def contradictions(found: list[Entry]) -> list[str]:
    """Two files may share a text; lrelease would keep one of two translations in silence."""
    first: dict[tuple[str, str, str], Entry] = {}
    return [
        f"{entry.file}: {entry.source!r} is translated otherwise in {known.file}"
        for entry in found
        if (known := first.setdefault(entry.key, entry)).translation != entry.translation
    ]


def strangers(held: Catalogues) -> list[str]:
    """Return what the sources hold and the catalogues do not, and the other way."""
    with tempfile.TemporaryDirectory() as folder:
        fresh = Catalogues(held.views, Path(folder))
        fresh.update()
        wanted = {(entry.file, *entry.key) for entry in fresh.entries()}
    known = {(entry.file, *entry.key) for entry in held.entries()}
    told = [f"{file}: {text!r} is missing" for file, _, text, _ in sorted(wanted - known)]
    return told + [f"{file}: {text!r} is not used" for file, _, text, _ in sorted(known - wanted)]


def stale(held: Catalogues) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / COMPILED
        held.compile(made)
        same = held.compiled.exists() and made.read_bytes() == held.compiled.read_bytes()
    return [] if same else [f"{COMPILED}: is not what the .ts files make; run compile"]


def check(held: Catalogues) -> int:
    told = problems(held)
    sys.stdout.write("".join(f"{line}\n" for line in told or ["All texts are translated."]))
    return 1 if told else 0


def main(words: list[str]) -> int:
    held = Catalogues()
    match words:
        case ["update", *folders]:
            held.update(only=[f"{folder}_zh.ts" for folder in folders])
        case ["fill", file]:
            held.fill(json.loads(Path(file).read_text(encoding="utf-8")))
        case ["compile"]:
            held.compile()
        case ["check"]:
            return check(held)
        case _:
            sys.stdout.write(__doc__ or "")
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
