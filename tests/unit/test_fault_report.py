"""A report of an error tells where it happened, and nothing about anybody."""

from __future__ import annotations

import getpass
import platform
import stat
import sys
from datetime import UTC, datetime

import pytest

from crm.domain.errors import Refused
from desktop.services.fault_report import KEPT, write_report

NAME, PINYIN, PHONE, IDENTITY = "欧阳𠮷祥", "Ouyang Jixiang", "15400001111", "110101199003070019"
SECRETS = (NAME, PINYIN, PHONE, IDENTITY)
NOW = datetime(2026, 3, 18, 2, 30, tzinfo=UTC)


def deep(name, phone):
    held = {"identity": IDENTITY}
    try:
        return int(held["identity"] + name)
    except ValueError as error:
        raise KeyError(f"no {name} with {phone}") from error


@pytest.fixture
def error():
    """An error whose words, cause, notes and variables are full of a person."""
    try:
        deep(NAME, PHONE)
    except KeyError as caught:
        caught.add_note(f"{PINYIN} {PHONE}")
        return ExceptionGroup(f"{NAME}", [caught, OSError(28, NAME, f"/home/{PINYIN}/a.xlsx")])


@pytest.fixture
def profile(tmp_path):
    return tmp_path / "profile"


def test_a_report_holds_the_places_and_the_types(profile, error):
    text = write_report(profile, error, {"screen": "customers", "waiting": 12}, now=NOW).read_text()
    assert "builtins.ExceptionGroup" in text
    assert "builtins.OSError ENOSPC" in text
    assert "test_fault_report" in text
    assert " in deep" in text
    assert "builtins.ValueError" in text
    assert "screen: customers\nwaiting: 12\n" in text
    assert "time: 2026-03-18T02:30:00+00:00" in text
    assert f"Python: {platform.python_version()}" in text
    assert "yizhan: 0." in text


def test_nothing_of_a_person_gets_into_a_report(profile, error):
    context = {"customer": NAME, "found": [PHONE], "error": error, PHONE: 1, "typed": PINYIN}
    written = write_report(profile, error, context, now=NOW)
    content = written.read_bytes()
    assert content.isascii()
    for secret in (*SECRETS, "Ouyang", "1540000"):
        assert secret.encode() not in content
        assert secret not in str(written.relative_to(profile))
    assert platform.node().encode() not in content or len(platform.node()) < 4
    assert f"/home/{getpass.getuser()}".encode() not in content


@pytest.mark.skipif(sys.platform == "win32", reason="rights are inherited there")
def test_only_the_owner_can_read_a_report(profile, error):
    assert stat.S_IMODE(write_report(profile, error).stat().st_mode) == 0o600


def test_the_newest_reports_are_kept(profile):
    days = [NOW.replace(day=day) for day in range(1, KEPT + 4)]
    files = [write_report(profile, ValueError(), now=day) for day in days]
    assert sorted((profile / "reports").iterdir()) == files[3:]


def test_a_report_that_cannot_be_written_is_told(tmp_path, error):
    (tmp_path / "profile").mkdir(mode=0o700)
    (tmp_path / "profile" / "reports").write_text("a file where the folder should be")
    with pytest.raises(Refused, match=r"report\.unwritable"):
        write_report(tmp_path / "profile", error)
