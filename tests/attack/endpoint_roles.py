"""Who may do what at which stream: a table written here, held against every route.

The table does not ask the product what somebody is granted. A route without a row is a finding.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from crm.domain.ids import new_id
from crm.records.sealing import seal_bytes
from server.app import create_app
from server.exchange.operations import Operation
from server.store.settings import public_text
from tests.attack.registry import Run, attack, weakness
from tests.attack.stage import PASSWORD, ROLE_OF, Stage, stage
from tests.helpers.http_server import Device, wire

READS = {
    "manager": {"bank", "branch_a", "of_manager"},
    "colleague": {"bank", "branch_a", "of_colleague"},
    "manager_b": {"bank", "branch_b", "of_manager_b"},
    "deputy": {"bank", "branch_a", "of_deputy", "of_manager"},
    "ended_deputy": {"bank", "branch_a", "of_ended_deputy"},
    "lead": {"bank", "branch_a", "of_manager", "of_colleague", "of_deputy", "of_ended_deputy"},
    "lead_b": {"bank", "branch_b", "of_manager_b"},
    "officer": {"bank", "branch_a", "cases_a"},
    "officer_b": {"bank", "branch_b", "cases_b"},
    "administrator": {"bank", "branch_a"},
    "lost": set(),
    "retired": set(),
    "nobody": set(),  # shows no token
    "stranger": set(),  # shows one that nobody was given
    "impostor": set(),  # shows one's own token with another's incarnation
}
WRITES: dict[str, set[str]] = {
    "deputy": {"of_manager"},
    "lead": {"branch_a"},
    "lead_b": {"branch_b"},
    "officer": {"cases_a"},
    "officer_b": {"cases_b"},
    "administrator": {"branch_a"},
}
for one in ROLE_OF:  # a portfolio of one's own, if only for the log of one's own access
    READS[one].add(f"of_{one}")
    WRITES.setdefault(one, set()).add(f"of_{one}")
ONCE = {("ended_deputy", "of_manager")}  # late edits go to the manager's inbox
AT_THE_DOOR = {
    "nobody": (401, "token.missing"),
    "stranger": (401, "token.unknown"),
    "impostor": (409, "sync.fork"),
    "lost": (410, "device.lost"),
    "retired": (403, "device.retired"),
}
NOT_GRANTED = (403, "stream.not_granted")
SECRET = bytes(range(32))  # of a claim
BOTH = {"scan": f"0:{new_id()}", "after": 0}
HARMLESS = {"refused", "quarantined", "later"}


@dataclass
class Table:
    """One walk through the table."""

    run: Run
    stage: Stage

    @property
    def everybody(self) -> Iterator[tuple[str, Device]]:
        yield from self.stage.devices.items()
        yield "nobody", _with(self.stage.device("manager"), token="")
        yield "stranger", _with(self.stage.device("manager"), token="no-such-token")
        odd = self.stage.device("manager")
        odd.laptop.incarnation = self.stage.devices["colleague"].laptop.incarnation
        yield "impostor", odd

    def streams_of(self, who: str) -> Iterator[tuple[str, str, bool]]:
        """Yield (its name, the stream, whether `who` may read it): all that are granted or were."""
        near = [n for n in self.stage.streams if n in READS[who] or (who, n) in ONCE]
        far = [name for name in self.stage.streams if name not in near]
        for name in [*near, *self.run.some(far, 3)]:
            yield name, self.stage.streams[name], name in READS[who]

    def check(self, what: str, reply: Any, good: bool, who: str, *names: str) -> None:
        """Note a reply that is not as the table says, or that gives foreign marks away."""
        self.run.tried(what)
        if not good:
            self.run.found(f"{what} by {who}: {reply.status_code} {reply.text[:120]}")
        readable = [self.stage.streams[n] for n in READS[who] if n in self.stage.streams]
        if marks := self.stage.leaked(reply, *readable):
            self.run.found(f"{what} by {who} {' '.join(names)}: gives {len(marks)} marks away")


def _with(device: Device, token: str) -> Device:
    device.token = token
    return device


def _is(reply: Any, refusal: tuple[int, str]) -> bool:
    return reply.status_code == refusal[0] and reply.json()["error"]["code"] == refusal[1]


# -- the rows --------------------------------------------------------------------------------------


def ping(table: Table) -> None:
    for who, device in table.everybody:
        table.check("ping", reply := device.say("/v1/ping"), reply.status_code == 200, who)


def enrol(table: Table) -> None:
    """A token shown at the door changes nothing; a password opens one person's door."""
    for who in ROLE_OF:
        login = who.replace("_", "-")
        for word in (PASSWORD, PASSWORD.upper()):
            asked = {"login": login, "password": word, "device": "attack"}
            asked |= {"incarnation": new_id(), "baton": new_id()}
            reply = table.stage.site.say("/v1/enrol", asked, table.stage.devices["lead"].token)
            right = word == PASSWORD
            good = reply.status_code == (200 if right else 401)
            if right and good:
                good = reply.json()["user"] == table.stage.people[who]
            table.check("enrol", reply, good, who)


