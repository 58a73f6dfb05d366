"""yizhan-server: the central server's command line. Composition root beside `app`."""

from __future__ import annotations

import argparse
import json
import logging
import os
import socket
import ssl
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from crm.domain.access_words import QUARANTINE, RECORD, RECORDS
from crm.domain.errors import BadFile, NotFound, Refused, UserError
from crm.domain.exits import ATTENTION, UNEXPECTED, show, told
from crm.domain.exits import Answer as Shown
from crm.domain.instants import business_date
from crm.domain.kinds import ACCESS_ACTIONS, ACCESS_REASONS, ROLES, SCHEMA
from crm.domain.messages import line
from crm.domain.retention import REASONS as ERASE_REASONS
from crm.domain.secrecy import forbid_core_dumps, hide_memory, keep_words_back
from server import logs
from server.commands.answers import secret
from server.store import settings as server_settings
from server.store.settings import Settings

BACKLOG = 2048  # callers who wait until the server has started; uvicorn's own figure
Answer = tuple[dict[str, Any], str, int]  # JSON, text, exit code


def entry() -> None:
    """The console script."""
    forbid_core_dumps()
    hide_memory()
    keep_words_back()
    logs.hush()
    sys.exit(main(sys.argv[1:]))


def main(arguments: Sequence[str]) -> int:
    """Run one command; return its exit code (docs/cli.md)."""
    options = _parser().parse_args(arguments)
    os.umask(0o077)  # whatever is written here is for the server's own user
    return show(_outcome(options), as_json=options.json)


def _outcome(options: argparse.Namespace) -> Shown:
    run: Callable[[argparse.Namespace], Answer] = options.run
    try:
        return Shown(*run(options))
    except UserError as error:
        return told(error)
    except KeyboardInterrupt:
        return Shown(code=130)
    except OSError as error:  # a folder, a certificate, a key that cannot be read or written
        return told(BadFile("file.unusable", reason=type(error).__name__))
    except Exception as error:  # noqa: BLE001 - the process's edge
        logging.getLogger("yizhan.server").error("unexpected: %s", type(error).__name__)
        answer = told(UserError("server.fault.local", kind=type(error).__name__))
        return replace(answer, code=UNEXPECTED)


class _Verbs:
    """Adds verbs that share --data and --json."""

    def __init__(self, parser: argparse.ArgumentParser) -> None:
        self._common = argparse.ArgumentParser(add_help=False)
        self._common.add_argument("--data", type=Path, default=Path("yizhan-data"), metavar="DIR")
        self._common.add_argument("--json", action="store_true")
        self._verbs = parser.add_subparsers(dest="verb", required=True)
        self._groups: dict[str, Any] = {}

    def add(self, name: str, run: Callable[[argparse.Namespace], Answer]) -> Any:
        """Add `verb` or `verb what`; return its parser."""
        first, _, what = name.partition(" ")
        parent = self._group(first) if what else self._verbs
        last = what or first
        made = parent.add_parser(
            last, parents=[self._common], help=line(f"server.help.{last.replace('-', '_')}")
        )
        made.set_defaults(run=run)
        return made

    def _group(self, first: str) -> Any:
        if first not in self._groups:
            group = self._verbs.add_parser(first, help=line(f"server.help.{first}"))
            self._groups[first] = group.add_subparsers(dest="what", required=True)
        return self._groups[first]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="yizhan-server", description=line("server.about"))
    verbs = _Verbs(parser)
    _add_server_verbs(verbs)
    _add_record_verbs(verbs)
    _add_parameter_verbs(verbs)
    _add_rights_verbs(verbs)
    _add_access_log_verb(verbs)
    return parser


