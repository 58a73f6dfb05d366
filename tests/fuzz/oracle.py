"""What must hold: the invariants I1 to I8 of the protocol, and where each value came from.

Everything is recomputed here from the tables and from what the fuzzer itself saw being saved;
nothing is asked of the code under test but its own `verify`.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict

import orjson

from crm.domain.seats import CARRIED
from crm.records.canonical import canonical
from tests.fuzz.violations import Violation

MARK = re.compile(r"text \d+ \d+")  # what the dice write, and each only once
FINAL = {"applied", "nothing", "conflict", "diverted", "quarantined", "refused"}
UNSETTLED = ("queued", "sent", "settled")
NOTES = {"conflict", "inbox_item", "duplicate_link"}
REWRITTEN = {"duplicate_link"}  # a hand-over takes the other's name out, by no operation
# What the server itself writes as seats come and go.
COUNTED = {"invitation": {"state"}, "activity": {"taken", "waiting"}}
OF_SETTLING = {"settled_by", "settled_at"}  # two settlers meet over the state alone
BRINGING = ("create", "append", "restore")


def fail(what, text):
    raise Violation(what, text)


class Facts:
    """The server's tables, arranged for asking."""

    def __init__(self, server):
        self.records = {row["id"]: row for row in server["record"]}
        self.live = {i: r for i, r in self.records.items() if not r["dead"]}
        self.receipts = {row["operation"]: row for row in server["receipt"]}
        self.log = server["stream_log"]
        self.streams = {row["id"]: row for row in server["stream"]}
        self.fates = {row["record"]: row for row in server["fate"]}
        self.epoch = server["server_state"][0]["epoch"]
        self.faults = server["faults"]
        self.seats = server["seats"]
        self.revisions = defaultdict(list)  # record: revisions by version
        self.by_op = defaultdict(list)  # operation: revisions
        for row in sorted(server["revision"], key=lambda r: (r["record"], r["version"])):
            self.revisions[row["record"]].append(row)
            self.by_op[row["operation"]].append(row)
        self.grants = defaultdict(set)  # person: streams that may be read now
        self.once = defaultdict(set)  # person: streams ever granted
        for row in server["stream_grant"]:
            self.once[row["person"]].add(row["stream"])
            if row["until"] is None:
                self.grants[row["person"]].add(row["stream"])


# -- the server alone: I2, I3, I8, and the chain of revisions ------------------------------


def check_server(facts, journal):
    """What must hold at the server at any moment."""
    if facts.faults:
        fail("I8", f"verify finds {facts.faults}")
    if facts.seats:
        fail("I6", facts.seats)
    _one_put_each(facts)
    _one_effect_each(facts)
    for record in facts.revisions:
        _chain(facts, record)
    _outcomes_stay(facts, journal)
    _effects_fit_outcomes(facts, journal)
    _deletes_saw(facts, journal)
    _inbox_is_told_to_the_right_one(facts)


def _one_put_each(facts):
    puts = defaultdict(list)
    for entry in facts.log:
        if not entry["gone"]:
            puts[entry["record"]].append(entry)
    for record, found in puts.items():
        held = facts.live.get(record)
        if held is None:
            fail("I3", f"{record} is dead or unknown and has a put in {found[0]['stream']}")
        places = [(entry["stream"], entry["version"]) for entry in found]
        if places != [(held["stream"], held["version"])]:
            fail("I3", f"{record} lies in {held['stream']} v{held['version']}, puts: {places}")
    for record in facts.live.keys() - puts.keys():
        fail("I3", f"{record} is live and has no put")
    for record in facts.live.values():
        root = facts.records.get(record["root"])
        # a live child lies where its root lies (`stream-of-root`)
        if root is not None and root["stream"] != record["stream"]:
            where = f"{record['stream']}, its root in {root['stream']}"
            fail("I3", f"{record['kind']} {record['id']} lies in {where}")


def _one_effect_each(facts):
    for operation, revisions in facts.by_op.items():
        for record, count in Counter(r["record"] for r in revisions).items():
            if count > 1 and facts.records[record]["kind"] not in REWRITTEN:
                fail("I2", f"operation {operation} changed {record} {count} times")


