"""Looks for what may be wrong: versions, profile, keyring, fonts, replica, server, clock.

For the command and for the window. It asks for no secret: whoever calls hands in a way to the
opened replica. What it finds names no customer.
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from crm.domain.errors import UserError
from crm.domain.kind import PROTOCOL_VERSION, SCHEMA_VERSION
from crm.domain.messages import explain, line
from desktop.app import leases
from desktop.app.profiles import Profile
from desktop.services.lease import Lease, demand
from desktop.services.ports import ChainReport, Identity
from desktop.storage.engine import library_version
from desktop.storage.replica import Replica
from desktop.sync.ping import ping
from desktop.vault.system_keyring import SystemKeyring, keyring_report

PACKAGES = ("PySide6-Essentials", "SQLAlchemy", "sqlcipher3", "reportlab", "keyring", "requests")
CLOCK_TOLERANCE_S = 120

Opener = Callable[[], AbstractContextManager[Replica]]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    name: str
    good: bool
    facts: dict[str, Any]
    remedy: str = ""


@dataclass(slots=True)
class Report:
    findings: list[Finding] = field(default_factory=list)

    @property
    def healthy(self) -> bool:
        return all(f.good for f in self.findings)

    def data(self) -> dict[str, Any]:
        checks = {
            f.name: {"good": f.good, **f.facts, **({"remedy": f.remedy} if f.remedy else {})}
            for f in self.findings
        }
        return {"healthy": self.healthy, "checks": checks}

    def text(self) -> str:
        return "\n".join(_lines(f) for f in self.findings)


def _lines(finding: Finding) -> str:
    mark = line("cli.doctor.good" if finding.good else "cli.doctor.bad")
    facts = "  ".join(f"{name}={value}" for name, value in finding.facts.items())
    text = f"[{mark}] {finding.name}  {facts}"
    return f"{text}\n      {finding.remedy}" if finding.remedy else text


def examine(
    profile: Profile, opened: Opener, *, server: str | None = None, language: str | None = None
) -> Report:
    """Look at everything; an enrolled profile's replica is looked into as well.

    opened: gives the replica, or raises UserError; called for an enrolled profile only.
    server: asked instead of the replica's own. language: of the remedies, "en" or "zh".
    """
    report = Report()
    report.findings += [
        _versions(),
        _profile(profile, language),
        _keyring(profile, language),
        _fonts(),
    ]
    known: Identity | None = None
    if profile.enrolled:
        found, known = _replica(profile, opened, language)
        report.findings += found
    url = server or (known.server_url if known else None)
    if url:
        ca_file = Path(known.ca_file) if known and known.ca_file else None
        report.findings += _server(url, ca_file, language)
    return report


def _versions() -> Finding:
    found = {name: _version(name) for name in ("yizhan", *PACKAGES)}
    return Finding(
        "versions",
        "missing" not in found.values(),
        {
            "python": platform.python_version(),
            "system": f"{platform.system()} {platform.release()}",
            "protocol": PROTOCOL_VERSION,
            "schema": SCHEMA_VERSION,
            "sqlcipher": library_version(),
            **found,
        },
    )


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "missing"


def _profile(profile: Profile, language: str | None) -> Finding:
    facts = {
        "folder": str(profile.folder),
        "enrolled": profile.enrolled,
        "replica_mb": _megabytes(profile),
        "python": sys.executable,
    }
    remedy = "" if profile.enrolled else explain(UserError("profile.none"), language)[1]
    return Finding("profile", profile.enrolled, facts, remedy)


def _megabytes(profile: Profile) -> float:
    files = profile.folder.glob("replica.db*")
    return round(sum(path.stat().st_size for path in files) / 2**20, 1)


def _keyring(profile: Profile, language: str | None) -> Finding:
    report = keyring_report(SystemKeyring())
    needed = not (profile.vault.exists and _is_practice(profile))
    facts = {"backend": report.backend, "secure": report.secure, "needed": needed}
    remedy = "" if report.secure else report.texts(language)[1]
    return Finding("keyring", report.secure or not needed, facts, remedy if needed else "")


def _is_practice(profile: Profile) -> bool:
    try:
        return profile.vault.header().practice
    except UserError:
        return False


def _fonts() -> Finding:
    from crm.paper.fonts import installed_fonts, to_install

    found = installed_fonts()
    usable = [font.name for font in found if not font.problem]
    return Finding("fonts", bool(usable), {"usable": len(usable)}, "" if usable else to_install())


def _replica(
    profile: Profile, opened: Opener, language: str | None
) -> tuple[list[Finding], Identity | None]:
    try:
        with opened() as replica:
            copy = profile.vault.recovery() is not None  # which an opening makes
            damaged = replica.damaged_pages()
            identity = replica.identity()
            with replica.reader() as reader:
                waiting = len([o for o in reader.outbox() if o.state in ("queued", "sent")])
                receipts = reader.verify_receipts()
            lease = _lease(leases.look(replica), language)
    except UserError as error:
        what, remedy = explain(error, language)
        return [Finding("replica", False, {"code": error.code, "what": what}, remedy)], None
    facts = {
        "damaged_pages": damaged,
        "edits_waiting": waiting,
        "role": identity.role,
        "recovery_copy": copy,
    }
    remedy = line("cli.doctor.damaged", language) if damaged else ""
    found = Finding("replica", damaged == 0, facts, remedy)
    return [found, _receipts(receipts, language), lease], identity


def _lease(stands: Lease, language: str | None) -> Finding:
    facts = {"days_left": stands.days_left, "clock_behind": stands.behind}
    try:
        demand(stands)
    except UserError as error:
        return Finding("lease", False, facts, explain(error, language)[1])
    return Finding("lease", True, facts)


def _receipts(report: ChainReport, language: str | None) -> Finding:
    faults = "  ".join(f"{fault.place}:{fault.what}" for fault in report.faults)
    facts = {"chained": report.length, "faults": faults or 0}
    remedy = line("cli.doctor.receipts", language) if report.faults else ""
    return Finding("receipts", not report.faults, facts, remedy)


def _server(url: str, ca_file: Path | None, language: str | None) -> list[Finding]:
    try:
        answer = ping(url, ca_file=ca_file)
    except UserError as error:
        what, remedy = explain(error, language)
        return [Finding("server", False, {"code": error.code, "what": what}, remedy)]
    off_s = round((datetime.now(UTC) - answer.time.astimezone(UTC)).total_seconds(), 1)
    good = abs(off_s) <= CLOCK_TOLERANCE_S
    remedy = "" if good else line("cli.doctor.clock", language)
    return [
        Finding("server", True, {"practice": answer.practice, "schema": answer.schema}),
        Finding("clock", good, {"ahead_of_server_s": off_s}, remedy),
    ]