def _add_server_verbs(verbs: _Verbs) -> None:
    made = verbs.add("init", _init)
    made.add_argument("--database", metavar="URL")
    made.add_argument("--practice", action="store_true")
    verbs.add("upgrade", _upgrade)
    made = verbs.add("serve", _serve)
    made.add_argument("--host", default="127.0.0.1")
    made.add_argument("--port", type=int, choices=range(65536), default=8765, metavar="N")
    made.add_argument("--tls-certificate", type=Path, metavar="FILE")
    made.add_argument("--tls-key", type=Path, metavar="FILE")
    made = verbs.add("branch add", _branch_add)
    made.add_argument("name")
    made.add_argument("--address")
    made.add_argument("--postcode")
    made = verbs.add("user add", _user_add)
    made.add_argument("login")
    made.add_argument("--name", required=True)
    made.add_argument("--role", choices=ROLES, default="manager")
    made.add_argument("--branch", metavar="ID")
    made.add_argument("--deputy-of", metavar="LOGIN")
    made = verbs.add("user end-deputy", _end_deputy)
    made.add_argument("login")
    made.add_argument("--of", required=True, metavar="LOGIN")
    _add_hand_over_verbs(verbs)
    verbs.add("quarantine", _quarantine)
    made = verbs.add("backup", _backup)
    made.add_argument("file", type=Path)
    made.add_argument("--keep", type=int, choices=range(1, 1000), metavar="N")
    made = verbs.add("restore", _restore)
    made.add_argument("file", type=Path)
    made.add_argument("--replace", action="store_true")
    made = verbs.add("devices", _devices)
    made.add_argument("--retire", metavar="ENROLMENT")
    made.add_argument("--lost", metavar="ENROLMENT")
    made.add_argument("--receipts", metavar="ENROLMENT")
    made.add_argument("--as", dest="login", metavar="LOGIN")
    _add_recovery_verbs(verbs)


def _add_access_log_verb(verbs: _Verbs) -> None:
    made = verbs.add("access-log", _access_log)
    made.add_argument("--login", dest="of", metavar="LOGIN")
    made.add_argument("--since", type=date.fromisoformat, metavar="DATE")
    made.add_argument("--until", type=date.fromisoformat, metavar="DATE")
    made.add_argument("--action", choices=ACCESS_ACTIONS)
    made.add_argument("--as", dest="login", required=True, metavar="LOGIN")


def _add_recovery_verbs(verbs: _Verbs) -> None:
    made = verbs.add("recovery list", _recovery)
    made.add_argument("--as", dest="login", metavar="LOGIN")
    made.add_argument("--all", action="store_true")
    for what in ("approve", "refuse"):
        made = verbs.add(f"recovery {what}", _recovery)
        made.add_argument("request", metavar="ID")
        made.add_argument("--as", dest="login", required=True, metavar="LOGIN")


def _add_rights_verbs(verbs: _Verbs) -> None:
    made = verbs.add("erase", _erase)
    made.add_argument("customers", nargs="*", metavar="CUSTOMER")
    made.add_argument("--reason", choices=ERASE_REASONS)
    made.add_argument("--as", dest="login", metavar="LOGIN")
    made.add_argument("--dry-run", action="store_true")
    made.add_argument("--status", action="store_true")
    made.add_argument("--wipe", action="store_true")

    made = verbs.add("report", _report)
    made.add_argument("customer", metavar="CUSTOMER")
    made.add_argument("file", type=Path)
    made.add_argument("--language", choices=("zh", "en"), default="zh")
    made.add_argument("--as", dest="login", metavar="LOGIN")


