"""Performs one action of a script in a world."""

from __future__ import annotations

from tests.fuzz.processes import Broken, Died
from tests.fuzz.violations import Violation

MOST_STATIONS = 7
CONDEMNED = {"sync.lost", "sync.retired", "sync.destroy", "sync.destroyed"}
PERSONAL = {
    "create",
    "edit",
    "group",
    "delete",
    "undo",
    "redo",
    "settle",
    "inbox",
    "draft",
    "dismiss",
    "raw",
    "restore",
    "merge",
    "want_seats",
    "yes",
    "withdraw",
}
STAFF = {
    "dump",
    "tidy_seats",
    "move",
    "hand_edit",
    "hand_create",
    "grant",
    "end_grant",
    "revoke",
    "raise_floor",
}
# What a sync may end with on a bad line, or after something was done to its laptop.
LINE = {"sync.unreachable", "sync.timeout", "sync.not_our_server", "server.busy", "sync.busy"}
LINE |= {"sync.server_failed", "sync.protocol", "server.fault", "sync.signature", "push.gap"}


class Actor:
    """Does what a script says, and keeps the journal."""

    def __init__(self, world):
        self.world = world
        self.counts = {}

    def perform(self, action):
        """Do one action; return what came of it. Raises: Violation."""
        do = action["do"]
        try:
            if do in PERSONAL:
                told = self._personal(action)
            elif do in STAFF:
                told = self._staff(action)
            else:
                told = getattr(self, f"do_{do}")(action)
        except Broken as error:
            raise Violation("crash", f"{action} ended with\n{error}") from error
        good = bool(told) and told.get("ok", True)
        self.count(do if good else f"{do} ({(told or {}).get('code')})")
        for name in ("killed", "server_died", "paused", "typed", "forks", "repaired"):
            if told and told.get(name):
                self.count(name)
        return told

    def count(self, key):
        self.counts[key] = self.counts.get(key, 0) + 1

    def _parts(self, action):
        return [self.world.config["seed"], action["do"], action["n"]]

    def _station(self, action):
        """Return the laptop of an action; None where it is not (any more)."""
        stations = self.world.stations
        if action["laptop"] >= len(stations):
            return None
        station = stations[action["laptop"]]
        return None if station.state == "destroyed" else station

    def _personal(self, action):
        station = self._station(action)
        if station is None:
            return {"ok": False, "code": "fuzz.gone"}
        child = self.world.child(station)
        told = child.call("act", action=action, seed_parts=self._parts(action))
        self.world.note(station, told["ops"], action["n"], [told])
        for op in told["ops"]:
            if action["do"] in ("raw", "restore", "merge"):
                self.world.journal.wild.add(op["id"])
            if action.get("orphan"):
                self.world.journal.orphans.add(op["id"])
        return told

    def _staff(self, action):
        world = self.world
        try:
            told = world.staff.call("act", action=action, seed_parts=self._parts(action))
        except Died:
            if not action.get("kill"):
                raise Violation("crash", f"the staff's process died in {action}") from None
            world.staff.kill()
            world.start_staff()
            told = {"ok": True, "killed": True}
        self._note_staff(action)
        return told

    def _note_staff(self, action):
        journal = self.world.journal
        if action["do"] == "move":
            journal.moves.setdefault(action["of"], set()).add(action["to"])
        elif action["do"] == "end_grant":
            journal.ended.add((action["person"], action["stream"]))
        elif action["do"] == "revoke":
            for station in self.world.stations:
                if station.template["enrolment"] == action["enrolment"]:
                    station.state = action["state"]

    # -- syncs

    def do_sync(self, action):
        """Sync over a line with faults, perhaps killed, on either side."""
        station = self._station(action)
        if station is None:
            return {"ok": False, "code": "fuzz.gone"}
        self._start_sync(station, action)
        if action.get("server_kill"):
            self.world.server.send("kill", name=action["server_kill"], after=action.get("late", 0))
        told = self._end_sync(station, action)
        return {**told, "server_died": self._revive_server(action)}

    def _start_sync(self, station, action):
        child = self.world.child(station)
        station.line.begin(action.get("faults"))
        child.send(
            "sync",
            seed_parts=self._parts(action),
            kill=action.get("kill"),
            kill_after=action.get("kill_after", 0),
            typing=action.get("typing"),
            verify_full=action.get("full", False),
        )

    def _end_sync(self, station, action):
        try:
            told = station.child.answer()
        except Died:
            self.world.stop(station)
            if not action.get("kill"):
                raise Violation("crash", f"the laptop's process died in {action}") from None
            return {"ok": True, "killed": True}
        self.world.note(station, told["ops"], action["n"], told["typed"])
        self._judge_sync(station, action, told)
        return told

    def _judge_sync(self, station, action, told):
        disturbed = action.get("server_kill") or action.get("beside") or station.line.happened
        if not told["ok"]:
            self._judge_error(station, action, told, disturbed)
            return
        repaired = told.get("outcome") == "repaired" or told.get("repaired")
        if repaired and not station.excused:
            text = f"{told.get('repaired')} records had to be mended, and nothing was damaged"
            raise Violation("repair", f"{text}: {action}")
        if told.get("forks") and not station.twice:
            raise Violation("fork", f"a fork, and nothing was copied or set back: {action} {told}")
        if told.get("verified"):
            station.excused = False

    def _judge_error(self, station, action, told, disturbed):
        code = told["code"]
        if station.state in ("lost", "retired"):
            if code in CONDEMNED:
                self._destroy(station)
            return
        if code in self.expected_codes(station):
            return
        if not disturbed:
            raise Violation("sync", f"a sync on a good line ended with {code}: {action} {told}")

    def _destroy(self, station):
        """Do what the program does with a profile whose end the server has signed."""
        held = station.child.call("inspect")["outbox"]
        self.world.note(station, held, -1)
        self.world.stop(station)
        if station.state == "lost":
            self.world.count_lost({op["id"] for op in held})
        station.state = "destroyed"

    def expected_codes(self, station):
        """Codes that a sync of this laptop may end with even on a good line."""
        return set()

    def _revive_server(self, action):
        """Start the server again where it was killed; tell whether it was."""
        if not action.get("server_kill"):
            return False
        self.world.server.process.join(0.02)
        if self.world.server.is_alive:
            self.world.server.send("kill", name="")
            return False
        self.world.server.kill()
        self.world.start_server()
        return True

    def do_restart_server(self, _):
        self.world.restart_server()
        return {"ok": True}

    def do_overlap(self, action):
        """A sync in whose midst the server waits at a failpoint while the staff does something."""
        station = self._station(action)
        if station is None:
            return {"ok": False, "code": "fuzz.gone"}
        if action.get("before"):
            self.perform(action["before"])
        sync = {**action, "do": "sync", "beside": True, "faults": None}
        self.world.server.send("pause", name=action["at"])
        self._start_sync(station, sync)
        paused = self._wait_for_pause(station)
        if paused:
            self._beside(action["other"])
        self.world.server.send("go")
        told = self._end_sync(station, sync)
        if self._pending is not None:
            self._finish_beside()
        return {**told, "paused": paused}

    _pending = None

    def _wait_for_pause(self, station):
        """Wait until the server pauses or the sync is over without."""
        for _ in range(2000):
            if self.world.server.has_answer(0.005):
                self.world.server.answer()
                return True
            if station.child.has_answer(0.005):
                return False
        raise Violation("hang", "neither the server paused nor the sync ended")

    def _beside(self, other):
        """Start what the other one does; where it must wait for the server, it goes on later."""
        staff = self.world.staff
        staff.send("act", action=other, seed_parts=self._parts(other))
        self._pending = other
        if staff.has_answer(self.world.config["overlap_s"]):
            self._finish_beside()

    def _finish_beside(self):
        other, self._pending = self._pending, None
        self.world.staff.answer()
        self._note_staff(other)

    def do_race(self, action):
        """Several laptops sync at the same time."""
        stations = [self._station({"laptop": n}) for n in action["laptops"]]
        racing = [s for s in stations if s is not None]
        for station in racing:
            beside = {**action, "n": action["n"], "beside": True}
            self._start_sync(station, beside)
        for station in racing:
            self._end_sync(station, {**action, "beside": True})
        return {"ok": True}

    # -- laptops and stores as things

    def do_clone(self, action):
        station = self._station(action)
        if station is None or len(self.world.stations) > MOST_STATIONS:
            return {"ok": False, "code": "fuzz.gone"}
        self.world.clone(station)
        return {"ok": True}

    def do_backup_laptop(self, action):
        station = self._station(action)
        if station is None:
            return {"ok": False, "code": "fuzz.gone"}
        self.world.backup_laptop(station, action["how"])
        return {"ok": True}

    def do_restore_laptop(self, action):
        station = self._station(action)
        return {"ok": station is not None and self.world.restore_laptop(station)}

    def do_backup_server(self, _):
        self.world.backup_server("backup")
        return {"ok": True}

    def do_restore_dump(self, action):
        return self.world.restore_dump(action, self._parts(action))

    def do_restore_server(self, _):
        if "backup" not in self.world._stores:
            return {"ok": False, "code": "fuzz.gone"}
        self.world.restore_server("backup")
        return {"ok": True}

    def do_restart_laptop(self, action):
        """Start the program anew: with another clock, with a newer schema."""
        station = self._station(action)
        if station is None:
            return {"ok": False, "code": "fuzz.gone"}
        self.world.stop(station)
        station.skew_days = action.get("skew_days", station.skew_days)
        station.program = action.get("program", station.program)
        self.world.child(station)
        return {"ok": True}