def password(table: Table) -> None:
    """Nobody sets another's password, whatever token is shown."""
    for who in ROLE_OF:
        asked = {
            "login": who.replace("_", "-"),
            "password": "not this one",
            "new_password": "x" * 9,
        }
        reply = table.stage.site.say("/v1/password", asked, table.stage.devices["lead"].token)
        table.check("password", reply, _is(reply, (401, "login.wrong")), who)


def incarnation(table: Table) -> None:
    """A fork belongs to the device that asks; another's incarnation is none."""
    theirs = table.stage.devices["colleague"].laptop.incarnation
    for who, device in table.everybody:
        refusal = {w: AT_THE_DOOR[w] for w in ("nobody", "stranger", "lost")}.get(who)
        for made in (new_id(), theirs):
            asked = {"incarnation": made, "baton": new_id(), "fork_of": theirs}
            reply = table.stage.site.say("/v1/incarnation", asked, device.token)
            wanted = refusal or ((409, "sync.fork") if made == theirs else None)
            good = _is(reply, wanted) if wanted else reply.status_code == 200
            table.check("incarnation", reply, good, who)


def hello(table: Table) -> None:
    """Streams are told to whom they are granted, with the right to write where it is theirs."""
    for who, device in table.everybody:
        reply = device.hello()
        refusal = AT_THE_DOOR.get(who) if who not in ("lost", "retired") else None
        if refusal:
            table.check("hello", reply, _is(reply, refusal), who)
            continue
        table.check("hello", reply, reply.status_code == 200, who)
        told = reply.json().get("streams", {})
        rooms = {**table.stage.streams, **_rooms(table.stage)}
        wanted = {rooms[name]: name in WRITES.get(who, ()) for name in READS[who]}
        said = {stream: state["write"] for stream, state in told.items()}
        table.run.expect(said == wanted, f"hello tells {who} of {len(said)} streams: {said}")


def _rooms(made: Stage) -> dict[str, str]:
    return {f"cases_{letter}": f"cases:{branch}" for letter, branch in made.branches.items()}


def pull(table: Table) -> None:
    for who, device in table.everybody:
        for name, stream, granted in table.streams_of(who):
            for where in table.run.some(({"after": 0}, {"scan": ""}, BOTH, {}), 1):
                reply = device.pull(stream, **where)
                table.check(
                    "pull", reply, _read(table, reply, who, stream, granted, where), who, name
                )


def _read(
    table: Table, reply: Any, who: str, stream: str, granted: bool, where: dict[str, Any]
) -> bool:
    refusal = AT_THE_DOOR.get(who) or (None if granted else NOT_GRANTED)
    if refusal:
        return _is(reply, refusal)
    if where in ({"after": 0}, {"scan": ""}):
        return reply.status_code == 200 and table.stage.marks[stream] in reply.text
    return reply.status_code == 400


def check(table: Table) -> None:
    asked = [{"sums": ["0" * 32] * 256, "buckets": []}, {"buckets": list(range(256))}]
    for who, device in table.everybody:
        for name, stream, granted in table.streams_of(who):
            refusal = AT_THE_DOOR.get(who) or (None if granted else NOT_GRANTED)
            for each in asked:
                reply = device.say("/v1/check", stream=stream, **each)
                good = _is(reply, refusal) if refusal else reply.status_code == 200
                table.check("check", reply, good, who, name)


def push(table: Table) -> None:
    """Whatever somebody says about a stream that is not theirs to write, it stays as it is."""
    for who, device in table.everybody:
        for name, stream, _ in table.streams_of(who):
            if name in WRITES.get(who, ()) and who not in AT_THE_DOOR:
                _owned(table, who, device, name, stream)
            else:
                _foreign(table, who, device, name, stream)