def _add_hand_over_verbs(verbs: _Verbs) -> None:
    made = verbs.add("reassign", _reassign)
    made.add_argument("customers", nargs="*", metavar="CUSTOMER")
    made.add_argument("--to", dest="taker", required=True, metavar="LOGIN")
    made.add_argument("--from", dest="giver", metavar="LOGIN")
    made.add_argument("--file", type=Path, metavar="FILE")
    made.add_argument("--where", action="append", default=[], metavar="FIELD=VALUE")
    made.add_argument("--village", metavar="NAME")
    made.add_argument("--tier", metavar="TIER")
    made.add_argument("--all", action="store_true")
    made.add_argument("--reason", metavar="TEXT")
    made.add_argument("--days", type=int, choices=range(366), default=7, metavar="N")
    made.add_argument("--wait", type=int, nargs="?", const=0, metavar="MINUTES")
    made.add_argument("--override", metavar="REASON")
    made.add_argument("--as", dest="login", metavar="LOGIN")
    made.add_argument("--dry-run", action="store_true")
    made.add_argument("--dossier", type=Path, metavar="FILE")
    made.add_argument("--language", choices=("zh", "en"), default="zh")
    made = verbs.add("dossier", _dossier)
    made.add_argument("file", type=Path)
    made.add_argument("customers", nargs="*", metavar="CUSTOMER")
    made.add_argument("--run", dest="run_id", metavar="NUMBER")
    made.add_argument("--language", choices=("zh", "en"), default="zh")
    made.add_argument("--reveal", action="store_true")
    made.add_argument("--reason", choices=ACCESS_REASONS)
    made.add_argument("--as", dest="login", metavar="LOGIN")
    made = verbs.add("deputy", _deputy)
    made.add_argument("login")
    made.add_argument("--of", required=True, metavar="LOGIN")
    made.add_argument(
        "--from", dest="first", type=date.fromisoformat, required=True, metavar="DATE"
    )
    made.add_argument(
        "--until", dest="last", type=date.fromisoformat, required=True, metavar="DATE"
    )
    made = verbs.add("tidy", _tidy)
    made.add_argument("--dry-run", action="store_true")


def _add_record_verbs(verbs: _Verbs) -> None:
    made = verbs.add("import customers", _import)
    made.add_argument("file", type=Path)
    made.add_argument("--manager", required=True, metavar="LOGIN")
    made.add_argument("--dry-run", action="store_true")
    made.add_argument("--bad-rows", type=Path, metavar="FILE")
    made = verbs.add("edit", _edit)
    made.add_argument("record")
    made.add_argument("values", nargs="+", metavar="FIELD=VALUE")
    made.add_argument("--as", dest="login", metavar="LOGIN")
    made = verbs.add("show", _show)
    made.add_argument("record", nargs="?")
    made.add_argument("--kind", choices=[k.name for k in SCHEMA.kinds])
    made.add_argument("--manager", metavar="LOGIN")
    made.add_argument("--history", action="store_true")
    made = verbs.add("verify", _verify)
    made.add_argument("--repair", action="store_true")
    made = verbs.add("practice", _practice)
    made.add_argument("--seed", type=int, default=20260318)
    made.add_argument("--customers", type=int, default=3000)
    made.add_argument("--managers", type=int, default=3)
    made.add_argument("--today", type=date.fromisoformat, default=None)


def _add_parameter_verbs(verbs: _Verbs) -> None:
    made = verbs.add("parameter set", _parameter_set)
    made.add_argument("name")
    made.add_argument("value")
    made.add_argument("--from", dest="first", type=date.fromisoformat, metavar="DATE")
    made.add_argument("--note", metavar="TEXT")
    verbs.add("parameter list", _parameter_list)


def _exchange(options: argparse.Namespace) -> Any:
    from server.opening import open_exchange

    return open_exchange(server_settings.read(options.data))


def _init(options: argparse.Namespace) -> Answer:
    from server.exchange import epoch
    from server.store import schema
    from server.store.database import Database, reachable

    url = options.database
    if url:
        database = Database(url)
        reachable(database)
        schema.require_unused(database)
    settings = server_settings.create(options.data, url, practice=options.practice)
    database = Database(settings.database_url)
    schema.upgrade(database)
    epoch.begin(database, practice=options.practice, schema_version=SCHEMA.version)
    answer = {"data": str(settings.folder), "practice": settings.practice}
    return answer, line("server.init.done", folder=settings.folder), 0


def _upgrade(options: argparse.Namespace) -> Answer:
    """Bring the database to the schema of this program, which may be newer than it."""
    from server.store import schema
    from server.store.database import Database, reachable

    database = Database(server_settings.read(options.data).database_url)
    reachable(database)
    before, after = schema.upgrade_known(database)
    answer = {"before": before, "after": after}
    return answer, line("server.upgrade.done", **answer), 0


