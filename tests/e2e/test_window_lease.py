"""The real window of a laptop that has not called for too long: one page, until it has synced."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime, timedelta

import pytest

from desktop.app.profiles import Profile, open_replica
from desktop.services.clock import Mark
from tests.helpers import day as days
from tests.helpers import window_day as steps
from tests.helpers.commands import Laptop
from tests.helpers.screen import missing_programs, screen

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        bool(missing_programs()) and os.environ.get("CI") != "true",
        reason=f"not installed: {', '.join(missing_programs())}",
    ),
]


def last_contact(laptop, days_ago):
    replica = open_replica(Profile(laptop.profile), laptop.passphrase)
    heard = datetime.now(UTC) - timedelta(days=days_ago)
    replica.marks.set(Mark(heard=heard, reached=heard, ahead=timedelta(0)).as_text())
    replica.close()


def test_an_ended_lease_shows_one_page_and_a_sync_opens_everything_again(tmp_path):
    server, headings, rows, _ = steps.branch_of(tmp_path, 20260322, 60)
    name = days._somebody(headings, rows)["姓名"]
    laptop = Laptop(tmp_path / "laptop")
    (tmp_path / "screen").mkdir()
    try:
        laptop.enrol(server, "lihua", days.FIRST_PASSWORD)
        laptop.run("sync")
        edited = laptop.run("customers", "find", name)["customers"][0]["id"]
        laptop.run("customers", "edit", edited, "occupation=茶农")
        last_contact(laptop, 40)
        server.stop()
        with (
            screen(tmp_path / "screen") as place,
            steps.opened(place, laptop.profile) as window,
        ):
            steps.type_passphrase(window)
            window.find("Locked until the branch", "label")
            window.find(re.compile("^Nothing is lost: 1 edit waits"))
            assert name not in window.tree(cells=True).outline()
            window.keys("F5")
            window.find(re.compile("^Nothing answers at"))
            window.keys("ctrl+l")
            window.find("Passphrase", "text", "focused")
            server.serve()
            steps.type_passphrase(window)
            window.find("Locked until the branch", "label")
            window.keys("F5")
            window.find("Customers", "table")
            steps.find_anywhere(window, name)
            window.gone("1 edit waiting", "push button")
    finally:
        server.stop()
