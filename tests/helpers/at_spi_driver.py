"""What a program shows, as assistive technology reads it: AT-SPI over the message bus.

Nothing here waits or judges: it asks once and answers with what is there now. Questions go
out in batches, so that a whole window is read in some tens of milliseconds. Long tables are
never walked: only the cells in sight are read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from jeepney import DBusAddress, HeaderFields, MessageType, new_method_call
from jeepney.io.blocking import DBusConnection, open_dbus_connection

ATSPI = "org.a11y.atspi"
ROOT = "/org/a11y/atspi/accessible/root"
NULL = "/org/a11y/atspi/null"
ANSWER_S = 30  # a program whose window is busy for so long has hung
SCREEN = 0  # coordinates of the screen, in Qt's units: a pixel at 100 %
# Questions asked together: neither side's buffer may fill up, nor the window be kept busy.
AT_ONCE = 40
TABLES = {"table", "list", "tree", "tree table", "list box"}
CELLS = {"cell", "table cell", "list item", "tree item"}
CELL_STEP = 8  # no row is lower
# by the number of the bit, as in atspi-constants.h; the others say nothing to a test
STATES = {
    1: "active",
    3: "busy",
    4: "checked",
    5: "collapsed",
    7: "editable",
    8: "enabled",
    10: "expanded",
    11: "focusable",
    12: "focused",
    16: "modal",
    20: "pressed",
    23: "selected",
    25: "showing",
    30: "visible",
    33: "required",
    36: "invalid",
    41: "checkable",
    43: "read-only",
}

Place = tuple[str, str]  # bus name, object path
Box = tuple[int, int, int, int]  # left, top, width, height in Qt's units


@dataclass(frozen=True)
class Node:
    """One thing in the tree: a window, a button, a cell."""

    place: Place
    role: str
    name: str
    states: frozenset[str]
    children: list[Node] = field(default_factory=list, compare=False)

    def walk(self) -> Iterator[Node]:
        """Yield this and everything below, as it is read."""
        yield self
        for child in self.children:
            yield from child.walk()

    def outline(self, depth: int = 0) -> str:
        """Return the tree as indented lines, for a failure to show."""
        told = self.states - {"visible", "showing", "enabled", "focusable"}
        line = f"{'  ' * depth}{self.role} {self.name!r} {' '.join(sorted(told))}".rstrip()
        return "\n".join([line, *(child.outline(depth + 1) for child in self.children)])


class Reader:
    """Reads and acts on what programs on one bus show."""

    def __init__(self, bus: str) -> None:
        self._bus: DBusConnection = open_dbus_connection(bus, auth_timeout=10)

    def close(self) -> None:
        self._bus.close()

    # -- the tree ----------------------------------------------------------------

    def program(self, pid: int) -> Place | None:
        """Return where the program with process number `pid` shows itself, if it does yet."""
        registry = (f"{ATSPI}.Registry", ROOT)
        places = self._answer(_call(registry, "Accessible", "GetChildren")) or []
        bus = DBusAddress("/org/freedesktop/DBus", "org.freedesktop.DBus", "org.freedesktop.DBus")
        asked = [
            new_method_call(bus, "GetConnectionUnixProcessID", "s", (name,)) for name, _ in places
        ]
        owners = self._answers(asked)
        return next((place for place, own in zip(places, owners, strict=True) if own == pid), None)

    def tree(self, place: Place, *, cells: bool = False) -> Node:
        """Return what is visible at and below a place, the cells in sight if they are wanted."""
        (root,) = self._nodes([place])
        level = [root]
        while level:
            level = self._grow(level)
        for node in root.walk() if cells else ():
            if node.role in TABLES:
                node.children.extend(cell for row in self.cells(node) for cell in row)
        return root

    def _grow(self, nodes: list[Node]) -> list[Node]:
        """Give the nodes their children, tables excepted; return the children."""
        plain = [node for node in nodes if node.role not in TABLES]
        asked = [_call(node.place, "Accessible", "GetChildren") for node in plain]
        places = [[tuple(p) for p in answer or []] for answer in self._answers(asked)]
        flat = iter(self._nodes([place for some in places for place in some]))
        for node, some in zip(plain, places, strict=True):
            children = [next(flat) for _ in some]
            node.children.extend(child for child in children if "visible" in child.states)
        return [child for node in plain for child in node.children]

    def _nodes(self, places: Sequence[Place]) -> list[Node]:
        names = [_property(place, "Accessible", "Name") for place in places]
        roles = [_call(place, "Accessible", "GetRoleName") for place in places]
        states = [_call(place, "Accessible", "GetState") for place in places]
        answers = self._answers([*names, *roles, *states])
        count = len(places)
        columns = (answers[:count], answers[count : 2 * count], answers[2 * count :])
        return [
            Node(place, role or "", name or "", _states(bits or (0, 0)))
            for place, name, role, bits in zip(places, *columns, strict=True)
        ]

    # -- tables ------------------------------------------------------------------

    def row_count(self, table: Node) -> int:
        return int(self._answer(_property(table.place, "Table", "NRows")) or 0)

    def cells(self, table: Node) -> list[list[Node]]:
        """Return the rows in sight of a table or list, from above, each as its cells."""
        rows = self._rows_in_sight(table)
        columns = int(self._answer(_property(table.place, "Table", "NColumns")) or 1)
        asked = [
            _call(table.place, "Table", "GetAccessibleAt", "ii", row, column)
            for row in rows
            for column in range(columns)
        ]
        found = [tuple(place) if place else ("", NULL) for place in self._answers(asked)]
        nodes = [node if node.place[1] != NULL else None for node in self._nodes(found)]
        lines = [nodes[at : at + columns] for at in range(0, len(nodes), columns)]
        return [[cell for cell in line if cell and "visible" in cell.states] for line in lines]

    def _rows_in_sight(self, table: Node) -> list[int]:
        """Return the numbers of the rows that a finger touches, gliding down here and there."""
        left, top, width, height = self.box(table)
        across = (left + 12, left + min(80, width // 2), left + width // 2)
        points = [(x, y) for x in across for y in range(top + 1, top + height, CELL_STEP)]
        asked = [
            _call(table.place, "Component", "GetAccessibleAtPoint", "iiu", x, y, SCREEN)
            for x, y in points
        ]
        touched = dict.fromkeys(tuple(place) for place in self._answers(asked) if place)
        cells = [node for node in self._nodes(list(touched)) if node.role in CELLS]
        asked = [_property(cell.place, "TableCell", "Position") for cell in cells]
        return sorted({position[0] for position in self._answers(asked) if position})

    # -- one thing ---------------------------------------------------------------

    def box(self, node: Node) -> Box:
        """Return where it lies on the screen."""
        asked = _call(node.place, "Component", "GetExtents", "u", SCREEN)
        return tuple(self._answer(asked) or (0, 0, 0, 0))

    def fresh(self, node: Node) -> Node:
        """Return it as it is now, without its children."""
        return self._nodes([node.place])[0]

    def text(self, node: Node) -> str:
        """Return the text in a field, or the name of what holds no text."""
        text = self._answer(_call(node.place, "Text", "GetText", "ii", 0, -1))
        return node.name if text is None else str(text)

    def value(self, node: Node) -> float | None:
        """Return the number that a bar, a slider or a spin box shows."""
        value = self._answer(_property(node.place, "Value", "CurrentValue"))
        return None if value is None else float(value)

    def description(self, node: Node) -> str:
        return str(self._answer(_property(node.place, "Accessible", "Description")) or "")

    def set_text(self, node: Node, text: str) -> bool:
        return bool(self._answer(_call(node.place, "EditableText", "SetTextContents", "s", text)))

    def grab_focus(self, node: Node) -> bool:
        return bool(self._answer(_call(node.place, "Component", "GrabFocus")))

    def actions(self, node: Node) -> list[str]:
        """Return the names of what can be done with it, the usual one first."""
        return [
            action[0] for action in self._answer(_call(node.place, "Action", "GetActions")) or []
        ]

    def do(self, node: Node, action: int = 0) -> bool:
        return bool(self._answer(_call(node.place, "Action", "DoAction", "i", action)))

    # -- talking -----------------------------------------------------------------

    def _answer(self, message: Any) -> Any:
        return self._answers([message])[0]

    def _answers(self, messages: Sequence[Any]) -> list[Any]:
        """Return the first value of each reply; None where the thing has gone or cannot."""
        values: list[Any] = []
        for start in range(0, len(messages), AT_ONCE):
            values.extend(self._some_answers(messages[start : start + AT_ONCE]))
        return values

    def _some_answers(self, messages: Sequence[Any]) -> list[Any]:
        waiting: dict[int, int] = {}
        for at, message in enumerate(messages):
            serial = next(self._bus.outgoing_serial)
            self._bus.send(message, serial=serial)
            waiting[serial] = at
        values: list[Any] = [None] * len(messages)
        while waiting:
            reply = self._bus.receive(timeout=ANSWER_S)
            at = waiting.pop(reply.header.fields.get(HeaderFields.reply_serial, -1), None)
            if at is not None and reply.header.message_type is MessageType.method_return:
                values[at] = _value(reply)
        return values


def _call(place: Place, part: str, method: str, signature: str | None = None, *body: Any) -> Any:
    name, path = place
    return new_method_call(DBusAddress(path, name, f"{ATSPI}.{part}"), method, signature, body)


def _property(place: Place, part: str, name: str) -> Any:
    address = DBusAddress(place[1], place[0], "org.freedesktop.DBus.Properties")
    return new_method_call(address, "Get", "ss", (f"{ATSPI}.{part}", name))


def _value(reply: Any) -> Any:
    if not reply.body:
        return None
    is_variant = reply.header.fields[HeaderFields.signature] == "v"
    return reply.body[0][1] if is_variant else reply.body[0]


def _states(bits: Sequence[int]) -> frozenset[str]:
    number = bits[0] | bits[1] << 32
    return frozenset(name for bit, name in STATES.items() if number >> bit & 1)
