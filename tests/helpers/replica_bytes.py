"""Every byte that a replica's files hold, decrypted page by page without the database library.

SQLCipher 4: a page has 4096 bytes; the last 80 are the IV (16) of AES-256-CBC and a tag (64),
HMAC-SHA512 over the rest, the IV and the page's number. The first 16 bytes of page 1 are the
salt. Free pages, gaps between rows, frames of the log that no longer count: all come out.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

PAGE, RESERVE, IV, SALT = 4096, 80, 16, 16
WAL_HEADER, FRAME_HEADER = 32, 24


@dataclass(frozen=True)
class Image:
    """One page as it was in clear, and where it lies."""

    place: str
    number: int
    content: bytes


def images(path, key):
    """Return every page of a replica at `path` and every frame of its log."""
    main = path.read_bytes()
    salt = main[:SALT]
    tag_key = _tag_key(key, salt)
    assert len(main) % PAGE == 0
    found = [
        _opened("file", place // PAGE + 1, main[place : place + PAGE], key, tag_key)
        for place in range(0, len(main), PAGE)
    ]
    log = path.with_name(path.name + "-wal")
    raw = log.read_bytes() if log.exists() else b""
    for place in range(WAL_HEADER, len(raw) - PAGE - FRAME_HEADER + 1, PAGE + FRAME_HEADER):
        number = int.from_bytes(raw[place : place + 4], "big")
        body = raw[place + FRAME_HEADER : place + FRAME_HEADER + PAGE]
        found.append(_opened("log", number, body, key, tag_key))
    return found


def _tag_key(key, salt):
    mask = bytes(byte ^ 0x3A for byte in salt)
    return hashlib.pbkdf2_hmac("sha512", key, mask, 2, 32)


def _opened(place, number, page, key, tag_key):
    start = SALT if number == 1 else 0
    body, iv, tag = page[start:-RESERVE], page[-RESERVE : IV - RESERVE], page[IV - RESERVE :]
    told = hmac.new(tag_key, body + iv + number.to_bytes(4, "little"), "sha512").digest()
    assert told == tag, f"{place} page {number} was not read rightly"
    opener = Cipher(AES(key), CBC(iv)).decryptor()
    return Image(place, number, opener.update(body) + opener.finalize())


def found_in(pieces, words):
    """Return {word: where} of the words that lie in any of `pieces` ({place: bytes}), written as
    UTF-8, UTF-16 of either order, or GB18030."""
    return {
        word: place
        for word in words
        for place, content in pieces.items()
        if any(
            word.encode(code) in content for code in ("utf-8", "utf-16-le", "utf-16-be", "gb18030")
        )
    }


def fragments(word, size=3):
    """Return every run of `size` characters, as the search index keeps them."""
    return {word[place : place + size] for place in range(len(word) - size + 1)} or {word}
