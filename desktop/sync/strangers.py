"""Who answered, where it was not our server: what a person can do about it.

An answer without our nonce is believed in nothing but this: which words to show.
"""

from __future__ import annotations

from crm.domain.errors import ServerUnreachable
from desktop.sync.transport import Answer

_LOGIN_PAGE = {301, 302, 303, 307, 308, 511}  # 511: RFC 6585, made for such networks
_BLOCKED = {403, 451}
_GATEWAY = {502, 503, 504}
_PROXY_LOGIN = 407
_LOOKED_AT = 512  # bytes


def stranger(answer: Answer) -> ServerUnreachable:
    """Return what to say of an answer that is not our server's."""
    if answer.status == _PROXY_LOGIN:
        return ServerUnreachable("sync.proxy_login")
    if answer.status in _LOGIN_PAGE:
        return ServerUnreachable("sync.portal")
    if answer.status in _GATEWAY:
        return ServerUnreachable("sync.gateway", status=answer.status)
    if answer.status in _BLOCKED:
        return ServerUnreachable("sync.blocked", status=answer.status)
    if answer.status == 200 and _is_page(answer):
        return ServerUnreachable("sync.portal")
    return ServerUnreachable("sync.not_our_server")


def _is_page(answer: Answer) -> bool:
    """Tell whether it is a page for people: by what it says it is, or by what it looks like."""
    said = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if said in {"text/html", "application/xhtml+xml"}:
        return True
    beginning = answer.body[:_LOOKED_AT].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return beginning.startswith((b"<!doctype html", b"<html", b"<head", b"<script", b"<meta"))
