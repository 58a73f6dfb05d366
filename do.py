#!/usr/bin/env python3
"""Sets the project up and runs its tasks; `python3 do.py` lists them.

Standard library only. Everything is made inside `.venv`, no global Python
package is touched, and a second run finds nothing to do. This file only
prepares and starts: what a task means is said by the tools it starts.
"""

from __future__ import annotations

import sys

if sys.version_info < (3, 11):  # noqa: UP036  (this is where an old one is told)
    sys.exit("Python 3.11 or later is needed; this is %s." % sys.version.split()[0])  # noqa: UP031

import ctypes
import glob
import hashlib
import importlib.util
import json
import os
import platform
import shlex
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
LOCK = ROOT / "requirements.lock"
UV = "uv==0.13.9"  # compiles the lock; nothing else uses it
PIP_FAILED = """\
Check that a package index answers (network, proxy, `pip config list`), then run
this again; what was fetched is kept. If a hash differs, the index serves another
file than the one that was locked: do not use it."""

# End-to-end tests wait for processes most of the time (docs/decisions/0005).
IN_PARALLEL = ["-n", "2", "--dist", "worksteal"]

# Debian package: the library to load or the file to find when it is there.
TO_RUN = {
    "libegl1": "libEGL.so.1",
    "libgl1": "libGL.so.1",
    "libglib2.0-0": "libglib-2.0.so.0",
    "libdbus-1-3": "libdbus-1.so.3",
    "libfontconfig1": "libfontconfig.so.1",
    "libxkbcommon0": "libxkbcommon.so.0",
    "libxcb-cursor0": "libxcb-cursor.so.0",
    "libxcb-icccm4": "libxcb-icccm.so.4",
    "libxcb-keysyms1": "libxcb-keysyms.so.1",
    "libxcb-shape0": "libxcb-shape.so.0",
    "libxkbcommon-x11-0": "libxkbcommon-x11.so.0",
    "fonts-lxgw-wenkai": "/usr/share/fonts/**/LXGWWenKai-Regular.ttf",
    "fonts-hanazono": "/usr/share/fonts/**/HanaMinB.ttf",
    "fonts-wqy-microhei": "/usr/share/fonts/**/wqy-microhei.ttc",
    "fonts-liberation": "/usr/share/fonts/**/LiberationSans-Bold.ttf",
}
TO_TEST = TO_RUN | {
    "postgresql": "/usr/lib/postgresql/*/bin/initdb",
    "dbus-daemon": "/usr/bin/dbus-daemon",
    "gnome-keyring": "/usr/bin/gnome-keyring-daemon",
    "xvfb": "/usr/bin/Xvfb",
    "blackbox": "/usr/bin/blackbox",
    "at-spi2-core": "/usr/libexec/at-spi2-registryd",
    "libxtst6": "libXtst.so.6",
}


# -- saying and running ------------------------------------------------------


def say(text: str) -> None:
    print(text, flush=True)


@contextmanager
def step(what: str) -> Iterator[None]:
    """Say what is being done, and how long it took."""
    say(f"-- {what}")
    started = time.monotonic()
    yield
    say(f"   {time.monotonic() - started:.1f} s")


def run(*command: str | Path, env: dict[str, str] | None = None, at: Path = ROOT) -> int:
    """Run a command, its output shown; return its exit code."""
    return subprocess.run([str(part) for part in command], cwd=at, env=env, check=False).returncode


def must(*command: str | Path, otherwise: str) -> None:
    """Run a command; where it fails, end with what to do."""
    code = run(*command)
    if code:
        raise SystemExit(f"\n`{shlex.join(map(str, command))}` ended with {code}.\n{otherwise}")


def screen_environment(offscreen: bool) -> dict[str, str]:
    """Return the environment, with Qt drawing off screen where none is wanted or there."""
    env = dict(os.environ)
    no_display = sys.platform == "linux" and not {"DISPLAY", "WAYLAND_DISPLAY"} & env.keys()
    if offscreen or no_display:
        env.setdefault("QT_QPA_PLATFORM", "offscreen")
    return env