def _chain(facts, record):
    """Each revision builds on the values that the one before it left."""
    held = facts.records.get(record)
    if held is None:
        fail("grave", f"{record} has revisions and no row")
    values, version = {}, 0
    for revision in facts.revisions[record]:
        version += 1
        if revision["version"] != version:
            fail("chain", f"{record} has no revision {version}")
        for name, (base, new) in revision["changes"].items():
            if values.get(name) != base and held["kind"] not in REWRITTEN:
                found = f"base {base!r}, but it was {values.get(name)!r}"
                fail("chain", f"{revision['operation']} overwrote {record}.{name}: {found}")
            values[name] = new
    if version != held["version"]:
        fail("chain", f"{record} has version {held['version']}, revisions up to {version}")
    values = {name: value for name, value in values.items() if value is not None}
    if values != held["fields"] and held["kind"] not in REWRITTEN:
        fail("chain", f"{record} holds {held['fields']}, its revisions make {values}")


def _outcomes_stay(facts, journal):
    """A final outcome is told once and for ever (until the server is restored)."""
    for op_id, receipt in facts.receipts.items():
        told = journal.told.get(op_id)
        now = (receipt["outcome"], receipt["version"])
        if told is not None and told != now and told[0] in FINAL:
            fail("I2", f"operation {op_id} ended {told}, and later {now}")
        journal.told[op_id] = now


def _effects_fit_outcomes(facts, journal):
    for op_id, saved in journal.ops.items():
        receipt = facts.receipts.get(op_id)
        own = [r for r in facts.by_op.get(op_id, ()) if r["record"] == saved.op["record"]]
        if receipt is None:
            if facts.by_op.get(op_id):
                fail("I2", f"operation {op_id} has an effect and no receipt")
            continue
        outcome = receipt["outcome"]
        if outcome == "applied" and not own:
            fail("I2", f"{saved.op['verb']} {op_id} is applied and has no effect")
        if outcome in ("nothing", "refused", "later", "quarantined") and facts.by_op.get(op_id):
            fail("I2", f"{saved.op['verb']} {op_id} is {outcome} and has an effect")
        if outcome == "applied" and saved.op["verb"] in ("edit", "create", "append"):
            _wrote(facts, saved, own)
        if outcome == "conflict":
            _loser_is_kept(facts, saved, own)


def _fields(saved):
    fields = saved.op["fields"]
    return orjson.loads(fields) if isinstance(fields, str) else fields


def _wrote(facts, saved, own):
    """What was applied is what was saved, field by field."""
    changes = own[0]["changes"]
    for name, (base, new) in _fields(saved).items():
        if name in changes and saved.op["verb"] == "edit" and changes[name][0] != base:
            text = f"over {changes[name][0]!r}, its author saw {base!r}"
            fail("value", f"{saved.id} wrote {name} {text}")
        if name in changes and changes[name][1] != new:
            fail("value", f"{saved.id} wrote {changes[name][1]!r} to {name}, saved was {new!r}")
        if name not in changes and new is not None and base != new:
            seen = {r["changes"][name][1] for r in _upto(facts, own[0]) if name in r["changes"]}
            if _plainly(new) not in {_plainly(v) for v in seen}:
                fail("value", f"{saved.id} is applied, but its {name} was never there")


def _upto(facts, revision):
    found = facts.revisions[revision["record"]]
    return [r for r in found if r["version"] <= revision["version"]]


def _plainly(value):
    return canonical(value)


