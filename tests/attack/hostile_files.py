"""Files that come from anywhere: does every reader end soon, in bounded memory, with a clear word?

Each reader is given a good file of its kind, damaged by chance; and, where the form has a checksum,
a file that was made to do harm and carries the right one. What may come back is what stands in the
file or a UserError; anything else, more than SECONDS or more than MOST_BYTES is a finding.
"""

from __future__ import annotations

import hashlib
import io
import json
import random
import secrets
import time
import zipfile
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import zstandard

from crm.domain.errors import UserError
from crm.domain.kinds import SCHEMA
from crm.interchange.files import read_table
from crm.interchange.headings import match_headings
from crm.interchange.reading import read_customers
from desktop.app import copies
from desktop.app.profiles import Profile
from desktop.services.greeting import read_greeting
from desktop.services.preferences import PreferenceFile
from desktop.storage.replica import FILE_NAME, Replica
from desktop.vault import vault_file
from desktop.vault.keys import LEAST_COST
from desktop.vault.vault import Vault
from server.store import dump, outside, schema, witness
from server.store import settings as server_settings
from server.store.database import Database
from tests.attack import memory
from tests.attack.registry import Run, attack, weakness
from tests.helpers.fakes import Laptop, a_key
from tests.helpers.keyrings import MemorySecrets
from tests.unit.interchange.workbooks import excel, package, wps

CUSTOMER = SCHEMA["customer"]
SECONDS = 10.0  # of processor time; a good file of this size takes some milliseconds
MOST_BYTES = 400 << 20
PASSPHRASE = "four grey horses"
HOSTILE_VALUES: tuple[Any, ...] = (
    *(None, True, -1, 0, 2**31, 2**63, 2**64, 10**400, -1.5, "", "\x00", "\ud800", "\u202e"),
    *("../../etc/passwd", "9" * 5000, "a" * 60_000, [], {}, [[]], {"": {}}),
)
HEADINGS = ("姓名", "手机", "证件号码", "村")
ROWS = (("甲一", "15400000001", "430424196003200010", "石湾社区"), ("=乙", "+1", "@", "-2"))

Read = Callable[[bytes], object]


@dataclass(frozen=True)
class Reader:
    """A kind of file: a good one, what reads it, and files made to harm under a right checksum."""

    good: bytes
    read: Read
    made: Callable[[random.Random], bytes] | None = None


@attack("hostile-files", quick_s=3.0, full_s=150.0)
def hostile_files(run: Run) -> None:
    """Every reader of files is given damaged, cut, spliced, huge and made-up ones, and bombs."""
    readers = _readers(run.folder)
    for name, reader in readers.items():
        _try(run, name, reader, reader.good)
    bombs = [(name, bomb) for name in readers for bomb in _bombs(name)]
    for at, make in run.some(bombs, 8):
        _try(run, f"{at}, a bomb", readers[at], make())
    run.started = time.monotonic()  # bombs take their time
    while run.going():
        name = run.dice.choice(sorted(readers))
        reader = readers[name]
        if reader.made is not None and run.dice.random() < 0.5:
            _try(run, f"{name}, made up", reader, reader.made(run.dice))
        else:
            _try(run, f"{name}, damaged", reader, damaged(run.dice, reader.good))


def _try(run: Run, name: str, reader: Reader, data: bytes) -> None:
    run.tried(name.partition(",")[0])
    memory.reset()
    started = time.process_time()
    try:
        reader.read(data)
    except UserError:
        pass
    except Exception as error:  # noqa: BLE001 - that is the finding
        kept = _kept(run, data)
        place = _place(error)
        run.found(f"{name} (seed {run.seed}, {kept}): {type(error).__name__} at {place}")
    spent, taken = time.process_time() - started, memory.grown()
    run.expect(spent < SECONDS, f"{name}: {spent:.1f} s of processor time")
    run.expect(taken < MOST_BYTES, f"{name}: {taken >> 20} MiB of memory")


