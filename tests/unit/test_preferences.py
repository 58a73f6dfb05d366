"""Settings survive, never stop a start, and leave alone what a newer version wrote."""

from __future__ import annotations

import json
import stat
import sys

import pytest

from desktop.services.preferences import PreferenceFile, Preferences


@pytest.fixture
def profile(tmp_path):
    folder = tmp_path / "profile"
    folder.mkdir(mode=0o700)
    return folder


def write(profile, content):
    (profile / "preferences.json").write_bytes(content)


def test_without_a_file_there_are_defaults_and_nothing_is_made(tmp_path):
    assert PreferenceFile(tmp_path / "none").current == Preferences()
    assert not (tmp_path / "none").exists()


def test_what_is_changed_is_there_next_time(tmp_path):
    profile = tmp_path / "new"
    chosen = PreferenceFile(profile).change(
        language="en",
        text_size=1.29,
        columns=["name", "tier"],
        next_cells={"a4-24": 7},
        auto_sync=False,
    )
    assert PreferenceFile(profile).current == chosen
    assert chosen.columns == ("name", "tier")
    assert chosen.next_cells == {"a4-24": 7}


@pytest.mark.skipif(sys.platform == "win32", reason="rights are inherited there")
def test_only_the_owner_can_read_the_file(profile):
    PreferenceFile(profile).change(theme="dark")
    assert stat.S_IMODE((profile / "preferences.json").stat().st_mode) == 0o600


def test_keys_of_a_newer_version_are_kept(profile):
    write(profile, b'{"holograms": {"on": true}, "theme": "dark"}')
    PreferenceFile(profile).change(theme="light")
    held = json.loads((profile / "preferences.json").read_bytes())
    assert held == {"holograms": {"on": True}, "theme": "light"}


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe", b"[1]", b"{", b'{"theme": NaN', b"[" * 100_000], ids=range(6)
)
def test_a_damaged_file_gives_defaults_and_says_so(profile, content):
    told = []
    write(profile, content)
    assert PreferenceFile(profile, tell=told.append).current == Preferences()
    assert [problem.code for problem in told] == ["preferences.damaged"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"theme": "neon"},
        {"text_size": 7},
        {"text_size": True},
        {"auto_sync": 1},
        {"lock_after_min": 600},
        {"columns": "name"},
        {"columns": [1]},
        {"next_cells": {"a4-24": -1}},
        {"language": ["zh"]},
        {"geometry": None},
    ],
    ids=str,
)
def test_one_value_without_sense_costs_that_value_alone(profile, wrong):
    told = []
    write(profile, json.dumps({"sort": "village", **wrong}).encode())
    assert PreferenceFile(profile, tell=told.append).current == Preferences(sort="village")
    assert [problem.code for problem in told] == ["preferences.damaged"]


def test_a_setting_without_sense_is_refused_to_the_program(profile):
    with pytest.raises(ValueError, match="theme"):
        PreferenceFile(profile).change(theme="neon")


def test_a_folder_that_takes_no_file_is_told_and_the_change_holds(tmp_path):
    told = []
    (tmp_path / "profile").write_text("a file where the folder should be")
    preferences = PreferenceFile(tmp_path / "profile", tell=told.append)
    told.clear()  # reading it is told already
    assert preferences.change(theme="dark").theme == "dark"
    assert [problem.code for problem in told] == ["preferences.unwritable"]


def test_writing_can_wait_for_a_pool(profile):
    waiting = []
    preferences = PreferenceFile(profile, run=waiting.append)
    preferences.change(theme="dark")
    assert not (profile / "preferences.json").exists()
    preferences.change(theme="light")
    for work in waiting:
        work()
    assert PreferenceFile(profile).current.theme == "light"


def test_a_change_to_the_same_writes_nothing(profile):
    PreferenceFile(profile).change(theme="auto")
    assert list(profile.iterdir()) == []
