"""The vault: one key, a passphrase and a keyring secret, neither enough alone."""

from __future__ import annotations

import hashlib
import json
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from crm.domain.errors import Damaged, Locked, NotFound, Refused
from crm.domain.messages import explain
from desktop.vault.attempts import mac
from desktop.vault.keys import LEAST_COST, Cost, ReplicaKey
from desktop.vault.vault import Vault
from desktop.vault.vault_file import read_vault, write_vault
from tests.helpers.keyrings import MemorySecrets, UntouchableSecrets

PASSPHRASE = "four relay horses"
ENROLMENT = "0192f0c0-7a3b-7c4d-8e5f-0123456789ab"


def made(folder: Path, keyring: MemorySecrets, passphrase: str = PASSPHRASE) -> ReplicaKey:
    return Vault(folder).create(
        passphrase, practice=False, enrolment=ENROLMENT, keyring=keyring, cost=LEAST_COST
    )


def practised(folder: Path, passphrase: str = PASSPHRASE) -> ReplicaKey:
    return Vault(folder).create(
        passphrase,
        practice=True,
        enrolment=ENROLMENT,
        keyring=UntouchableSecrets(),
        cost=LEAST_COST,
    )


def rewrite(folder: Path, **changes: object) -> None:
    """Change fields of the vault file as an attacker would: with a checksum that fits."""
    path = folder / "vault.json"
    document = json.loads(path.read_text()) | changes
    del document["checksum"]
    canonical = json.dumps(document, sort_keys=True, separators=(",", ":"))
    document["checksum"] = hashlib.sha256(canonical.encode()).hexdigest()
    path.write_text(json.dumps(document))


def believable(folder: Path, secret: str | None) -> dict[str, object]:
    """Return the tries with what vouches for them, as somebody with that secret would write."""
    raw = None if secret is None else bytes.fromhex(secret)
    tries = read_vault(folder / "vault.json").tries
    found: dict[str, object] = json.loads((folder / "vault.json").read_text())["attempts"]
    return found | {"mac": mac(tries.attempts, raw, ENROLMENT)}


def kdf(folder: Path, **changes: object) -> dict[str, object]:
    found: dict[str, object] = json.loads((folder / "vault.json").read_text())["kdf"]
    return found | changes


def test_the_key_that_was_made_comes_back_for_passphrase_and_keyring(tmp_path):
    keyring = MemorySecrets()
    key = made(tmp_path, keyring)

    assert Vault(tmp_path).open(PASSPHRASE, keyring) == key
    assert len(key.raw) == 32
    assert key.hex() == key.raw.hex()


def test_every_vault_has_a_key_a_salt_and_a_keyring_secret_of_its_own(tmp_path):
    first, second = MemorySecrets(), MemorySecrets()
    assert made(tmp_path / "a", first) != made(tmp_path / "b", second)
    assert Vault(tmp_path / "a").header().salt != Vault(tmp_path / "b").header().salt
    assert first.secrets[ENROLMENT] != second.secrets[ENROLMENT]


def test_a_key_shows_nothing_of_itself_in_its_repr():
    key = ReplicaKey.random()
    assert key.hex() not in f"{key!r} {key}"
    assert str(key.raw) not in f"{key!r} {key}"


def test_a_wrong_passphrase_is_called_wrong(tmp_path):
    keyring = MemorySecrets()
    made(tmp_path, keyring)
    for wrong in ("four relay horseS", PASSPHRASE + " ", " " + PASSPHRASE, "x", ""):
        with pytest.raises(Locked) as caught:
            Vault(tmp_path).open(wrong, keyring)
        assert caught.value.code == "vault.passphrase.wrong"
        assert caught.value.facts == {}


def test_a_wiped_keyring_is_told_from_a_wrong_passphrase(tmp_path):
    made(tmp_path, MemorySecrets())
    with pytest.raises(Locked) as caught:
        Vault(tmp_path).open(PASSPHRASE, MemorySecrets())
    assert caught.value.code == "vault.keyring.missing"


@pytest.mark.parametrize("entry", ["00" * 32, "00" * 31, "not hexadecimal", ""])
def test_another_keyring_secret_is_told_from_a_wrong_passphrase(tmp_path, entry):
    keyring = MemorySecrets()
    made(tmp_path, keyring)
    keyring.set(ENROLMENT, entry)
    with pytest.raises(Locked) as caught:
        Vault(tmp_path).open(PASSPHRASE, keyring)
    assert caught.value.code == "vault.keyring.changed"