def _owned(table: Table, who: str, device: Device, name: str, stream: str) -> None:
    """What is granted works: a table that refuses everything would prove nothing."""
    root = _root(table, stream)
    op = device.laptop.operation("edit", root, fields={"note": (None, "x")}, kind=_kind(stream))
    reply = device.push(op)
    told = [each["outcome"] for each in reply.json().get("results", [])]
    table.check("push", reply, told in (["applied"], ["conflict"], ["nothing"]), who, name)


def _foreign(table: Table, who: str, device: Device, name: str, stream: str) -> None:
    before = table.stage.contents(stream)
    for op in table.run.some(tuple(_about(table, who, device, stream)), 2):
        page = [wire(each) for each in device.laptop.numbered([op])]
        reply = device.say("/v1/push", operations=page)
        results = reply.json().get("results", [])
        refusal = AT_THE_DOOR.get(who) if who != "retired" else None
        good = _is(reply, refusal) if refusal else _harmless(results, who, name)
        table.check(f"push {op.verb}", reply, good, who, name)
    if (who, name) not in ONCE:
        table.run.expect(
            table.stage.contents(stream) == before, f"push by {who} changed {name}, not theirs"
        )


def _harmless(results: list[dict[str, Any]], who: str, name: str) -> bool:
    allowed = HARMLESS | ({"diverted"} if (who, name) in ONCE else set())
    told = all(each["outcome"] in allowed for each in results)
    readable = name in READS[who]
    return bool(results) and told and (readable or all(e["version"] is None for e in results))


def _root(table: Table, stream: str) -> str:
    return table.stage.marked[stream]


def _kind(stream: str) -> str:
    return "customer" if stream.startswith("portfolio:") else "later_kind"


def _about(table: Table, who: str, device: Device, stream: str) -> Iterator[Operation]:
    """Yield operations that would change a stream, one of each sort."""
    made, root, kind = device.laptop, _root(table, stream), _kind(stream)
    own = next((table.stage.streams[n] for n in WRITES.get(who, ()) if n.startswith("of_")), None)
    mine = _root(table, own) if own else new_id()
    note = {"note": (None, "taken over")}
    yield made.operation("edit", root, kind=kind, fields=note)
    yield made.operation("edit", root, kind=kind, root=mine, fields=note)  # as if of our family
    yield made.operation("create", root, kind=kind, home=own or stream, fields=note)
    yield made.operation("create", new_id(), kind=kind, home=stream, fields={"name": (None, "X")})
    child = {"kind": "tag", "fields": {"label": (None, "X")}}
    yield made.operation("append", new_id(), parent=root, root=root, **child)
    yield made.operation("append", new_id(), parent=root, root=mine, **child)
    yield made.operation("delete", root, kind=kind, seen="0" * 32)
    yield made.operation("restore", root, kind=kind, fields=note)
    yield made.operation("merge", root, kind=kind, into=mine)
    yield made.operation("seat", root, kind=kind, fields={"state": (None, "asked")})
    yield replace(
        made.operation("edit", root, kind=kind, fields=note), author=_owner(table, stream)
    )


def _owner(table: Table, stream: str) -> str:
    """Return who keeps a stream, to sign in that name."""
    owners = {table.stage.home(who): person for who, person in table.stage.people.items()}
    return owners.get(stream, table.stage.people["lead"])


def recovery(table: Table) -> None:
    """A key is asked for by its own person, for a device that may be recovered; nobody else."""
    site, devices = table.stage.site, table.stage.devices
    for who in ROLE_OF:
        for whose in ("own", "manager", "lost", "retired"):
            device = devices[who if whose == "own" else whose]
            word = PASSWORD if whose != "own" else "not this one"
            asked = _asked(table, who, device.enrolment, word)
            reply = site.say("/v1/recovery", asked)
            right = (who, whose) == ("manager", "manager")
            good = reply.status_code == 200 if right else _is(reply, _refusal(who, whose))
            table.check("recovery", reply, good, who, whose)


def _asked(table: Table, who: str, enrolment: str, word: str) -> dict[str, Any]:
    """Return a request that is right in all but what it is about."""
    settings, user = table.stage.site.settings, table.stage.people[who]
    bound = {"enrolment": enrolment, "user": user}
    key = public_text(settings.sealing_key)
    return {
        "login": who.replace("_", "-"),
        "password": word,
        "enrolment": enrolment,
        "device": "attack",
        "sealed": seal_bytes(key, "recovery", bound, bytes(32)),
        "reply_key": key,
        "claim": hashlib.sha256(SECRET).hexdigest(),
    }