def _loser_is_kept(facts, saved, own):
    """Of a conflict both values are there: what lost is in a conflict record (guarantee 6)."""
    notes = [
        revision
        for revision in facts.by_op.get(saved.id, ())
        if facts.records[revision["record"]]["kind"] == "conflict"
    ]
    if not notes:
        fail("G6", f"{saved.op['verb']} {saved.id} is in conflict, and no conflict record says so")
    if saved.op["verb"] != "edit":
        return
    applied = set(own[0]["changes"]) if own else set()
    kept = {(note["changes"].get("mine") or [0, None])[1] for note in notes}
    for name, (_, new) in _fields(saved).items():
        if name in applied | OF_SETTLING or canonical(new).decode() in kept:
            continue
        history = facts.revisions.get(saved.op["record"], ())
        values = [r["changes"][name][1] for r in history if name in r["changes"]]
        amended = any(note["version"] > 1 for note in notes)
        if new not in values and not amended and new is not None:
            fail("G6", f"{saved.id}: its {name} lost and is kept nowhere")


def _deletes_saw(facts, journal):
    """What a delete buried is what its author saw (`delete-sees`)."""
    for op_id, saved in journal.ops.items():
        if saved.op["verb"] != "delete" or saved.seen is None:
            continue
        receipt = facts.receipts.get(op_id)
        if receipt is None or receipt["outcome"] != "applied":
            continue  # what it made then is a note that says so
        for revision in facts.by_op.get(op_id, ()):
            record = revision["record"]
            if record not in saved.seen:
                fail("delete-sees", f"delete {op_id} buried {record}, which nobody saw")
            buried = {n: old for n, (old, _) in revision["changes"].items() if old is not None}
            if buried != _given(saved.seen[record]):
                fail("delete-sees", f"delete {op_id} buried {record} with other values than seen")


def _given(fields):
    return {name: value for name, value in fields.items() if value is not None}


def _inbox_is_told_to_the_right_one(facts):
    """An item lies where the customer lies that it speaks of (`by-root`, `divert`)."""
    for item in facts.live.values():
        if item["kind"] != "inbox_item":
            continue
        about = facts.records.get(item["fields"]["record"])
        while about is not None and about["merged_into"]:
            about = facts.records.get(about["merged_into"])
        if about is not None and about["stream"] != item["stream"]:
            places = f"{item['stream']}, what it speaks of in {about['stream']}"
            fail("divert", f"an inbox item lies in {places}")


# -- laptops at any moment: I4, view = layer + unsettled -----------------------------------


def check_laptop(station, held, facts):
    """What must hold on a laptop at any moment."""
    number = station.number
    if not station.excused:  # else it has not spoken to this server since one was restored
        _entries_are_held(number, held, facts)
    _view_is_layer_and_edits(number, held)
    _outcomes_are_the_servers(number, held, facts)


def _entries_are_held(number, held, facts):
    if held["identity"]["epoch"] != facts.epoch:
        return
    cursors = held["cursors"]
    for entry in facts.log:
        state = cursors.get(entry["stream"])
        if state is None or state["baselining"] or state["scan"] is not None:
            continue
        if entry["number"] > state["number"]:
            continue
        own = held["server"].get(entry["record"])
        version = own["version"] if own else 0
        if not entry["gone"] and version < entry["version"]:
            text = f"v{version} of {entry['record']}, entry {entry['number']} brought"
            fail("I4", f"laptop {number} has {text} v{entry['version']} in {entry['stream']}")
        if entry["gone"] and own and version < entry["version"]:
            fail("I4", f"laptop {number} holds {entry['record']}, which left {entry['stream']}")


def laid_over(server, ops):
    """Return (parent, root, fields) of the view of a record, or None where it shows nothing."""
    fields = dict(server["fields"]) if server else None
    for op in ops:
        pairs = orjson.loads(op["fields"])
        if op["verb"] in BRINGING:
            fields = {**(fields or {}), **{n: new for n, (_, new) in pairs.items()}}
        elif op["verb"] in ("edit", "seat") and fields is not None:
            fields.update({n: new for n, (_, new) in pairs.items() if n not in CARRIED})
        elif op["verb"] == "delete":
            fields = None
    return None if fields is None else {n: v for n, v in fields.items() if v is not None}


