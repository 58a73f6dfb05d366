"""The commands that the palette knows: their words, their keys, what else finds them."""

from __future__ import annotations

from dataclasses import dataclass

from desktop.services.palette import Command
from desktop.views.language.translating import translate
from desktop.views.shell.keys import KEYS

VISIT = "visit"


@dataclass(frozen=True, slots=True)
class Look:
    """How a command stands in the list."""

    icon: str
    keys: str = ""


LOOKS = {
    VISIT: Look("map-pin-line", KEYS["visit"]),
    "new": Look("user-plus", KEYS["new"]),
    "sync": Look("arrows-clockwise", KEYS["sync"]),
    "settle": Look("diamond"),
    "labels": Look("printer"),
    "import": Look("file-arrow-up"),
    "settings": Look("gear-six"),
    "theme": Look("moon"),
    "language": Look("translate"),
    "lock": Look("lock-simple", KEYS["lock"]),
    "help": Look("question", KEYS["help"]),
}

# Words of either language that find a command, besides those that it is called by.
_ALSO = {
    "new": "add customer 新增 添加 建档",
    "sync": "sync send receive 同步 发送 接收",
    "settle": "settle conflicts 核定 冲突",
    "labels": "labels print mailings envelope 标签 打印 套打 邮寄",
    "import": "import excel csv file 导入 表格",
    "settings": "settings preferences 设置 选项",
    "theme": "theme dark light 主题 深色 浅色 夜间",
    "language": "language english chinese 语言 中文 英文",
    "lock": "lock 锁定 离开",
    "help": "help keys shortcuts 帮助 快捷键",
}


def commands(*, dark: bool) -> tuple[Command, ...]:
    """Return the commands in the window's language; `dark` is how it looks now."""
    theme = (
        translate("Palette", "Switch to light") if dark else translate("Palette", "Switch to dark")
    )
    words = {
        "new": translate("Palette", "New customer"),
        "sync": translate("Palette", "Sync now"),
        "settle": translate("Palette", "Settle what is open"),
        "labels": translate("Palette", "Print address labels"),
        "import": translate("Palette", "Import a file"),
        "settings": translate("Palette", "Settings"),
        "theme": theme,
        "language": translate("Palette", "Switch to Chinese"),
        "lock": translate("Palette", "Lock"),
        "help": translate("Palette", "Help and keys"),
    }
    return tuple(Command(key=key, label=label, also=_ALSO[key]) for key, label in words.items())