def test_a_forged_keyring_check_opens_nothing(tmp_path):
    made(tmp_path, MemorySecrets())
    other = MemorySecrets()
    made(tmp_path / "other", other)
    forged = Vault(tmp_path / "other").header().keyring_check
    assert forged is not None
    tries = believable(tmp_path, other.secrets[ENROLMENT])
    rewrite(tmp_path, keyring_check=forged.hex(), attempts=tries)
    with pytest.raises(Locked) as caught:
        Vault(tmp_path).open(PASSPHRASE, other)
    assert caught.value.code == "vault.passphrase.wrong"


def test_the_keyring_check_does_not_depend_on_the_passphrase(tmp_path):
    """Else the file alone would let a thief try passphrases."""
    keyring = MemorySecrets()
    made(tmp_path / "a", keyring, "seven lanterns at dusk")
    made(tmp_path / "b", keyring, "nine ferries up river")
    checks = {Vault(tmp_path / name).header().keyring_check for name in "ab"}
    assert len(checks) == 1


def test_a_keyring_secret_left_by_a_broken_try_is_taken_up_and_not_overwritten(tmp_path):
    keyring = MemorySecrets()
    first = made(tmp_path / "a", keyring)
    made(tmp_path / "b", keyring)
    assert Vault(tmp_path / "a").open(PASSPHRASE, keyring) == first


def test_a_practice_vault_opens_by_the_passphrase_alone(tmp_path):
    key = practised(tmp_path)
    vault = Vault(tmp_path)
    assert vault.open(PASSPHRASE, UntouchableSecrets()) == key
    assert vault.header().practice


def test_a_work_vault_relabelled_as_practice_does_not_open(tmp_path):
    made(tmp_path, MemorySecrets())
    tries = believable(tmp_path, None)
    rewrite(tmp_path, practice=True, keyring_check=None, attempts=tries)
    with pytest.raises(Locked) as caught:
        Vault(tmp_path).open(PASSPHRASE, UntouchableSecrets())
    assert caught.value.code == "vault.passphrase.wrong"


def test_header_cost_and_salt_are_bound_to_the_key(tmp_path):
    practised(tmp_path)
    original = read_vault(tmp_path / "vault.json")
    changed = (
        replace(original.header, enrolment="somebody-else"),
        replace(original.header, cost=Cost(time=2, memory_kib=8 * 1024, lanes=1)),
        replace(original.header, salt=bytes(16)),
    )
    for header in changed:
        write_vault(tmp_path / "vault.json", replace(original, header=header))
        with pytest.raises(Locked) as caught:
            Vault(tmp_path).open(PASSPHRASE, UntouchableSecrets())
        assert caught.value.code == "vault.passphrase.wrong"


def test_the_enrolment_is_bound_even_where_the_derivation_does_not_use_it(tmp_path):
    practised(tmp_path)
    rewrite(tmp_path, enrolment="somebody-else")
    with pytest.raises(Locked, match="passphrase"):
        Vault(tmp_path).open(PASSPHRASE, UntouchableSecrets())


def test_a_vault_is_never_overwritten(tmp_path):
    key = practised(tmp_path)
    with pytest.raises(Refused) as caught:
        practised(tmp_path, "another passphrase")
    assert caught.value.code == "vault.exists"
    assert Vault(tmp_path).open(PASSPHRASE, UntouchableSecrets()) == key


def test_a_folder_without_a_vault_is_told_from_a_damaged_one(tmp_path):
    assert not Vault(tmp_path).exists
    with pytest.raises(NotFound) as caught:
        Vault(tmp_path).open(PASSPHRASE, MemorySecrets())
    assert caught.value.code == "vault.missing"


def test_every_flipped_byte_of_the_file_is_found_before_the_passphrase_is_blamed(tmp_path):
    practised(tmp_path)
    path = tmp_path / "vault.json"
    whole = path.read_bytes()
    version = whole.index(b'"version": 2') + len(b'"version": ')  # one more is a newer program's
    for place in (place for place in range(len(whole)) if place != version):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x01]) + whole[place + 1 :])
        with pytest.raises(Damaged) as caught:
            read_vault(path)
        assert caught.value.code == "vault.damaged", place