def _kept(run: Run, data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:12] + f", {len(data)} bytes"


def _place(error: Exception) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "?" if trace is None else f"{trace.tb_frame.f_code.co_qualname}:{trace.tb_lineno}"


# --- the readers --------------------------------------------------------------------------------


def _readers(folder: Path) -> dict[str, Reader]:
    """Return every reader of files that there is, by name. One to come belongs here."""
    return {
        "xlsx": Reader(excel(HEADINGS, *ROWS), _table("a.xlsx")),
        "xlsx of another program": Reader(wps(HEADINGS, *ROWS), _table("b.xlsx")),
        "csv": Reader(_csv("utf-8-sig"), _table("a.csv")),
        "csv in GB18030": Reader(_csv("gb18030"), _table("a.csv")),
        "vault": _vault(folder / "vault"),
        "laptop's copy": _copy(folder / "copy"),
        "replica": _replica(folder / "replica"),
        "server's backup": _backup(folder / "backup"),
        "list of revoked": _own(folder / "revoked", outside.REVOKED, REVOKED, outside.revoked),
        "list of erased": _own(folder / "erased", outside.ERASURES, ERASED, outside.decided),
        "server's settings": _settings(folder / "settings"),
        "witness": _own(folder / "witness", witness.WITNESS, b'{"epoch": "e"}', witness.read),
        "greeting": _own(folder / "greeting", "greeting.json", b'{"name": "N"}', read_greeting),
        "preferences": _own(
            folder / "preferences",
            "preferences.json",
            b'{"theme": "dark", "text_size": 1.14, "next_cells": {"a": 3}}',
            lambda there: PreferenceFile(there, tell=lambda _: None),
        ),
    }


REVOKED = b'{"enrolment":"e","person":"p","token":"t","state":"lost","at":"now"}\n' * 3
ERASED = b'{"root":"r","roots":["r"],"act":"erased","at":"now","actor":"a","reason":"asked"}\n' * 3


def _csv(code: str) -> bytes:
    return "".join(",".join(row) + "\r\n" for row in (HEADINGS, *ROWS)).encode(code)


def _table(name: str) -> Read:
    def reading(data: bytes) -> object:
        table = read_table(data, name)
        return read_customers(table, match_headings(table.headings, CUSTOMER), CUSTOMER)

    return reading


def _own(folder: Path, name: str, good: bytes, read: Callable[[Path], object]) -> Reader:
    """Return the reader of a small JSON file in a folder of the program's own."""
    folder.mkdir(mode=0o700)

    def reading(data: bytes) -> object:
        (folder / name).write_bytes(data)
        return read(folder)

    return Reader(good, reading, lambda dice: _json(_upset(dice, json.loads(good.split(b"\n")[0]))))


def _settings(folder: Path) -> Reader:
    made = server_settings.create(folder, None, practice=True)
    good = (made.folder / "server.json").read_bytes()

    def reading(data: bytes) -> object:
        (folder / "server.json").write_bytes(data)
        return server_settings.read(folder)

    return Reader(good, reading, lambda dice: _json(_upset(dice, json.loads(good))))


def _vault(folder: Path) -> Reader:
    folder.mkdir(mode=0o700)
    vault, keyring = Vault(folder), MemorySecrets()
    vault.create(PASSPHRASE, practice=True, enrolment="e", keyring=keyring, cost=LEAST_COST)
    file = folder / vault_file.FILE_NAME
    good = file.read_bytes()

    def reading(data: bytes) -> object:
        file.write_bytes(data)
        return vault_file.read_vault(file)

    def made(dice: random.Random) -> bytes:
        document = _upset(dice, json.loads(good))
        if not isinstance(document, dict):
            return _json(document)
        rest = {name: value for name, value in document.items() if name != "checksum"}
        text = json.dumps(rest, sort_keys=True, separators=(",", ":")).encode("ascii")
        return _json({**rest, "checksum": hashlib.sha256(text).hexdigest()})

    return Reader(good, reading, made)