# -- system packages ---------------------------------------------------------


def is_there(probe: str) -> bool:
    """Tell whether a library loads, or a file matching a pattern exists."""
    if probe.startswith("/"):
        return bool(glob.glob(probe, recursive=True))  # noqa: PTH207 (absolute patterns)
    try:
        ctypes.CDLL(probe)
    except OSError:
        return False
    return True


def apt_lines(packages: Sequence[str]) -> list[list[str]]:
    """Return the commands that install Debian packages."""
    options = ["-o", "DPkg::Lock::Timeout=300", "-y", "--no-install-recommends"]
    return [["apt-get", "update"], ["apt-get", "install", *options, *packages]]


def sudo_line(lines: Sequence[Sequence[str]]) -> str:
    """Return the commands as one line to paste."""
    return " && ".join(f"sudo {shlex.join(line)}" for line in lines)


def install_system_packages(packages: Sequence[str]) -> None:
    """Install Debian packages as root; otherwise say the line that does."""
    lines = apt_lines(packages)
    if shutil.which("apt-get") is None:
        say(f"Missing system packages, by their Debian names: {' '.join(packages)}")
    elif os.geteuid() != 0:
        say("Missing system packages. Install them with this line; what works without goes on:")
        say(f"  {sudo_line(lines)}")
    else:
        env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        with step(f"system packages: {' '.join(packages)}"):
            codes = [run(*line, env=env) for line in lines]
            if codes[-1]:  # a failed update alone may concern some other source
                say("apt-get could not install them; what works without goes on.")


def ensure_system_packages(wanted: dict[str, str]) -> None:
    """Make sure of the libraries, fonts and servers that are not Python's."""
    if sys.platform != "linux":
        return
    missing = [name for name, probe in wanted.items() if not is_there(probe)]
    if missing:
        install_system_packages(missing)


# -- the virtual environment -------------------------------------------------


def venv_works() -> bool:
    """Tell whether `.venv` holds an interpreter that starts and is new enough."""
    ask = "import sys; sys.exit(sys.version_info < (3, 11))"
    return PYTHON.exists() and run(PYTHON, "-c", ask) == 0


def make_venv() -> None:
    """Make `.venv`, unless there is one that works."""
    if venv_works():
        return
    if importlib.util.find_spec("ensurepip") is None:  # Debian keeps it apart
        install_system_packages(["python3-venv"])
    with step(f"virtual environment with Python {platform.python_version()}: {VENV}"):
        must(
            *(sys.executable, "-m", "venv", "--clear", VENV),
            otherwise="Install Python's venv module (Debian: python3-venv) and run this again.",
        )


def digest_of(*files: Path) -> str:
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


@contextmanager
def once_per(name: str, digest: str) -> Iterator[bool]:
    """Yield whether the work is due; remember `digest` when it did not fail."""
    stamp = VENV / f"{name}.stamp"
    due = not stamp.exists() or stamp.read_text(encoding="utf-8") != digest
    yield due
    if due:
        stamp.write_text(digest, encoding="utf-8")


def pip(*arguments: str | Path, otherwise: str) -> None:
    quiet = () if sys.stdout.isatty() else ("-qq",)
    must(PYTHON, "-m", "pip", "install", *quiet, *arguments, otherwise=otherwise)


def install_packages() -> None:
    """Install the locked packages, then the project itself, where they changed."""
    with once_per("lock", digest_of(LOCK)) as due:
        if due:
            with step("packages of requirements.lock"):
                pip("--require-hashes", "--only-binary", ":all:", "-r", LOCK, otherwise=PIP_FAILED)
    with once_per("project", digest_of(LOCK, ROOT / "pyproject.toml")) as due:
        if due:
            with step("the project itself"):
                options = ("--no-deps", "--no-build-isolation", "--editable")
                pip(*options, ROOT, otherwise="Delete the folder .venv and run this again.")


def set_up(system: dict[str, str]) -> None:
    """Bring this computer to where the tasks can run."""
    ensure_system_packages(system)
    make_venv()
    install_packages()


# -- tasks -------------------------------------------------------------------


