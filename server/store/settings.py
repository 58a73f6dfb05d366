"""What one server needs to know to run: its folder and what lies in it.

DIR/server.json   database URL, practice or not
DIR/signing.key   Ed25519 private key (0600): signs hello replies
DIR/sealing.key   X25519 private key (0600): opens what laptops sealed
DIR/server.db     the embedded store, unless another URL is given
"""

from __future__ import annotations

import base64
import json
import os
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from crm.domain.errors import NotFound, Refused

STORE, SQLITE = "server.db", "sqlite:///"


@dataclass(frozen=True, slots=True)
class Settings:
    """Where a server keeps its things."""

    folder: Path
    database_url: str
    practice: bool

    @property
    def signing_key(self) -> Ed25519PrivateKey:
        """The server's own key. Raises: Refused `server.settings` when it is damaged."""
        try:
            raw = base64.b64decode((self.folder / "signing.key").read_bytes(), validate=True)
            return Ed25519PrivateKey.from_private_bytes(raw)
        except (OSError, ValueError) as error:
            raise Refused("server.settings") from error

    @property
    def sealing_key(self) -> X25519PrivateKey:
        """The key that laptops seal to; made here for a folder that is older than it.

        Raises: Refused `server.settings` when it is damaged.
        """
        path = self.folder / "sealing.key"
        try:
            if not path.exists():
                _write_private(
                    path, base64.b64encode(X25519PrivateKey.generate().private_bytes_raw())
                )
            raw = base64.b64decode(path.read_bytes(), validate=True)
            return X25519PrivateKey.from_private_bytes(raw)
        except (OSError, ValueError) as error:
            raise Refused("server.settings") from error


def public_text(key: Ed25519PrivateKey | X25519PrivateKey) -> str:
    """Return the public half, base64."""
    raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return base64.b64encode(raw).decode()


def create(folder: Path, database_url: str | None, *, practice: bool) -> Settings:
    """Lay out a new server folder; never over what may be left of one.

    Raises: Refused `server.exists`.
    """
    if any((folder / name).exists() for name in ("server.json", "server.db", "signing.key")):
        raise Refused("server.exists")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)  # names and phones will lie in here
    url = database_url or f"{SQLITE}{folder.resolve() / STORE}"
    key = base64.b64encode(Ed25519PrivateKey.generate().private_bytes_raw())
    _write_private(folder / "signing.key", key)
    text = json.dumps({"database": url, "practice": practice}, indent=2)
    _write_private(folder / "server.json", text.encode())
    return Settings(folder, url, practice)


def _write_private(path: Path, content: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)


def read(folder: Path) -> Settings:
    """Read a server folder. Raises: NotFound `server.folder`, Refused `server.settings`."""
    try:
        held = json.loads((folder / "server.json").read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise NotFound("server.folder") from error
    except (ValueError, RecursionError) as error:
        raise Refused("server.settings") from error
    if not isinstance(held, dict) or not isinstance(held.get("database"), str):
        raise Refused("server.settings")
    return Settings(folder, _at_home(folder, held["database"]), bool(held.get("practice")))


def _at_home(folder: Path, url: str) -> str:
    """Return the URL, of an embedded store always that of this folder's own.

    A folder that was moved takes its store along, and what is done to a copy never happens to
    the server that it was copied from.
    """
    here = folder.resolve() / STORE
    there = Path(url.removeprefix(SQLITE))
    if url.startswith(SQLITE) and there.name == STORE and here.exists():
        return f"{SQLITE}{here}"
    return url