def _view_is_layer_and_edits(number, held):
    """view = server layer + unsettled operations, record by record (`rebase`)."""
    unsettled = defaultdict(list)
    for op in held["outbox"]:
        if op["state"] in UNSETTLED and not (op["covered"] or op["sealed"]):
            unsettled[op["record"]].append(op)
    for record in held["server"].keys() | held["view"].keys() | unsettled.keys():
        wanted = laid_over(held["server"].get(record), unsettled.get(record, ()))
        shown = held["view"].get(record)
        found = None if shown is None else _given(shown["fields"])
        if found != wanted:
            what = f"shows {found} of {record}, should be {wanted}"
            fail("rebase", f"laptop {number} {what}; {len(unsettled.get(record, ()))} unsettled")


def _outcomes_are_the_servers(number, held, facts):
    """What a laptop was told of an operation is what the server says of it."""
    if held["identity"]["epoch"] != facts.epoch:
        return
    for op in held["outbox"]:
        receipt = facts.receipts.get(op["id"])
        if receipt is None or op["state"] not in ("settled", "echoed"):
            continue
        if receipt["outcome"] != op["outcome"]:
            text = f"{op['outcome']} of {op['id']}, the server {receipt['outcome']}"
            fail("I2", f"laptop {number} was told {text}")


# -- at rest: I1, I5 ------------------------------------------------------------------------


def check_rest(world, seen):
    """What must hold when every laptop has synced over a good line and nothing is new."""
    facts = Facts(seen.server)
    check_server(facts, world.journal)
    for number, held in seen.laptops.items():
        check_laptop(world.stations[number], held, facts)
        if world.stations[number].state == "active":
            _layer_is_the_grants(world, number, held, facts)
    _every_operation_ended(world, seen, facts)
    _only_who_left_is_diverted(world, facts)
    if not world.journal.blind:
        _values_were_saved(world, facts)
    _nothing_is_left_of_the_departed(world, seen, facts)
    if faults := world.faults_of_server():
        fail("fault", f"the server failed: {faults[0]}")


def _layer_is_the_grants(world, number, held, facts):
    person = held["identity"]["user"]
    granted = facts.grants[person]
    if held["cursors"].keys() != granted:
        difference = sorted(held["cursors"].keys() ^ granted)
        fail("I5", f"laptop {number} has cursors of other streams than granted: {difference}")
    wanted = {i: r for i, r in facts.live.items() if r["stream"] in granted}
    for record in wanted.keys() | held["server"].keys():
        here, there = held["server"].get(record), wanted.get(record)
        if here is None or there is None:
            side = "lacks" if here is None else "still has"
            fail("I5", f"laptop {number} {side} {record}")
        for name in ("kind", "parent", "root", "stream", "version", "fields"):
            mine = _given(here[name]) if name == "fields" else here[name]
            if mine != there[name]:
                text = f"{name} of {record}: {here[name]!r}, the server {there[name]!r}"
                fail("I5", f"laptop {number} differs in {text}")


def _every_operation_ended(world, seen, facts):
    """I1: one final outcome, or on a laptop, or counted lost."""
    on_laptops = {op["id"]: op for held in seen.laptops.values() for op in held["outbox"]}
    waiting = {op["record"] for op in on_laptops.values() if op["outcome"] == "later"}
    groups = {op["group_id"] for op in on_laptops.values() if op["outcome"] == "later"}
    for op_id, saved in world.journal.ops.items():
        if saved.withdrawn or saved.lost:
            continue
        receipt = facts.receipts.get(op_id)
        if receipt is not None and receipt["outcome"] in FINAL:
            continue
        here = on_laptops.get(op_id)
        what = f"{saved.op['verb']} {op_id} of laptop {saved.laptop}, saved in {saved.action}"
        if here is None:
            if not (saved.dismissed or (saved.frail and world.journal.restores)):
                fail("I1", f"{what} is nowhere")
            continue
        if here["state"] in ("aside", "let_go"):
            continue
        revoked = world.stations[saved.laptop].state != "active"
        if here["outcome"] == "later" and here["verb"] == "seat":
            continue  # its activity may be unknown, after a restore
        if here["outcome"] == "later":
            _waits_rightly(what, here, facts)
        elif here["record"] not in waiting and here["group_id"] not in groups and not revoked:
            fail("I1", f"{what} is still {here['state']} after every sync")


