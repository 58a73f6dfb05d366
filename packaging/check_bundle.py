"""Builds the bundle, lives a day with it, and looks at what it holds.

Usage: .venv/bin/python packaging/check_bundle.py [FOLDER]

FOLDER  where the bundle stays; without it, everything is made in a temporary folder.
Ends with 1 and a line for each fault. Takes some two minutes; needs no display.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

from PyInstaller.archive.readers import CArchiveReader

ROOT = Path(__file__).resolve().parent.parent
ENDING = ".exe" if os.name == "nt" else ""
MOST_MB = 220
NOT_SHIPPED = {"server", "tests", "bench", "fastapi", "starlette", "uvicorn", "psycopg", "pydantic"}
# A library that the window needs, but that the building computer does not have.
LACKING = re.compile(r"Library not found.*lib(qxcb|qoffscreen|Qt6)")


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def build(folder: Path) -> Iterator[str]:
    """Build into `folder`; yield what went wrong."""
    command = [sys.executable, "-m", "PyInstaller", ROOT / "packaging" / "yizhan.spec"]
    options = ["--distpath", folder, "--workpath", folder / "work", "--noconfirm"]
    words = [str(word) for word in (*command, *options)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    (folder / "build.log").write_text(done.stderr, encoding="utf-8")
    if done.returncode:
        raise SystemExit(f"The build ended with {done.returncode}.\n{done.stderr[-4000:]}")
    yield from (line for line in done.stderr.splitlines() if LACKING.search(line))


def modules_in(program: Path) -> set[str]:
    """Return the full names of the Python modules in the program, and of compiled packages."""
    archive = CArchiveReader(str(program)).open_embedded_archive("PYZ.pyz")
    return {path.name for path in (program.parent / "_internal").iterdir()} | set(archive.toc)


def own_modules() -> set[str]:
    """Return the names of the laptop's modules; some are imported by name alone."""
    files = (ROOT / "desktop").rglob("*.py")
    names = (file.relative_to(ROOT).with_suffix("").parts for file in files)
    return {".".join(parts).removesuffix(".__init__") for parts in names}


def development_modules() -> set[str]:
    """Return the names that the packages of the group dev are imported by."""
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = {re.split(r"[<=>\[]", name)[0] for name in declared["dependency-groups"]["dev"]}
    names = packages_distributions().items()
    return {name for name, owners in names if wanted & {owner.lower() for owner in owners}}


def wrong_modules(program: Path) -> Iterator[str]:
    """Yield what is in the bundle and should not be, and the other way round."""
    modules = modules_in(program)
    tops = {name.partition(".")[0] for name in modules}
    strangers = tops & (NOT_SHIPPED | development_modules())
    yield from (f"{name} is in the bundle, and should not be" for name in sorted(strangers))
    lacking = own_modules() - modules
    yield from (f"{name} is not in the bundle" for name in sorted(lacking))


def too_large(folder: Path) -> Iterator[str]:
    files = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    size_mb = sum(path.stat().st_size for path in files) / 2**20
    say(f"   {len(files)} files, {size_mb:.0f} MB")
    if size_mb > MOST_MB:
        yield f"The bundle has {size_mb:.0f} MB; the limit is {MOST_MB}."


def bare_environment(home: Path) -> dict[str, str]:
    """Return an environment in which no Python of this computer is found."""
    kept = {name: os.environ[name] for name in ("SYSTEMROOT", "TEMP") if name in os.environ}
    return kept | {
        "HOME": str(home),
        "XDG_RUNTIME_DIR": str(home),
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "YIZHAN_LANG": "en",
        "QT_QPA_PLATFORM": "offscreen",
    }


def started(program: Path, home: Path, *words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(program), *map(str, words)],
        cwd=home,
        env=bare_environment(home),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )


def cannot_tell_its_parts(program: Path, home: Path) -> Iterator[str]:
    """Ask the doctor: it opens SQLCipher, fonts and the keyring, and names every version."""
    asked = started(program, home, "doctor", "--json", "--profile", home / "none")
    try:
        checks = json.loads(asked.stdout)["checks"]
    except (ValueError, KeyError):
        yield f"doctor ended with {asked.returncode}: {asked.stdout}{asked.stderr}"
        return
    yield from (
        f"doctor: {checks[name]}" for name in ("versions", "fonts") if not checks[name]["good"]
    )


def shows_no_window(program: Path, home: Path) -> Iterator[str]:
    """Open the unlock page of the day's profile, and the first page of a new one."""
    for profile in (home / "day" / "laptop", home / "new"):
        asked = started(program, home, "window", "--smoke", "--profile", profile)
        if asked.returncode or asked.stderr:
            yield f"window --smoke: {asked.returncode} {profile} {asked.stdout}{asked.stderr}"


def lives_no_day(program: Path, home: Path) -> Iterator[str]:
    """Live the demonstration's day, the bundled program in the place of the installed one."""
    command = [sys.executable, ROOT / "do.py", "--inside", "demo", home / "day", program]
    words = [str(word) for word in command]
    done = subprocess.run(words, capture_output=True, text=True, encoding="utf-8", check=False)
    if done.returncode:
        yield f"the day ended with {done.returncode}: {done.stdout[-2000:]}{done.stderr[-2000:]}"


def faults(folder: Path) -> Iterator[str]:
    say("   building")
    yield from build(folder)
    program = folder / "yizhan" / f"yizhan{ENDING}"
    yield from too_large(program.parent)
    yield from wrong_modules(program)
    home = folder / "home"
    home.mkdir(mode=0o700, exist_ok=True)
    for look in (cannot_tell_its_parts, lives_no_day, shows_no_window):
        say(f"   {look.__name__.replace('_', ' ')}?")
        yield from look(program, home)


def main(arguments: list[str]) -> int:
    with tempfile.TemporaryDirectory(prefix="yizhan-bundle-") as temporary:
        folder = Path(arguments[0]).resolve() if arguments else Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        found = list(faults(folder))
    for fault in found:
        say(f"FAULT: {fault}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