def _serve(options: argparse.Namespace) -> Answer:
    import uvicorn

    from server.app import create_app

    settings = server_settings.read(options.data)
    _check_tls(options, settings)
    app = create_app(settings)
    listener = _listener(options.host, options.port)
    scheme = "https" if options.tls_certificate else "http"
    url = f"{scheme}://{options.host}:{listener.getsockname()[1]}"
    config = uvicorn.Config(
        app,
        log_config=None,  # to our log, without words
        log_level="warning",
        access_log=False,
        timeout_keep_alive=75,
        ssl_certfile=options.tls_certificate,
        ssl_keyfile=options.tls_key,
        ssl_context_factory=_modern_tls if options.tls_certificate else None,
        server_header=False,
    )
    logs.open_log(settings.folder)
    ready = json.dumps({"ready": url}) if options.json else line("server.serve.ready", url=url)
    sys.stdout.write(ready + "\n")
    sys.stdout.flush()
    uvicorn.Server(config).run(sockets=[listener])
    return {}, "", 0


def _modern_tls(_: object, usual: Callable[[], ssl.SSLContext]) -> ssl.SSLContext:
    """Return the context that the web server makes, speaking 1.2 at least."""
    context = usual()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _check_tls(options: argparse.Namespace, settings: Settings) -> None:
    """Find out before anybody is told that the server is ready whether it can be."""
    given = (options.tls_certificate, options.tls_key)
    if any(given):
        _check_certificate(*given)
        return
    if settings.practice:
        return
    if options.host not in ("127.0.0.1", "::1", "localhost"):
        raise Refused("server.tls")


def _check_certificate(certificate: Path | None, key: Path | None) -> None:
    if certificate is None or key is None:
        raise Refused("server.tls.both")
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key)
    except OSError as error:  # SSLError is one
        raise BadFile("server.tls.unusable", reason=type(error).__name__) from error


