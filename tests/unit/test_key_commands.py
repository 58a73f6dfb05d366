"""The verbs about keys, run in this process: what they ask, say and change."""

from __future__ import annotations

import io
import json

import pytest

from desktop.app.profiles import unlocked
from desktop.app.rekeying import WANTED
from desktop.cli import main
from desktop.vault import vault as vault_module
from tests.helpers.clocks import FakeBoot
from tests.helpers.practice_profile import PASSPHRASE, PracticeLaptop, held

NEW = "seven lanterns at dusk"


@pytest.fixture
def laptop(tmp_path):
    return PracticeLaptop(tmp_path / "laptop", customers=1)


@pytest.fixture
def run(laptop, monkeypatch, capsys):
    """Run a verb with secrets on standard input; return (exit code, JSON, standard error)."""

    def run_it(*words, secrets):
        monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{secret}\n" for secret in secrets)))
        code = main([*words, "--profile", str(laptop.profile.folder), "--json"])
        said = capsys.readouterr()
        return code, json.loads(said.out), said.err

    return run_it


def test_passphrase_changes_it_and_the_old_one_opens_no_more(laptop, run):
    assert run("passphrase", secrets=[PASSPHRASE, NEW])[:2] == (0, {"changed": True})
    code, answer, _ = run("tasks", secrets=[PASSPHRASE])
    assert (code, answer["error"]["code"]) == (6, "vault.passphrase.wrong")
    assert unlocked(laptop.profile, NEW).key == laptop.key


def test_passphrase_refuses_a_short_one_says_why_and_changes_nothing(laptop, run):
    code, answer, said = run("passphrase", secrets=[PASSPHRASE, "123456"])
    assert (code, answer["error"]["code"]) == (3, "vault.passphrase.short")
    assert said  # the advice
    assert unlocked(laptop.profile, PASSPHRASE).key == laptop.key


def test_rekey_gives_a_new_key_under_the_same_passphrase(laptop, run):
    assert run("rekey", secrets=[PASSPHRASE])[:2] == (0, {"rekeyed": True})
    assert unlocked(laptop.profile, PASSPHRASE).key != laptop.key
    assert held(laptop.profile) == laptop.names


@pytest.mark.parametrize("verb", ["passphrase", "rekey"])
def test_a_profile_that_is_not_there_is_told_before_a_secret_is_asked_for(tmp_path, capsys, verb):
    assert main([verb, "--profile", str(tmp_path / "none"), "--json"]) == 4
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "profile.none"


def test_wrong_tries_are_waited_for_in_seconds_and_told_once_afterwards(run, monkeypatch):
    clock = FakeBoot()
    monkeypatch.setattr(vault_module, "MachineClock", lambda: clock)
    for _ in range(5):
        assert run("tasks", secrets=["a wrong one"])[0] == 6
    code, answer, _ = run("tasks", secrets=[PASSPHRASE])
    assert (code, answer["error"]["code"]) == (6, "vault.wait")
    assert "30" in answer["error"]["remedy"]
    clock.pass_s(30)
    code, _, said = run("tasks", secrets=[PASSPHRASE])
    assert code == 0
    assert "5" in said
    assert run("tasks", secrets=[PASSPHRASE])[2] == ""


def test_a_work_passphrase_that_is_easy_to_guess_is_refused_with_advice(
    tmp_path, monkeypatch, capsys
):
    """Before the server is asked for anything; a practice profile needs its length alone."""
    from desktop.app import profiles

    monkeypatch.setattr(profiles.SystemKeyring, "secure_backend", lambda _: "of a test")
    monkeypatch.setattr("sys.stdin", io.StringIO("a password\nlihua1990\n"))
    code = main(
        [
            "enrol",
            "--server",
            "http://127.0.0.1:9",
            "--login",
            "lihua",
            "--profile",
            str(tmp_path),
            "--json",
        ]
    )
    said = capsys.readouterr()
    assert (code, json.loads(said.out)["error"]["code"]) == (3, "vault.passphrase.weak")
    assert said.err.count("\n") >= 2
    assert "lihua" not in said.err


def test_a_wished_new_key_is_made_by_the_next_unlocking(laptop):
    from desktop.app.rekeying import rekey_if_wanted, want

    want(laptop.profile.folder, wanted=True)
    assert rekey_if_wanted(laptop.profile, PASSPHRASE, lambda _: None).done
    assert unlocked(laptop.profile, PASSPHRASE).key != laptop.key
    assert not (laptop.profile.folder / WANTED).exists()
    assert not rekey_if_wanted(laptop.profile, PASSPHRASE, lambda _: None).done
