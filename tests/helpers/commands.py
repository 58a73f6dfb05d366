"""The two installed commands, run as a person or a script would: processes, stdin, JSON."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sysconfig
from dataclasses import dataclass, field
from pathlib import Path

SCRIPTS = Path(sysconfig.get_path("scripts"))
ENDING = ".exe" if os.name == "nt" else ""
TIMEOUT_S = 120
READY = re.compile(r"(http://127\.0\.0\.1:\d+)")


@dataclass
class Outcome:
    """What one command answered."""

    code: int
    answer: dict
    errors: str


def script(name):
    return str(SCRIPTS / f"{name}{ENDING}")


def start(name, words, secrets=(), env=None):
    """Start a command with `secrets` on standard input, one a line."""
    process = subprocess.Popen(
        [script(name), *map(str, words)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONWARNINGS": "error", **(env or {})},
    )
    process.stdin.write("".join(f"{secret}\n" for secret in secrets))
    process.stdin.close()
    process.stdin = None
    return process


def finish(process, timeout=TIMEOUT_S):
    out, err = process.communicate(timeout=timeout)
    try:
        answer = json.loads(out) if out.strip() else {}
    except json.JSONDecodeError:
        answer = {"text": out}
    return Outcome(process.returncode, answer, err)


@dataclass
class Server:
    """A server folder, and the process that serves it."""

    data: Path
    port: int = 0
    process: subprocess.Popen | None = None
    url: str = ""
    codes: list = field(default_factory=list)

    def run(self, *words, secrets=(), code=0):
        """Run yizhan-server; assert the exit code; return its JSON."""
        outcome = finish(start("yizhan-server", [*words, "--data", self.data, "--json"], secrets))
        assert outcome.code == code, (words, outcome)
        return outcome.answer

    def serve(self):
        """Start serving; return once the readiness line is there. The port stays the same."""
        words = ["serve", "--data", self.data, "--port", self.port]
        self.process = start("yizhan-server", words)
        line = self.process.stdout.readline()
        found = READY.search(line)
        assert found, (line, self.process.stderr.read() if self.process.poll() else "")
        self.url = found[1]
        self.port = int(self.url.rpartition(":")[2])
        return self.url

    def stop(self, how=signal.SIGTERM):
        """End the process that we started."""
        if self.process is None:
            return
        self.process.send_signal(how)
        _, errors = self.process.communicate(timeout=30)
        self.codes.append(self.process.returncode)
        self.process = None
        assert "Traceback" not in errors, errors


@dataclass
class Laptop:
    """A profile and the passphrase to it."""

    profile: Path
    passphrase: str = "练习用的口令-42"

    def start(self, *words, secrets=None, env=None):
        given = [self.passphrase] if secrets is None else secrets
        return start("yizhan", [*words, "--profile", self.profile, "--json"], given, env)

    def try_(self, *words, secrets=None, env=None):
        return finish(self.start(*words, secrets=secrets, env=env))

    def run(self, *words, secrets=None, code=0):
        """Run yizhan; assert the exit code; return its JSON."""
        outcome = self.try_(*words, secrets=secrets)
        assert outcome.code == code, (words, outcome)
        return outcome.answer

    def enrol(self, server, login, password, new_password="eigenes-Wort-77"):
        return self.run(
            "enrol",
            "--practice",
            "--server",
            server.url,
            "--login",
            login,
            "--device",
            f"{login}-laptop",
            secrets=[password, new_password, self.passphrase],
        )
