"""A request for a forgotten passphrase on the disk: what claims the key is wrapped, and the file,
as anything in the folder, is hostile."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from crm.domain.errors import Locked, NotFound
from desktop.services.reach import read_reach
from desktop.vault import request_file
from desktop.vault.keys import LEAST_COST
from desktop.vault.request_file import Claim, Request
from tests.helpers.keyrings import MemorySecrets

NEW = "换过的新口令-77"
REQUEST = Request(request="request-1", code="042117", at="2026", account="enrolment-1.recovery")
CLAIM = Claim(secret="5e" * 32, reply_key="7e" * 32, incarnation="i", baton="b")


@pytest.fixture
def keyring(monkeypatch):
    monkeypatch.setattr(request_file, "tuned_cost", lambda: LEAST_COST)
    return MemorySecrets()


@pytest.fixture
def folder(tmp_path, keyring):
    request_file.keep_request(tmp_path, REQUEST, CLAIM, NEW, keyring)
    return tmp_path


def test_passphrase_and_keyring_give_back_what_was_kept(folder, keyring):
    assert request_file.open_claim(folder, NEW, keyring) == (REQUEST, CLAIM)
    content = (folder / request_file.FILE_NAME).read_text()
    assert CLAIM.secret not in content
    assert CLAIM.reply_key not in content


def test_neither_passphrase_nor_keyring_alone_opens_it(folder, keyring):
    with pytest.raises(Locked, match=r"vault\.passphrase\.wrong"):
        request_file.open_claim(folder, "something else", keyring)
    with pytest.raises(Locked, match=r"recovery\.secret_gone"):
        request_file.open_claim(folder, NEW, MemorySecrets())


@pytest.mark.parametrize("name", ["request", "code", "at", "account"])
def test_what_is_shown_is_bound_to_what_is_wrapped(folder, keyring, name):
    path = folder / request_file.FILE_NAME
    held = json.loads(path.read_bytes())
    other = {"code": "999999", "account": "enrolment-2.recovery"}.get(name, "other")
    keyring.set("enrolment-2.recovery", keyring.get(REQUEST.account))
    path.write_text(json.dumps(held | {name: other}))
    with pytest.raises(Locked, match=r"vault\.passphrase\.wrong"):
        request_file.open_claim(folder, NEW, keyring)


def test_killed_between_keyring_and_file_the_claim_before_still_opens(folder, keyring):
    path = folder / request_file.FILE_NAME
    before = path.read_bytes()
    granted = replace(CLAIM, answer="aa", signature="s")
    request_file.keep_request(folder, replace(REQUEST, state="granted"), granted, NEW, keyring)
    path.write_bytes(before)  # the keyring was told, and the file was not written any more
    assert request_file.open_claim(folder, NEW, keyring) == (REQUEST, CLAIM)


def test_a_request_that_is_over_leaves_nothing_in_file_and_keyring(folder, keyring):
    request_file.forget_request(folder, keyring)
    assert request_file.read_request(folder) is None
    assert keyring.secrets == {}
    request_file.forget_request(folder, keyring)


def test_a_key_that_is_owed_is_kept_in_mind_without_a_secret(folder, keyring):
    request_file.owe(folder)
    held = json.loads((folder / request_file.FILE_NAME).read_bytes())
    assert (held["state"], "claim" in held, "kdf" in held) == ("owed", False, False)
    with pytest.raises(NotFound):
        request_file.open_claim(folder, NEW, keyring)


HOSTILE = {
    "empty": b"",
    "list": b"[]",
    "no-utf8": b"\xff\xfe",
    "nested": b"[" * 60_000,
    "huge": b'{"request": "' + b"x" * 200_000 + b'"}',
    "number": b'{"request": 1, "code": 2, "at": 3, "account": 4, "state": 5}',
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_file_that_makes_no_sense_is_no_request_and_no_address(tmp_path, keyring, content):
    (tmp_path / request_file.FILE_NAME).write_bytes(content)
    (tmp_path / "reach.json").write_bytes(content)
    assert request_file.read_request(tmp_path) is None
    assert read_reach(tmp_path) is None
    with pytest.raises(NotFound, match=r"recovery\.nothing_asked"):
        request_file.open_claim(tmp_path, NEW, keyring)


@pytest.mark.parametrize(
    "spoilt",
    [
        {"kdf": {"time": 10**9, "memory_kib": 10**9, "lanes": 1, "salt": "00"}},
        {"kdf": []},
        {"kdf": {"time": "1"}},
        {"claim": "zz"},
        {"claim": ""},
        {"claim": 5},
        {"code": "123456" * 1000},
        {"state": "anything"},
        {"account": "../../etc"},
    ],
    ids=lambda one: next(iter(one)) + str(len(str(one))),
)
def test_no_field_of_it_takes_the_machines_memory_or_its_senses(folder, keyring, spoilt):
    path = folder / request_file.FILE_NAME
    path.write_text(json.dumps(json.loads(path.read_bytes()) | spoilt))
    with pytest.raises((NotFound, Locked)):
        request_file.open_claim(folder, NEW, keyring)