def setup(arguments: list[str]) -> int:
    """set up .venv and what the tests need, and stop"""
    set_up(TO_TEST)
    say(f"Ready: {BIN / 'yizhan'} and {BIN / 'yizhan-server'}")
    return 0


def test(arguments: list[str]) -> int:
    """run the tests; further words go to pytest"""
    set_up(TO_TEST)
    words = arguments or IN_PARALLEL
    return run(PYTHON, "-m", "pytest", *words, env=screen_environment(offscreen=True))


def checks(full: bool) -> dict[str, list[str | Path]]:
    """Return each check of the house with the command that makes it."""
    slow = ["-m", "", "-o", "faulthandler_timeout=1800"]
    return {
        "lint": [BIN / "ruff", "check", "."],
        "format": [BIN / "ruff", "format", "--check", "."],
        "types": [BIN / "mypy"],
        "imports": [BIN / "lint-imports", "--no-logo"],
        "tests": [PYTHON, "-m", "pytest", *IN_PARALLEL, *(slow if full else [])],
        **({"bundle": [PYTHON, ROOT / "packaging" / "check_bundle.py"]} if full else {}),
    }


def check(arguments: list[str]) -> int:
    """lint, types, imports and tests; --full adds the slow tests and the bundle"""
    if set(arguments) - {"--full"}:
        raise SystemExit("check takes --full, and nothing else")
    set_up(TO_TEST)
    failed = []
    for name, command in checks("--full" in arguments).items():
        with step(name):
            if run(*command, env=screen_environment(offscreen=True)):
                failed.append(name)
    say(f"Failed: {', '.join(failed)}" if failed else "All checks passed.")
    return 1 if failed else 0


def bench(arguments: list[str]) -> int:
    """measure the claims: bench [NAME...] [--json FILE]"""
    set_up(TO_TEST)
    env = screen_environment(offscreen=True) | {"PYTHONPATH": str(ROOT)}
    return run(PYTHON, "-m", "bench", *arguments, env=env, at=Path.cwd())


def fuzz(arguments: list[str]) -> int:
    """attack the sync: fuzz [--seconds N] [--seed S] [--store sqlite|postgresql] [--replay FILE]"""
    set_up(TO_TEST)
    env = screen_environment(offscreen=True) | {"PYTHONPATH": str(ROOT)}
    return run(PYTHON, "-m", "tests.fuzz", *arguments, env=env, at=Path.cwd())


def attack(arguments: list[str]) -> int:
    """attack what is to be safe: attack [--quick] [--seed S] [--seconds N] [--only NAME]"""
    set_up(TO_TEST)
    env = screen_environment(offscreen=True) | {"PYTHONPATH": str(ROOT)}
    return run(PYTHON, "-m", "tests.attack", *arguments, env=env, at=Path.cwd())


def demo(arguments: list[str]) -> int:
    """live a working day with a practice server, then open the window: demo [FOLDER]"""
    set_up(TO_RUN)
    folder = Path(arguments[0] if arguments else ROOT / "demo-output").resolve()
    env = screen_environment(offscreen=False)
    return run(PYTHON, Path(__file__), "--inside", "demo", folder, BIN / "yizhan", "open", env=env)


def screenshots(arguments: list[str]) -> int:
    """take a picture of every screen, both themes, both languages: screenshots [FOLDER]"""
    set_up(TO_RUN)
    folder = Path(arguments[0] if arguments else ROOT / "demo-output").resolve()
    env = screen_environment(offscreen=True)
    done = run(PYTHON, Path(__file__), "--inside", "demo", folder, BIN / "yizhan", "all", env=env)
    say(f"The pictures are in {folder / 'pictures'}")
    return done


def translations(arguments: list[str]) -> int:
    """keep the window's Chinese texts: update, fill, compile, check"""
    set_up(TO_TEST)
    return run(PYTHON, ROOT / "packaging" / "translations.py", *arguments)