def _refusal(who: str, whose: str) -> tuple[int, str]:
    if whose == "own":
        return 401, "login.wrong"
    if who != "manager":
        return 403, "recovery.other_person"
    return {"lost": (410, "device.lost"), "retired": (403, "device.retired")}[whose]


def recovery_claim(table: Table) -> None:
    """Who has not the secret hears nothing of a request; what nobody approved gives no key."""
    site, own = table.stage.site, table.stage.devices["manager"].enrolment
    asked = _asked(table, "manager", own, PASSWORD)
    request = site.say("/v1/recovery", asked).json()["request"]
    for secret, wanted in ((SECRET, 200), (bytes(32), 404)):
        for known in (request, new_id()):
            said = {"request": known, "secret": secret.hex()}
            said |= {"incarnation": new_id(), "baton": new_id()}
            reply = site.say("/v1/recovery/claim", said)
            good = reply.status_code == (wanted if known == request else 404)
            good = good and not reply.json().get("sealed")
            table.check("claim", reply, good, "nobody")


ROWS: dict[str, Callable[[Table], None]] = {
    "POST /v1/ping": ping,
    "POST /v1/enrol": enrol,
    "POST /v1/password": password,
    "POST /v1/incarnation": incarnation,
    "POST /v1/hello": hello,
    "POST /v1/pull": pull,
    "POST /v1/check": check,
    "POST /v1/recovery": recovery,
    "POST /v1/recovery/claim": recovery_claim,
    "POST /v1/push": push,  # last: it changes what it may
}
OF_THE_FRAMEWORK = {"GET /openapi.json", "HEAD /openapi.json"}  # forms, no contents


@attack("endpoint-roles", quick_s=0, full_s=0)
def endpoint_roles(run: Run) -> None:
    """Every route × everybody who may stand before it × own and foreign streams."""
    with stage(run.folder) as made:
        routes = routes_of(made)
        for route in sorted(routes - ROWS.keys() - OF_THE_FRAMEWORK):
            run.found(f"{route} has no row in the table of roles")
        for route, row in ROWS.items():
            run.expect(route in routes, f"{route} is in the table and not in the application")
            row(Table(run, made))


def routes_of(made: Stage) -> set[str]:
    """Return what the application answers to, whether its OpenAPI page tells it or not."""
    app = create_app(made.site.settings)
    app.state.service.exchange.database.dispose()
    return set(_told(app.routes))


def _told(routes: Iterable[Any]) -> Iterator[str]:
    """Yield "METHOD path" of each route; of what is none, its type: it needs a look."""
    for route in routes:
        inside = getattr(route, "original_router", None)
        if inside is not None:
            yield from _told(inside.routes)
        else:
            path = getattr(route, "path", type(route).__name__)
            yield from (f"{method} {path}" for method in getattr(route, "methods", ("ANY",)))


# -- what it must find -------------------------------------------------------------------------


@weakness("endpoint-roles")
def every_stream_is_readable(patch: Any) -> None:
    from server.routes import sync

    patch.setattr(sync, "_readable", lambda actor, stream, verdict: None)


@weakness("endpoint-roles")
def readers_may_write(patch: Any) -> None:
    from server.exchange.actors import Actor, Standing

    standing = Actor.standing

    def lax(self: Actor, stream: str) -> Standing:
        found = standing(self, stream)
        return Standing.WRITE if found is Standing.READ else found

    patch.setattr(Actor, "standing", lax)


@weakness("endpoint-roles")
def a_lost_device_reads_on(patch: Any) -> None:
    from server.exchange import accounts

    device = accounts._device

    def lax(connection: Any, token: str, *, retired: bool) -> Any:
        from server.store import people

        found = people.by_token(connection, accounts.token_hash(token))
        return found if found else device(connection, token, retired=retired)

    patch.setattr(accounts, "_device", lax)


@weakness("endpoint-roles")
def an_author_is_believed(patch: Any) -> None:
    """An operation in another's name counts as that one's."""
    from server.exchange.judge import Judge

    settle = Judge.settle

    def lax(self: Judge, op: Operation) -> Any:
        return settle(self, replace(op, author=self.actor.person))

    patch.setattr(Judge, "settle", lax)
    patch.setattr(Judge, "_stopped", lambda self, op, record, stream: None)


@weakness("endpoint-roles")
def a_route_that_nobody_listed(patch: Any) -> None:
    from server.routes import sync

    patch.setattr(sync.router, "routes", sync.router.routes[:])
    sync.router.add_api_route("/everything", lambda: {}, methods=["POST"])