@pytest.mark.parametrize("length", [0, 1, 40, 300])
def test_a_truncated_file_is_damaged(tmp_path, length):
    practised(tmp_path)
    path = tmp_path / "vault.json"
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(Damaged) as caught:
        Vault(tmp_path).open(PASSPHRASE, UntouchableSecrets())
    assert caught.value.facts == {"part": "json"}


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (b"[" * 60_000, "json"),
        (b"[]", "json"),
        (b"\xff\xfe", "json"),
        (b'{"version": ' + b"9" * 5_000 + b"}", "json"),
        (b" " * 70_000, "size"),
        (b"{}", "version"),
        (b'{"version": true}', "version"),
        (b'{"version": 0}', "version"),
        (b'{"version": 1}', "checksum"),
    ],
)
def test_a_hostile_file_is_refused_before_anything_is_computed(tmp_path, content, part):
    (tmp_path / "vault.json").write_bytes(content)
    with pytest.raises(Damaged) as caught:
        Vault(tmp_path).header()
    assert caught.value.facts == {"part": part}


@pytest.mark.parametrize(
    "cost",
    [
        {"memory_kib": 100 * 1024 * 1024},
        {"memory_kib": 8},
        {"memory_kib": -1},
        {"memory_kib": 8192.0},
        {"time": 1_000_000},
        {"time": 0},
        {"time": True},
        {"lanes": 4096},
        {"lanes": None},
        {"name": "argon2i"},
        {"salt": "00"},
        {"salt": "nothing"},
        {"salt": 7},
    ],
)
def test_costs_out_of_bounds_are_refused_at_once(tmp_path, cost):
    practised(tmp_path)
    rewrite(tmp_path, kdf=kdf(tmp_path, **cost))
    with pytest.raises(Damaged) as caught:
        Vault(tmp_path).open(PASSPHRASE, UntouchableSecrets())
    assert caught.value.facts == {"part": "fields"}


@pytest.mark.parametrize(
    "fields",
    [
        {"practice": 1},
        {"practice": False},
        {"keyring_check": "00" * 32},
        {"enrolment": "../../etc"},
        {"enrolment": ""},
        {"enrolment": "王"},
        {"enrolment": ["a"]},
        {"kdf": None},
        {"kdf": {}},
        {"wrapped_key": ""},
        {"wrapped_key": None},
        {"surplus": 1},
    ],
)
def test_fields_that_do_not_fit_are_refused(tmp_path, fields):
    practised(tmp_path)
    rewrite(tmp_path, **fields)
    with pytest.raises(Damaged) as caught:
        Vault(tmp_path).header()
    assert caught.value.facts == {"part": "fields"}


def test_a_newer_vault_asks_for_a_newer_program(tmp_path):
    (tmp_path / "vault.json").write_text('{"version": 3, "anything": "else"}')
    with pytest.raises(Locked) as caught:
        Vault(tmp_path).header()
    assert caught.value.code == "vault.version.newer"
    assert caught.value.facts == {"known": 2}


@pytest.mark.parametrize(
    ("passphrase", "code"),
    [
        ("", "vault.passphrase.empty"),
        ("seven77", "vault.passphrase.short"),
        ("e\u0301" * 7, "vault.passphrase.short"),  # seven characters once composed
        ("eight88\udce9", "vault.passphrase.unreadable"),
    ],
)
def test_a_passphrase_below_the_least_rule_makes_no_vault(tmp_path, passphrase, code):
    with pytest.raises(Refused) as caught:
        made(tmp_path, MemorySecrets(), passphrase)
    assert caught.value.code == code
    assert not Vault(tmp_path).exists


def test_eight_characters_of_any_script_are_enough(tmp_path):
    key = practised(tmp_path, "驿站快马加鞭日行")
    assert Vault(tmp_path).open("驿站快马加鞭日行", UntouchableSecrets()) == key


def test_composed_and_decomposed_characters_are_the_same_passphrase(tmp_path):
    key = practised(tmp_path, "caf\u00e9 au lait")
    assert Vault(tmp_path).open("cafe\u0301 au lait", UntouchableSecrets()) == key