def lock(arguments: list[str]) -> int:
    """compile pyproject.toml to requirements.lock; --upgrade takes newer versions"""
    make_venv()
    tools = VENV / "lock-tools"
    with once_per("lock-tools", UV) as due:
        if due:
            with step(f"{UV}, in a folder of its own"):
                pip("--target", tools, "--upgrade", UV, otherwise=PIP_FAILED)
    options = ["--universal", "--python-version", "3.11", "--generate-hashes", "--group", "dev"]
    bare = ["--no-emit-index-url", "--no-header", "--no-annotate", "--quiet"]  # names no host
    command: list[str | Path] = [
        PYTHON,
        "-m",
        "uv",
        "pip",
        "compile",
        "pyproject.toml",
        "-o",
        LOCK.name,
    ]
    with step(LOCK.name):
        env = {**os.environ, "PYTHONPATH": str(tools)}
        return run(*command, *options, *bare, *arguments, env=env)


VERBS: dict[str, Callable[[list[str]], int]] = {
    verb.__name__: verb
    for verb in (demo, test, check, bench, fuzz, attack, screenshots, translations, lock, setup)
}


# -- the demonstration, run by the interpreter of .venv ------------------------

PASSPHRASE = "practice passphrase"  # of made-up persons on a practice server
CLEAR = ("--reveal", "--reason", "identify")
MARK = "made by do.py demo"


class Commands:
    """The two commands of the product, run as a person would run them."""

    def __init__(self, folder: Path, laptop: Path) -> None:
        self.server: list[str | Path] = ["--data", folder / "server"]
        self.folder = folder
        self.laptop = laptop  # the program of a laptop: installed, or bundled

    def on_server(self, *words: str | Path, secrets: Sequence[str] = ()) -> dict[str, Any]:
        return self._answer(BIN / "yizhan-server", [*words, *self.server], secrets, (0,))

    def on_laptop(
        self, laptop: str, *words: str | Path, secrets: Sequence[str] = (PASSPHRASE,)
    ) -> dict[str, Any]:
        """Run `yizhan` on one of the laptops; exit code 1 says that something waits."""
        profile: list[str | Path] = ["--profile", self.folder / laptop]
        return self._answer(self.laptop, [*words, *profile], secrets, (0, 1))

    def _answer(
        self,
        program: Path,
        words: Sequence[str | Path],
        secrets: Sequence[str],
        good: Sequence[int],
    ) -> dict[str, Any]:
        command = [str(program), *map(str, words), "--json"]
        given = "".join(f"{secret}\n" for secret in secrets).encode()
        done = subprocess.run(command, input=given, stdout=subprocess.PIPE, check=False)
        if done.returncode not in good:
            raise SystemExit(f"{program.name} {' '.join(map(str, words))}: {done.stdout.decode()}")
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    @contextmanager
    def serving(self, port: int = 0) -> Iterator[str]:
        """Let the practice server answer on loopback while the block lasts."""
        command = [str(BIN / "yizhan-server"), "serve", "--port", str(port), "--json"]
        process = subprocess.Popen([*command, *map(str, self.server)], stdout=subprocess.PIPE)
        try:
            assert process.stdout is not None
            yield json.loads(process.stdout.readline())["ready"]
        finally:
            process.terminate()
            process.communicate(timeout=30)


def fresh_folder(folder: Path) -> None:
    """Empty the folder of an earlier demonstration; leave anybody else's alone."""
    mark = folder / "README.txt"
    if folder.exists() and any(folder.iterdir()):
        if not mark.exists() or MARK not in mark.read_text(encoding="utf-8"):
            raise SystemExit(f"{folder} is not empty. Name another folder: do.py demo FOLDER")
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    mark.write_text(
        f"This folder was {MARK}. Everybody in it is made up; delete it when you like.\n"
        f"The practice passphrase is: {PASSPHRASE}\n",
        encoding="utf-8",
    )