def _copy(folder: Path) -> Reader:
    """A laptop's copy; each is restored into an empty profile, with the passphrase to it."""
    for private in (folder, folder / "laptop"):
        private.mkdir(mode=0o700)
    laptop = Laptop(folder / "laptop")
    vault, keyring = Vault(folder / "laptop"), MemorySecrets()
    key = vault.create(PASSPHRASE, practice=True, enrolment="e", keyring=keyring, cost=LEAST_COST)
    with closing(Replica.create(folder / "own.db", key.raw, SCHEMA)) as own:
        own.enrolled(laptop.replica.identity())
        copies.write_copy(Profile(folder / "laptop"), own, key, folder / "good")
    laptop.replica.close()
    good = (folder / "good").read_bytes()

    def reading(data: bytes) -> object:
        (folder / "file").write_bytes(data)
        target = Profile(folder / secrets.token_hex(4))
        return copies.restore(target, PASSPHRASE, folder / "file", replace=False)

    return Reader(good, reading, lambda dice: _made_copy(dice, good))


def _made_copy(dice: random.Random, good: bytes) -> bytes:
    """Return a copy with the right sum and a header, a length or a replica made to harm."""
    start = len(copies.MAGIC) + copies.LENGTH_BYTES
    length = int.from_bytes(good[len(copies.MAGIC) : start], "big")
    header, body = good[start : start + length], good[start + length : -copies.SUM_BYTES]
    what = dice.randrange(4)
    if what == 0:
        header = _json(_upset(dice, json.loads(header)))
    elif what == 1:
        header = damaged(dice, header)
    elif what == 2:
        body = damaged(dice, body)
    else:
        length = dice.choice([0, 1, length - 1, length + 1, 2**32 - 1])
    told = length if what == 3 else len(header)
    whole = copies.MAGIC + told.to_bytes(copies.LENGTH_BYTES, "big") + header + body
    return whole + hashlib.blake2b(whole, digest_size=copies.SUM_BYTES).digest()


def _replica(folder: Path) -> Reader:
    """A replica whose pages were changed on the disk; opened, read and checked."""
    laptop = Laptop(folder)
    for name in ("甲一", "乙二", "丙三"):
        laptop.create("customer", name=name, note="n" * 2000)
    laptop.replica.wipe()
    laptop.replica.close()
    file = folder / FILE_NAME
    good = file.read_bytes()

    def reading(data: bytes) -> object:
        for beside in folder.glob(f"{FILE_NAME}-*"):
            beside.unlink()
        file.write_bytes(data)
        with closing(Replica.open(file, a_key(), SCHEMA)) as replica:
            return replica.identity(), replica.damaged_pages()

    return Reader(good, reading)


def _backup(folder: Path) -> Reader:
    folder.mkdir(mode=0o700)
    database = Database(f"sqlite:///{folder / 'store.db'}")
    schema.upgrade(database)
    header = dump.Header(
        backup="b", at="now", revision="r", epoch="e", practice=True, server_key="k"
    )
    with database.snapshot() as connection:
        dump.write(folder / "good", header, connection)
    good = (folder / "good").read_bytes()

    def reading(data: bytes) -> object:
        (folder / "file").write_bytes(data)
        with dump.reading(folder / "file") as found:
            return found.verified()

    return Reader(good, reading, lambda dice: _made_backup(dice, good))


def _made_backup(dice: random.Random, good: bytes) -> bytes:
    packed = good[len(dump.MAGIC) : -dump.SUM_BYTES]
    lines = zstandard.ZstdDecompressor().decompressobj().decompress(packed).splitlines()
    place = dice.randrange(len(lines))
    if dice.random() < 0.6:
        lines[place] = _json(_upset(dice, json.loads(lines[place])))
    elif dice.random() < 0.5:
        lines[place] = damaged(dice, lines[place])
    else:
        lines.insert(dice.randrange(len(lines) + 1), lines[place])
    return sealed_backup(b"".join(line + b"\n" for line in lines))