def _waits_rightly(what, op, facts):
    """`later` is for records of which nobody knows anything, not for those that have died."""
    known = [i for i in (op["record"], op["parent"]) if i and i in facts.revisions]
    needed = op["parent"] if op["verb"] in ("create", "append") and op["parent"] else op["record"]
    if needed in known and op["reason"] == "record.unknown":
        fail("I1", f"{what} waits for {needed}, which the server knows")
    if needed in facts.fates and op["reason"] == "record.unknown":
        fail("I1", f"{what} waits for {needed}, whose fate is known")


def _only_who_left_is_diverted(world, facts):
    """Nothing is diverted or quarantined of a customer who never left its author's streams."""
    if world.journal.restores:
        return  # a restored server has forgotten moves and grants
    for op_id, saved in world.journal.ops.items():
        receipt = facts.receipts.get(op_id)
        if receipt is None or receipt["outcome"] not in ("diverted", "quarantined"):
            continue
        if op_id in world.journal.wild or op_id in world.journal.orphans:
            continue
        person = world.stations[saved.laptop].person
        record = facts.records.get(saved.op["record"]) or facts.records.get(saved.op["root"])
        if record is None:
            continue
        roots = _with_survivors(facts, {record["root"], record["id"], saved.op["root"]})
        lived = {entry["stream"] for entry in facts.log if entry["record"] in roots}
        ended = {stream for who, stream in world.journal.ended if who == person}
        revoked = world.stations[saved.laptop].state != "active"
        if lived and lived <= world.first_grants(person) - ended and not revoked:
            text = f"{saved.op['verb']} {op_id} is {receipt['outcome']}"
            fail("by-root", f"{text}, though its customer never left its author's streams")


def _nothing_is_left_of_the_departed(world, seen, facts):
    """I7: what was written of customers who lie elsewhere now can be read nowhere."""
    places = defaultdict(set)  # text that was written once: the streams where it stands now
    for record in facts.live.values():
        for text in _marks(orjson.dumps(record["fields"]).decode()):
            places[text].add(record["stream"])
    written = defaultdict(set)  # root: texts written of its family
    for saved in world.journal.ops.values():
        record = facts.records.get(saved.op["record"])
        root = record["root"] if record else saved.op["root"]
        written[root] |= set(_marks(orjson.dumps(_fields(saved)).decode()))
    for number, held in seen.laptops.items():
        station = world.stations[number]
        if station.state != "active":
            continue
        granted = facts.grants[held["identity"]["user"]]
        gone = {i for i in written if i in facts.live and facts.live[i]["stream"] not in granted}
        texts = {t for i in gone for t in written[i] if not places[t] & granted}
        for table, content in world.child(station).call("texts").items():
            if found := texts & set(_marks(content)):
                fail("I7", f"laptop {number} still has {sorted(found)} in {table}")


def _marks(text):
    return MARK.findall(text)


def _with_survivors(facts, roots):
    """Return these roots and those that they were merged into."""
    found = set(roots)
    while (
        more := {
            held["merged_into"]
            for i in found
            if (held := facts.records.get(i)) and held["merged_into"]
        }
        - found
    ):
        found |= more
    return found


def _values_were_saved(world, facts):
    """A field's final value is one that an operation of somebody wrote."""
    written = defaultdict(set)
    for saved in world.journal.ops.values():
        for name, (_, new) in _fields(saved).items():
            written[saved.op["record"], name].add(canonical(new))
    for record, revisions in facts.revisions.items():
        if facts.records[record]["kind"] in NOTES:
            continue
        for revision in revisions:
            if revision["incarnation"].startswith("hand:"):
                for name, (_, new) in revision["changes"].items():
                    written[record, name].add(canonical(new))
    for record, held in facts.live.items():
        if held["kind"] in NOTES:
            continue
        for name, value in held["fields"].items():
            if name in COUNTED.get(held["kind"], ()):
                continue
            if canonical(value) not in written[record, name]:
                fail("value", f"{record}.{name} holds {value!r}, which nobody wrote")