def demo_inside(folder: Path, laptop: Path, window: str) -> int:
    """Live a working day through the two commands; leave results in `folder`.

    `window`: "open" it at the end (or take some pictures where there is no display), take
    "all" pictures, or "no".
    """
    fresh_folder(folder)
    here = Commands(folder, laptop)
    with step("A practice server with a made-up branch: 3 managers, 3,000 customers"):
        here.on_server("init", "--practice")
        made = here.on_server("practice")
        manager = made["people"][0]
        deputy = ["user", "add", "deputy", "--name", "代理", "--deputy-of", manager["login"]]
        here.on_server(*deputy, secrets=["first-password"])
    with here.serving() as url:
        port = url.rpartition(":")[2]
        with step("Two practice laptops enrol: the manager's and a deputy's"):
            enrol = ["enrol", "--practice", "--server", url, "--login"]
            mine = [manager["password"], PASSPHRASE]
            here.on_laptop("laptop", *enrol, manager["login"], secrets=mine)
            theirs = ["first-password", PASSPHRASE, "second-password"]
            here.on_laptop("deputy-laptop", *enrol, "deputy", secrets=theirs)
        with step("First sync of both"):
            first = here.on_laptop("laptop", "sync")
            here.on_laptop("deputy-laptop", "sync")
    say(f"   {first['received']:,} records, verified: {first['verified']}. The server stops now.")
    apart, contested, village, offline = demo_offline(here)
    with here.serving(int(port)):
        code = demo_evening(here, apart, contested, [village, first, *offline])
        return code or demo_window(here, window)


def demo_offline(here: Commands) -> tuple[str, str, str, list[Any]]:
    """A day without a network. Returns two customers, their village, and what was done."""
    with step("Offline: find a customer by surname, a village by name"):
        person = here.on_laptop("laptop", "customers", "find", "王")["customers"][0]
        apart, village = person["id"], ""
        for found in here.on_laptop("laptop", "customers", "find", "王")["customers"]:
            if found["fields"].get("village"):
                apart, village = found["id"], found["fields"]["village"]
        neighbours = here.on_laptop("laptop", "customers", "find", village)["customers"]
        contested = next(c["id"] for c in neighbours if c["id"] != apart)
    with step("Offline: record a visit, correct two phones, add a customer"):
        visit = ["visits", "add", apart, "--summary", "谈了存款到期", "--need", "定期存款"]
        here.on_laptop("laptop", *visit, "--next-step", "送理财材料")
        here.on_laptop("laptop", "customers", "edit", apart, "phone=15400001111")
        here.on_laptop(
            *("laptop", "customers", "edit", contested, "phone=15400002222", "honorific=老师")
        )
        known = here.on_laptop("laptop", "customers", "show", apart, *CLEAR)["fields"]
        added = ["name=欧阳𠮷祥", f"village={village}", "phone=15400003333", "gender=男"]
        added += [f"{name}={known[name]}" for name in ("address", "postcode") if name in known]
        here.on_laptop("laptop", "customers", "add", *added)
    with step("Offline: a customer no longer wants invitations; that leaves before all the rest"):
        here.on_laptop("laptop", "consents", "withdraw", apart, "--purpose", "club")
    with step(f"Offline: address labels for {village}"):
        labels = here.on_laptop(
            *("laptop", "labels", here.folder / "labels.pdf", "--village", village),
            *("--purpose", "service"),
        )
    with step("Meanwhile, on the deputy's laptop: another field of one, the same of the other"):
        here.on_laptop("deputy-laptop", "customers", "edit", apart, "occupation=茶农")
        here.on_laptop(
            *("deputy-laptop", "customers", "edit", contested),
            *("phone=15400004444", "honorific=阿姨"),
        )
    return apart, contested, village, [labels]


