"""Words of either language that find a command of the palette, besides its name."""

from __future__ import annotations

ALSO_CALLED = {
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
