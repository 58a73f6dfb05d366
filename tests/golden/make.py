"""Makes the golden databases of the program whose sources are on the path.

    python -m tests.golden.make FOLDER

Run once when a part is finished, in its own commit's tree; what it leaves is never made again. A
replica and a server in the midst of life: records of most kinds, an open conflict, a twin, an
edit that was refused, one that went to a colleague's inbox, edits that never left, a draft
where there are drafts. All persons are made up; the key of the replica is the tests' own.
"""

from __future__ import annotations

import json
import sqlite3
import sys
import tempfile
from pathlib import Path

import orjson

from desktop.services.ports import OutboxLine
from desktop.storage.replica import FILE_NAME
from tests.helpers.fakes import Laptop
from tests.helpers.live_server import LiveServer

ODD = "欧阳𠮷祥"


def main(folder: Path) -> None:
    folder.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        with LiveServer(work / "server") as server:
            lihua, wangmin = server.person("lihua"), server.person("wangmin")
            mine = Laptop(work / "mine", server, lihua)
            other = Laptop(work / "other", server, lihua)
            told = live(server, mine, other, wangmin)
            _close(mine)
            other.replica.close()
        (folder / "replica.db").write_bytes((work / "mine" / FILE_NAME).read_bytes())
        database = sqlite3.connect(work / "server" / "server.db")
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        database.execute("PRAGMA journal_mode = DELETE")
        database.execute("VACUUM")
        database.close()
        (folder / "server.db").write_bytes((work / "server" / "server.db").read_bytes())
    text = json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True)
    (folder / "expected.json").write_text(text + "\n", encoding="utf-8")


def live(server: LiveServer, mine: Laptop, other: Laptop, colleague: str) -> dict[str, object]:
    """Let two laptops of one manager live a while; return what `mine` holds at the end."""
    ours = [
        mine.create("customer", name=f"练习{n}", village="王家村", likes=["广场舞", "茶"])
        for n in range(8)
    ]
    odd = mine.create("customer", name=ODD, phone="+8619900000000", note="只下午在家")
    visit = mine.create("visit", odd, state="planned", on="2026-03-20", needs=["存款"])
    mine.create("task", odd, title="带存单样张", state="open", due_on="2026-03-19", visit=visit)
    mine.create("tag", odd, label="茶友")
    mine.create("contact_point", odd, type="wechat", value="nobody-here")
    house = mine.create("household", odd, name="欧阳家")
    mine.create("household_member", house, relation="spouse", name="无名氏")
    mine.create("customer", name=ODD, phone="+8619900000000")  # a twin
    mine.sync()
    other.sync()
    other.edit(ours[0], village="李家村", note="别人的话")
    other.sync()
    mine.edit(ours[0], village="张家村")  # a conflict
    mine.edit(ours[1], postcode="230001")
    # no form lets this pass: it stands for a rule that only a newer server knows
    mine.write("UPDATE op SET fields = replace(fields, '230001', '12') WHERE state = 'queued'")
    server.move(ours[2], colleague)
    mine.edit(ours[2], note="给同事的话")  # goes to her inbox
    mine.sync()
    mine.edit(odd, note="只上午在家", needs=["理财"])
    never_left = mine.create("customer", name="没寄出")
    mine.create("visit", never_left, state="planned", on="2026-04-01")
    mine.delete(ours[3])
    _draft(mine, ours[4])
    return {"held": _held(mine), "outbox": [_line(line) for line in mine.outbox()]}


def _draft(laptop: Laptop, customer: str) -> None:
    with laptop.replica.unit_of_work() as uow:
        if hasattr(uow, "save_draft"):  # part 1 has none
            uow.save_draft("customer", customer, {"note": "半句"})
            uow.commit()


def _held(laptop: Laptop) -> dict[str, object]:
    found: object = orjson.loads(orjson.dumps(laptop.held()))
    assert isinstance(found, dict)
    return found


def _line(line: OutboxLine) -> list[object]:
    return [line.id, line.verb, line.record, line.state, line.outcome]


def _close(laptop: Laptop) -> None:
    laptop.replica.close()
    beside = [f for f in laptop.folder.iterdir() if f.name.startswith(f"{FILE_NAME}-")]
    assert not beside, f"the replica was not closed into one file: {beside}"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