def demo_evening(here: Commands, apart: str, contested: str, day: list[Any]) -> int:
    """Back at the branch: both sync, a conflict is settled, all sides agree."""
    with step("The server is back: the deputy syncs first, then the manager"):
        here.on_laptop("deputy-laptop", "sync")
        synced = here.on_laptop("laptop", "sync")
        fields = here.on_laptop("laptop", "customers", "show", apart, *CLEAR)["fields"]
    counts = [f"{name} {synced[name]}" for name in ("merged", "conflicts", "refused")]
    say(f"   {', '.join(counts)}")
    with step("Two conflicts, both values kept; the manager's phone is chosen, and travels"):
        disputes = here.on_laptop("laptop", "conflicts", "list")["conflicts"]
        for dispute in disputes:
            if dispute["field"] == "phone":
                here.on_laptop("laptop", "conflicts", "resolve", dispute["id"], "--mine")
        here.on_laptop("laptop", "sync")
        here.on_laptop("deputy-laptop", "sync")
        settled = here.on_laptop("deputy-laptop", "customers", "show", contested, *CLEAR)
    with step("Verify: both laptops from content, and the server"):
        checks = [
            here.on_laptop("laptop", "verify", "--full")["verified"],
            here.on_laptop("deputy-laptop", "verify", "--full")["verified"],
            here.on_server("verify")["verified"],
        ]
    good = (
        all(checks)
        and len(disputes) == 2
        and (fields["phone"], fields["occupation"]) == ("+8615400001111", "茶农")
        and settled["fields"]["phone"] == "+8615400002222"
    )
    demo_summary(here.folder, day, synced, good)
    return 0 if good else 1


def demo_summary(folder: Path, day: list[Any], synced: dict[str, Any], good: bool) -> None:
    village, first, labels = day
    lines = [
        "# A working day with Yizhan (made-up data)",
        "",
        f"- First sync: {first['received']:,} records in {first['seconds']:.1f} s,"
        f" {first['requests']} requests, {first['bytes_down'] / 1e6:.1f} MB down.",
        f"- Labels for {village}: {labels['labels']} on {labels['sheets']} sheets"
        f" (`labels.pdf`), {len(labels['findings'])} to look at.",
        f"- Evening sync: {synced['sent']} edits sent, {synced['merged']} merged with a"
        f" colleague's, {synced['conflicts']} in conflict, {synced['refused']} refused.",
        "- One conflict was settled, travelled to the other laptop, and all sides hold the same;"
        " the other is left to settle in the window."
        if good
        else "- SOMETHING DOES NOT AGREE: look above.",
        "",
        "Go on yourself, in the window or by command:",
        f"  {BIN / 'yizhan'} window --profile {folder / 'laptop'}    (passphrase: {PASSPHRASE})",
        f"  {BIN / 'yizhan'} customers find 王 --profile {folder / 'laptop'}",
        "When this has ended the server is down, as on the road; start it with:",
        f"  {BIN / 'yizhan-server'} serve --data {folder / 'server'}",
    ]
    (folder / "summary.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    say("\n" + "\n".join(lines) + f"\n\nEverything is in {folder}")


def demo_window(here: Commands, window: str) -> int:
    """Open the window on the manager's laptop, or take pictures of it."""
    if window == "no":
        return 0
    profile = here.folder / "laptop"
    if window == "open" and os.environ.get("QT_QPA_PLATFORM") != "offscreen":
        say(f"\nThe window opens. Its passphrase is: {PASSPHRASE}")
        say("Close it to end the demonstration.")
        return run(here.laptop, "window", "--profile", profile)
    with step(f"Pictures of the window, in {here.folder / 'pictures'}"):
        program = ROOT / "packaging" / "pictures.py"
        words = [
            str(profile),
            str(here.folder / "pictures"),
            *(["--all"] if window == "all" else []),
        ]
        env = {**os.environ, "YIZHAN_PASSPHRASE": PASSPHRASE, "QT_QPA_PLATFORM": "offscreen"}
        return run(PYTHON, program, *words, env=env)


# -- choosing ----------------------------------------------------------------


def usage() -> str:
    lines = [f"  {name:12} {verb.__doc__}" for name, verb in VERBS.items()]
    return "\n".join(["python3 do.py VERB, where VERB is one of:", *lines])


def main(arguments: list[str]) -> int:
    if arguments[:2] == ["--inside", "demo"]:
        laptop = Path(arguments[3]) if arguments[3:] else BIN / "yizhan"
        return demo_inside(Path(arguments[2]), laptop, arguments[4] if arguments[4:] else "no")
    verb = VERBS.get(arguments[0]) if arguments else None
    if verb is None:
        say(usage())
        return 0 if arguments in ([], ["help"], ["--help"], ["-h"]) else 2
    return verb(arguments[1:])


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