def test_white_space_counts(tmp_path):
    key = practised(tmp_path, "  spaced  ")
    assert Vault(tmp_path).open("  spaced  ", UntouchableSecrets()) == key
    with pytest.raises(Locked):
        Vault(tmp_path).open("spaced", UntouchableSecrets())


@pytest.mark.parametrize("enrolment", ["", "a b", "..", "n" * 65, "王", "a\n"])
def test_an_enrolment_that_cannot_name_an_account_touches_no_keyring(tmp_path, enrolment):
    with pytest.raises(ValueError, match="enrolment"):
        Vault(tmp_path).create(
            PASSPHRASE,
            practice=False,
            enrolment=enrolment,
            keyring=UntouchableSecrets(),
            cost=LEAST_COST,
        )


def test_neither_key_nor_secrets_stand_in_the_file(tmp_path):
    keyring = MemorySecrets()
    key = made(tmp_path, keyring)
    content = (tmp_path / "vault.json").read_text()
    for secret in (key.hex(), keyring.secrets[ENROLMENT], PASSPHRASE):
        assert secret not in content
    assert [entry.name for entry in tmp_path.iterdir()] == ["vault.json"]


@pytest.mark.skipif(sys.platform == "win32", reason="modes are POSIX's")
def test_file_and_folder_are_their_owners_alone(tmp_path):
    folder = tmp_path / "new" / "profile"
    practised(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "vault.json").stat().st_mode) == 0o600


@pytest.mark.skipif(sys.platform == "win32", reason="modes are POSIX's")
def test_an_empty_folder_is_closed_but_one_in_use_by_others_is_refused(tmp_path):
    empty, used = tmp_path / "empty", tmp_path / "used"
    for folder in (empty, used):
        folder.mkdir()
        folder.chmod(0o755)
    (used / "theirs.txt").write_text("not ours")

    practised(empty)
    with pytest.raises(Refused) as caught:
        practised(used)

    assert stat.S_IMODE(empty.stat().st_mode) == 0o700
    assert caught.value.code == "folder.shared"
    assert stat.S_IMODE(used.stat().st_mode) == 0o755
    assert not Vault(used).exists


def test_a_vault_that_cannot_be_written_says_why_and_leaves_nothing(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(Refused) as caught:
        practised(tmp_path / "file" / "profile")
    assert caught.value.code == "vault.unwritable"
    assert caught.value.facts == {"reason": "ENOTDIR"}


def test_a_vault_that_cannot_be_read_says_why(tmp_path):
    (tmp_path / "vault.json").mkdir()
    with pytest.raises(Locked) as caught:
        Vault(tmp_path).header()
    assert caught.value.code == "vault.unreadable"
    assert caught.value.facts == {"reason": "EISDIR"}


def test_the_default_cost_is_above_what_the_standard_advises(tmp_path):
    """RFC 9106 section 4, second recommended option: three passes over 64 MiB."""
    vault = Vault(tmp_path)
    keyring = UntouchableSecrets()
    key = vault.create(PASSPHRASE, practice=True, enrolment=ENROLMENT, keyring=keyring)
    cost = vault.header().cost
    assert cost.time >= 3
    assert cost.memory_kib >= 64 * 1024
    assert vault.open(PASSPHRASE, keyring) == key


SMALL_MEMORY = """
import resource, sys
from pathlib import Path
from crm.domain.errors import Locked
from desktop.vault.vault import Vault
used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 64 * 2**20, used + 64 * 2**20))
try:
    Vault(Path(sys.argv[1])).create("four relay horses", practice=True, enrolment="e", keyring=None)
except Locked as error:
    print(error.code, error.facts)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits are set as Linux does")
def test_a_machine_short_of_memory_says_so(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", SMALL_MEMORY, str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.strip() == "vault.memory.short {'memory_mib': 64}"
    assert not Vault(tmp_path).exists


def test_errors_say_nothing_of_the_passphrase(tmp_path):
    keyring = MemorySecrets()
    made(tmp_path, keyring)
    with pytest.raises(Locked) as caught:
        Vault(tmp_path).open("planted passphrase", keyring)
    for text in (str(caught.value), repr(caught.value.__cause__), *explain(caught.value, "en")):
        assert "planted" not in text