def _listener(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named: asyncio turns Nagle's delay off only where it sees TCP.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)  # at once: who reads the readiness line may call in that instant
    except OSError as error:
        listener.close()
        raise UserError("server.port", port=port) from error
    return listener


def _branch_add(options: argparse.Namespace) -> Answer:
    from crm.domain.ids import new_id
    from server.exchange.hand import Hand

    branch = new_id()
    fields = {"name": options.name, "address": options.address, "postcode": options.postcode}
    given = {n: v for n, v in fields.items() if v}
    Hand(_exchange(options)).create("branch", given, record=branch, home=f"branch:{branch}")
    return {"branch": branch}, line("server.branch.done", branch=branch), 0


def _user_add(options: argparse.Namespace) -> Answer:
    from server.exchange import accounts
    from server.exchange.hand import Hand

    exchange = _exchange(options)
    deputy_of = accounts.find(exchange, options.deputy_of) if options.deputy_of else None
    new = accounts.NewPerson(
        login=options.login,
        name=options.name,
        role=options.role,
        branch=options.branch or _only_branch(exchange),
        password=secret(line("server.ask.password", login=options.login)),
    )
    person = accounts.add_person(exchange, Hand(exchange), new, deputy_of)
    return {"user": person}, line("server.user.done", login=options.login), 0


def _end_deputy(options: argparse.Namespace) -> Answer:
    """End a deputyship: the grant is closed, late edits go to the manager's inbox."""
    from server.exchange import accounts

    exchange = _exchange(options)
    deputy = accounts.find(exchange, options.login)
    principal = accounts.find(exchange, options.of)
    accounts.end_deputyship(exchange, deputy, principal)
    return {"user": deputy.id}, line("server.deputy.ended", login=options.login), 0


def _reassign(options: argparse.Namespace) -> Answer:
    from server.commands import reassign

    return reassign.run(_exchange(options), options)


def _access_log(options: argparse.Namespace) -> Answer:
    from server.commands import access_log

    return access_log.run(_exchange(options), options)


def _dossier(options: argparse.Namespace) -> Answer:
    from server.commands import dossier

    return dossier.run(_exchange(options), options)


def _deputy(options: argparse.Namespace) -> Answer:
    from server.commands import deputy

    return deputy.run(_exchange(options), options)


def _backup(options: argparse.Namespace) -> Answer:
    from server.commands import backup

    return backup.run(_exchange(options), server_settings.read(options.data), options)


def _restore(options: argparse.Namespace) -> Answer:
    from server.commands import backup
    from server.opening import any_exchange

    settings = server_settings.read(options.data)
    return backup.run_restore(any_exchange(settings), settings, options)


def _tidy(options: argparse.Namespace) -> Answer:
    from server.commands import tidy

    return tidy.run(_exchange(options), options)


def _quarantine(options: argparse.Namespace) -> Answer:
    """List operations of strangers, and those that waited too long for their record."""
    from server.store import people

    exchange = _exchange(options)
    with exchange.database.snapshot() as connection:
        found = people.quarantined(connection)
    _note_look(exchange, what=QUARANTINE, count=len(found))
    rows = [{**row, "body": json.loads(row["body"])} for row in found]
    text = "\n".join(f"{r['operation']}  {r['author']}  {r['reason']}  {r['at']}" for r in rows)
    return {"operations": rows}, text, 0


def _only_branch(exchange: Any) -> str | None:
    from server.store import records

    with exchange.database.snapshot() as connection:
        branches = records.of_kind(connection, "branch")
    if len(branches) > 1:
        raise Refused("person.branch")
    return branches[0].id if branches else None


def _import(options: argparse.Namespace) -> Answer:
    from server.exchange import accounts, intake
    from server.exchange.hand import Hand

    exchange = _exchange(options)
    manager = accounts.find(exchange, options.manager)
    hand, stream = Hand(exchange, manager.id), accounts.portfolio(manager.id)
    planned = intake.plan_file(hand, options.file, stream)
    if options.bad_rows and (planned.reading.bad or planned.plan.held):
        options.bad_rows.write_bytes(intake.bad_rows(planned))  # first: it may not be writable
    results = {} if options.dry_run else intake.take(hand, planned.plan, stream, _count)
    refused = {n: r.reason for n, r in results.items() if r.outcome == "refused"}
    summary = planned.plan.summary()
    bad = [*planned.reading.bad, *planned.plan.held]
    answer = {
        "rows": len(planned.reading.good) + len(planned.reading.bad),
        "created": summary.created,
        "changed": summary.changed,
        "unchanged": summary.unchanged + summary.merged,
        "unverified": summary.unverified,
        "dry_run": options.dry_run,
        "refused": [{"line": n, "reason": reason} for n, reason in refused.items()],
        "bad": [{"line": r.line, "problems": [p.code for p in r.problems]} for r in bad],
    }
    text = line("server.import.done", **{**answer, "bad": len(bad), "refused": len(refused)})
    return answer, text, ATTENTION if bad or refused else 0


def _count(done: int, total: int) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{done}/{total}" + ("\n" if done == total else ""))


def _edit(options: argparse.Namespace) -> Answer:
    from server.exchange import accounts
    from server.exchange.actors import NOBODY
    from server.exchange.hand import Hand

    exchange = _exchange(options)
    person = accounts.find(exchange, options.login).id if options.login else NOBODY
    values = _values(exchange, options.record, options.values)
    result = Hand(exchange, person).edit(options.record, values)
    answer = {"record": options.record, "outcome": result.outcome, "version": result.version}
    return answer, line("server.edit.done", outcome=result.outcome, version=result.version), 0


def _values(exchange: Any, record: str, pairs: Sequence[str]) -> dict[str, Any]:
    """Turn FIELD=VALUE words into normalised values; an empty value empties the field."""
    from crm.domain.assignments import typed_values
    from server.store import records

    with exchange.database.snapshot() as connection:
        held = records.load(connection, [record]).get(record)
    if held is None:
        raise NotFound("record.unknown")
    return typed_values(SCHEMA[held.kind], pairs, held.fields)


def _show(options: argparse.Namespace) -> Answer:
    from server.store import records

    exchange = _exchange(options)
    if options.record is None:
        return _show_many(exchange, options)
    with exchange.database.snapshot() as connection:
        held = records.load(connection, [options.record]).get(options.record)
        if held is None:
            raise NotFound("record.unknown")
        answer = _shown(held)
        if options.history:
            answer["history"] = records.history(connection, options.record)
    _note_look(exchange, what=f"{RECORD}, {held.kind}", subject=held.id)
    return answer, json.dumps(answer, ensure_ascii=False, indent=2), 0


def _show_many(exchange: Any, options: argparse.Namespace) -> Answer:
    from server.store import records

    kind, streams = options.kind or "customer", _stream_filter(exchange, options.manager)
    with exchange.database.snapshot() as connection:
        shown = [_shown(r) for r in records.of_kind(connection, kind, streams)]
    _note_look(exchange, what=f"{RECORDS}, {kind}", count=len(shown))
    return {"records": shown}, "\n".join(map(_one_line, shown)), 0


def _note_look(exchange: Any, **what: Any) -> None:
    """Whoever looks at records at the server stands in the access log too."""
    from server.exchange import seen_here

    with exchange.database.writing() as connection:
        seen_here.note(connection, at=exchange.now(), action="reveal", **what)


def _stream_filter(exchange: Any, login: str | None) -> list[str] | None:
    from server.exchange import accounts

    return [accounts.portfolio(accounts.find(exchange, login).id)] if login else None


def _shown(record: Any) -> dict[str, Any]:
    names = ("id", "kind", "root", "parent", "stream", "version", "dead", "merged_into", "fields")
    return {name: getattr(record, name) for name in names}


def _one_line(shown: dict[str, Any]) -> str:
    fields = shown["fields"]
    name = fields.get("name") or fields.get("label") or ""
    login = f"  {fields['login']}" if shown["kind"] == "staff" else ""
    return f"{shown['id']}  v{shown['version']}  {shown['kind']}  {name}{login}"


def _devices(options: argparse.Namespace) -> Answer:
    from server.commands import devices

    return devices.run(_exchange(options), options)


def _recovery(options: argparse.Namespace) -> Answer:
    from server.commands import recovery

    return recovery.run(_exchange(options), options)


def _erase(options: argparse.Namespace) -> Answer:
    from server.commands import erase

    return erase.run(_exchange(options), options.data, options)


def _report(options: argparse.Namespace) -> Answer:
    from server.commands import report

    return report.run(_exchange(options), options)


def _verify(options: argparse.Namespace) -> Answer:
    from server.commands import verify

    return verify.run(_exchange(options), options)


def _parameter_set(options: argparse.Namespace) -> Answer:
    from server.commands import parameter

    return parameter.run_set(_exchange(options), options)


def _parameter_list(options: argparse.Namespace) -> Answer:
    from server.commands import parameter

    return parameter.run_list(_exchange(options), options)


def _practice(options: argparse.Namespace) -> Answer:
    """Fill a practice server with a made-up branch; print first passwords once."""
    from server.exchange import accounts, intake
    from server.exchange.hand import Hand
    from server.practice.branch import make_branch

    if not server_settings.read(options.data).practice:
        raise Refused("server.not_practice")
    exchange = _exchange(options)
    hand = Hand(exchange)
    made = make_branch(
        options.seed,
        customers=options.customers,
        managers=options.managers,
        today=options.today or business_date(datetime.now(UTC)),
    )
    accounts.demand_free(exchange, [staff.login for staff in made.staff])
    hand.create("branch", made.fields, record=made.id, home=f"branch:{made.id}")
    logins = []
    for staff in made.staff:
        password = f"practice-{staff.login}"
        new = accounts.NewPerson(
            login=staff.login,
            name=staff.name,
            role=staff.role,
            branch=made.id,
            password=password,
            must_change=False,
        )
        accounts.add_person(exchange, hand, new, None, person_id=staff.id)
        logins.append({"login": staff.login, "password": password, "user": staff.id})
    count = intake.fill(hand, made.records(), accounts.portfolio, lambda _done: None)
    answer = {"branch": made.id, "records": count, "people": logins}
    told = [f"{one['login']}  {one['password']}" for one in logins]
    text = line("server.practice.done", records=count, people=len(logins))
    return answer, "\n".join([text, *told]), 0


if __name__ == "__main__":
    entry()
