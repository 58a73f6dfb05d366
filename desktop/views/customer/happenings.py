"""The timeline's items in words: titles for codes, days, icons, marks."""

from __future__ import annotations

from collections.abc import Iterable

from desktop.services.portrait import MET
from desktop.services.timeline import TimelineItem
from desktop.views.customer.timeline import Happening
from desktop.views.customer.words import Voice, mark_words, reason_words, set_aside_words
from desktop.views.language.formats import day_text
from desktop.views.language.translating import translate

_CHANNEL_ICONS = {
    "phone": "phone",
    "sms": "chat-text",
    "wechat": "chat-circle-dots",
    "email": "at",
    "post": "envelope-simple",
    "visit": "map-pin-line",
}


def happenings(voice: Voice, items: Iterable[TimelineItem]) -> tuple[Happening, ...]:
    """Return items as they are shown, in the same order."""
    return tuple(_happening(voice, item) for item in items)


def _happening(voice: Voice, item: TimelineItem) -> Happening:
    icon, tone = _picture(item)
    mark = "waiting" if item.waiting else None
    return Happening(
        key=item.record,
        kind=item.kind,
        icon=icon,
        tone=tone,
        title=_title(voice, item),
        day=_day(voice, item),
        text=_text(voice, item),
        mark=mark if item.kind != "edit" else None,
        spoken=mark_words(mark),
    )


def _picture(item: TimelineItem) -> tuple[str, str]:
    if item.kind == "visit":
        held = item.title.partition(".")[2] in MET
        icon = _CHANNEL_ICONS.get(str(item.facts.get("channel")), "map-pin-line")
        return icon, "accent" if held else "neutral"
    if item.kind == "edit":
        refused = item.title.endswith("refused")
        return ("warning-octagon", "danger") if refused else ("arrow-circle-up", "info")
    if item.kind == "task":
        done = item.title == "task.done"
        return ("check-circle" if done else "check-square"), "neutral"
    if item.kind == "hand_over":
        return "handshake", "neutral"
    if item.title == "conflict.settled":
        return "diamond", "neutral"
    return ("diamond", "warn") if item.kind == "conflict" else ("user-plus", "neutral")


def _day(voice: Voice, item: TimelineItem) -> str:
    return day_text(item.day.isoformat(), voice.today, voice.language) if item.day else ""


def _title(voice: Voice, item: TimelineItem) -> str:
    code = item.title
    if item.kind == "visit":
        return _visit_title(voice, item)
    if item.kind == "task":
        return _task_title(voice, code)
    if item.kind == "hand_over":
        return voice.kind("hand_over")
    if code == "customer.since":
        return translate("Customer", "Customer since then")
    if code == "customer.added":
        return translate("Customer", "Added as a customer")
    return _change_title(voice, item)


def _visit_title(voice: Voice, item: TimelineItem) -> str:
    state = item.title.partition(".")[2]
    channel = item.facts.get("channel")
    how = voice.choice("visit", "channel", channel)
    if channel in (None, "visit"):
        how = translate("Customer", "Visit at home") if channel else voice.kind("visit")
    if state in MET:
        return how
    words = translate("Customer", "{visit}: {state}")
    return words.format(visit=how, state=voice.choice("visit", "state", state))


def _task_title(voice: Voice, code: str) -> str:
    if code == "task.open":
        return translate("Customer", "To do")
    return voice.choice("task", "state", code.partition(".")[2])


def _change_title(voice: Voice, item: TimelineItem) -> str:
    kind = str(item.facts.get("kind") or "")
    named = item.facts.get("fields") or ()
    fields = [str(name) for name in named] if isinstance(named, tuple) else []
    what = voice.joined([voice.field(kind, name) for name in fields]) or voice.kind(kind)
    verb = item.title.partition(".")[0]
    if verb == "conflict":
        field = item.facts.get("field")
        what = voice.field(kind, str(field)) if field else voice.kind(kind)
        if item.title == "conflict.settled":
            return translate("Customer", "{what} settled").format(what=what)
        return translate("Customer", "{what} to settle").format(what=what)
    if verb == "edit":
        return translate("Customer", "{what} changed").format(what=what)
    if verb == "removal":
        return translate("Customer", "{what} removed").format(what=voice.kind(kind))
    return translate("Customer", "{what} added").format(what=voice.kind(kind))


def _text(voice: Voice, item: TimelineItem) -> str:
    if item.kind == "edit" and item.waiting:
        return mark_words("waiting")
    if item.kind == "edit":
        reason = item.facts.get("reason")
        return reason_words(voice, str(reason) if reason else None) or mark_words("refused")
    if item.title == "conflict.settled":
        return set_aside_words(
            voice,
            str(item.facts.get("kind")),
            str(item.facts.get("field")),
            item.facts.get("set_aside"),
            item.facts.get("by"),
        )
    if item.kind == "hand_over":
        return voice.joined([part for part in (_hands(item), item.text) if part])
    return item.text or ""


def _hands(item: TimelineItem) -> str:
    """Return from whom to whom; "" where the names are not kept."""
    giver, taker = item.facts.get("giver"), item.facts.get("taker")
    if not giver or not taker:
        return ""
    return translate("Customer", "from {giver} to {taker}").format(giver=giver, taker=taker)