def sealed_backup(plain: bytes) -> bytes:
    """Return a server's backup of these lines, with the right sum."""
    whole = dump.MAGIC + zstandard.ZstdCompressor(level=3).compress(plain)
    return whole + hashlib.blake2b(whole, digest_size=dump.SUM_BYTES).digest()


# --- what is done to them -----------------------------------------------------------------------


def damaged(dice: random.Random, good: bytes) -> bytes:
    """Return the file with a few accidents: bits, bytes, holes, doubles, cuts, tails."""
    data = bytearray(good)
    for _ in range(dice.choice([1, 1, 2, 5, 30])):
        place = dice.randrange(len(data) + 1)
        length = dice.choice([1, 2, 4, 16, 512, len(data) // 3])
        match dice.randrange(6):
            case 0 if place < len(data):
                data[place] ^= 1 << dice.randrange(8)
            case 1:
                data[place : place + length] = dice.randbytes(length)
            case 2:
                del data[place : place + length]
            case 3:
                data[place:place] = data[place : place + length]
            case 4:
                data[place : place + 4] = dice.choice([b"\xff" * 4, b"\0" * 4, b"\xff\xff\xff\x7f"])
            case _:
                del data[place:]
    return bytes(data)


def _upset(dice: random.Random, value: Any) -> Any:
    """Return a JSON value with one of its parts replaced, removed, doubled or nested deep."""
    if isinstance(value, dict) and value and dice.random() < 0.8:
        name = dice.choice(sorted(value))
        if dice.random() < 0.15:
            return {key: inside for key, inside in value.items() if key != name}
        return {**value, name: _upset(dice, value[name])}
    if isinstance(value, list) and value and dice.random() < 0.6:
        place = dice.randrange(len(value))
        return [*value[:place], _upset(dice, value[place]), *value[place + 1 :]]
    return _deep(dice) if dice.random() < 0.1 else dice.choice(HOSTILE_VALUES)


def _deep(dice: random.Random) -> Any:
    made: Any = "deep"
    for _ in range(dice.choice([50, 400])):
        made = [made] if dice.random() < 0.5 else {"d": made}
    return made


def _json(value: Any) -> bytes:
    return json.dumps(value).encode("ascii")


def _bombs(name: str) -> Sequence[Callable[[], bytes]]:
    """Return makers of what is small on the disk and large or slow in memory."""
    for kind, bombs in BOMBS.items():
        if name.startswith(kind):
            return bombs
    return BOMBS[""]


BOMBS: dict[str, Sequence[Callable[[], bytes]]] = {
    "xlsx": (
        lambda: package("<row>" * 200_000),
        lambda: _zip({"xl/workbook.xml": bytes(300 << 20)}),
        lambda: _zip({f"xl/{number}": b"" for number in range(20_000)}),
    ),
    "csv": (lambda: b'"' + b"a" * (20 << 20), lambda: b"," * (20 << 20)),
    "server's backup": (
        lambda: sealed_backup(bytes(1 << 30)),  # one line of a gigabyte
        lambda: sealed_backup(b"[]\n" * (64 << 20)),
        lambda: sealed_backup(b"[" * (64 << 20)),
    ),
    "laptop's copy": (lambda: copies.MAGIC + b"\xff" * 4 + bytes(64 << 20),),
    "replica": (),
    "": (
        lambda: b"[" * 60_000,
        lambda: b'{"a":' * 60_000,
        lambda: b"9" * 60_000,
        lambda: orjson.dumps({"name": "n" * (30 << 20)}),
    ),
}


def _zip(parts: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return made.getvalue()


@weakness("hostile-files")
def a_library_s_errors_pass_through(patch) -> None:
    patch.setattr(vault_file, "_document", json.loads)
