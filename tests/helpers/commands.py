"""The two installed commands, run as a person or a script would: processes, stdin, JSON."""

from __future__ import annotations

import atexit
import json
import os
import re
import signal
import subprocess
import sysconfig
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.helpers.loaded import Copy, Nursery

SCRIPTS = Path(sysconfig.get_path("scripts"))
ENDING = ".exe" if os.name == "nt" else ""
TIMEOUT_S = 120
READY = re.compile(r"(http://127\.0\.0\.1:\d+)")

Process = subprocess.Popen[str] | Copy
Word = str | int | Path


@dataclass
class Outcome:
    """What one command answered."""

    code: int
    answer: dict[str, Any]
    errors: str


def script(name: str) -> str:
    return str(SCRIPTS / f"{name}{ENDING}")


def start(
    name: str,
    words: Sequence[Word],
    secrets: Sequence[str] = (),
    env: Mapping[str, str] | None = None,
) -> Process:
    """Start a command with `secrets` on standard input, one a line."""
    spoken = "".join(f"{secret}\n" for secret in secrets)
    around = {**os.environ, "PYTHONWARNINGS": "error", **(env or {})}
    if _may_be_copied(name, words, env or {}):
        return _nursery().start(name, [*map(str, words)], spoken, around)
    process = subprocess.Popen(
        [script(name), *map(str, words)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env=around,
    )
    assert process.stdin is not None
    process.stdin.write(spoken)
    process.stdin.close()
    process.stdin = None
    return process


def _may_be_copied(name: str, words: Sequence[Word], env: Mapping[str, str]) -> bool:
    """Tell whether a copy of a loaded process can stand for the installed script.

    Not the window, which brings Qt; not where the interpreter itself is told something.
    """
    is_window = name == "yizhan" and (not words or words[0] == "window")
    return Copies.wanted and not is_window and not any(key.startswith("PYTHON") for key in env)


class Copies:
    """Whether commands are copies of a loaded process: in tests, not where they are measured."""

    wanted = False


@cache
def _nursery() -> Nursery:
    made = Nursery()
    atexit.register(made.close)
    return made


def finish(process: Process, timeout_s: float = TIMEOUT_S) -> Outcome:
    out, err = process.communicate(timeout=timeout_s)
    try:
        answer = json.loads(out) if out.strip() else {}
    except json.JSONDecodeError:
        answer = {"text": out}
    assert process.returncode is not None
    return Outcome(process.returncode, answer, err)


@dataclass
class Server:
    """A server folder, and the process that serves it."""

    data: Path
    port: int = 0
    process: Process | None = None
    url: str = ""

    def run(self, *words: Word, secrets: Sequence[str] = (), code: int = 0) -> dict[str, Any]:
        """Run yizhan-server; assert the exit code; return its JSON."""
        outcome = self.try_(*words, secrets=secrets)
        assert outcome.code == code, (words, outcome)
        return outcome.answer

    def try_(self, *words: Word, secrets: Sequence[str] = ()) -> Outcome:
        return finish(start("yizhan-server", [*words, "--data", self.data, "--json"], secrets))

    def serve(self) -> str:
        """Start serving; return once the readiness line is there. The port stays the same."""
        process = start("yizhan-server", ["serve", "--data", self.data, "--port", self.port])
        assert process.stdout is not None
        line = process.stdout.readline()
        found = READY.search(line)
        assert found, (line, finish(process))
        self.process, self.url = process, found[1]
        self.port = int(self.url.rpartition(":")[2])
        return self.url

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End the process that we started."""
        if self.process is None:
            return
        process, self.process = self.process, None
        process.send_signal(how)
        _, errors = process.communicate(timeout=30)
        assert "Traceback" not in errors, errors


@dataclass
class Laptop:
    """A profile and the passphrase to it."""

    profile: Path
    passphrase: str = "练习用的口令-42"

    def start(
        self,
        *words: Word,
        secrets: Sequence[str] | None = None,
        env: Mapping[str, str] | None = None,
    ) -> Process:
        given = [self.passphrase] if secrets is None else secrets
        return start("yizhan", [*words, "--profile", self.profile, "--json"], given, env)

    def try_(
        self,
        *words: Word,
        secrets: Sequence[str] | None = None,
        env: Mapping[str, str] | None = None,
    ) -> Outcome:
        return finish(self.start(*words, secrets=secrets, env=env))

    def run(
        self, *words: Word, secrets: Sequence[str] | None = None, code: int = 0
    ) -> dict[str, Any]:
        """Run yizhan; assert the exit code; return its JSON."""
        outcome = self.try_(*words, secrets=secrets)
        assert outcome.code == code, (words, outcome)
        return outcome.answer

    def enrol(
        self, server: Server, login: str, password: str, new_password: str = "eigenes-Wort-77"
    ) -> dict[str, Any]:
        return self.run(
            *("enrol", "--practice", "--server", server.url, "--login", login),
            *("--device", f"{login}-laptop"),
            secrets=[password, self.passphrase, new_password],
        )
