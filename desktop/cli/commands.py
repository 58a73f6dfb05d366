"""What each verb does: opens the profile, calls a use case, shapes the answer."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

from platformdirs import user_data_path

from crm.domain.access_words import CUSTOMERS, FOR, LABELS, check_reason
from crm.domain.errors import BadFile, Cancelled, Refused
from crm.domain.exits import ATTENTION, Answer
from crm.domain.instants import business_date, readable
from crm.domain.kinds import SCHEMA
from crm.domain.messages import line, system_language
from crm.interchange.files import read_file
from desktop.app import destroying, leases
from desktop.app.profiles import (
    Asked,
    Profile,
    enrol_profile,
    heeding,
    open_replica,
    sync_engine,
)
from desktop.cli import asking, consents, keys, shapes
from desktop.services import (
    access,
    conflicts,
    customers,
    intake,
    labelling,
    lease,
    receipts,
    refusals,
    visits,
)
from desktop.services.ports import OutboxLine
from desktop.services.private_files import write_private_file
from desktop.services.progress import Progress
from desktop.storage.replica import Replica, local_now
from desktop.sync.report import SyncReport

# what renews it; doctor and backup open the replica by themselves
WITHOUT_LEASE = frozenset({"sync", "enrol-again"})


def run(options: argparse.Namespace) -> Answer:
    """Carry out one parsed command. Raises: UserError."""
    return _COMMANDS[options.command](options)


# Secrets and profiles


def _profile(options: argparse.Namespace) -> Profile:
    return Profile(options.profile or user_data_path("yizhan"))


@contextmanager
def _replica(options: argparse.Namespace) -> Iterator[Replica]:
    profile = _profile(options)
    destroying.finish(profile.folder)  # what was killed on the way to it
    if not profile.enrolled:
        open_replica(profile, "")  # says so before a secret is asked for
    given = asking.secret("cli.ask.passphrase")
    replica = open_replica(profile, given, tell=asking.tell_wrong_tries)
    try:
        stands = leases.look(replica)
        if options.command not in WITHOUT_LEASE:
            lease.demand(stands)
        yield replica
    finally:
        replica.close()
        destroying.finish(profile.folder)


@contextmanager
def _progress(label: str) -> Iterator[Progress]:
    """Progress on a terminal; Ctrl+C asks the work to stop at the next safe place."""
    shows = sys.stderr.isatty()

    def report(done: int, total: int) -> None:
        if shows:
            sys.stderr.write(f"\r{line(label)} {done}/{total}")

    progress = Progress(report)
    before = signal.signal(signal.SIGINT, lambda *_: progress.cancel())
    try:
        yield progress
    finally:
        signal.signal(signal.SIGINT, before)
        if shows:
            sys.stderr.write("\n")


# Connection


def _enrol(options: argparse.Namespace) -> Answer:
    asked = Asked(
        password=lambda: asking.secret("cli.ask.password"),
        new_password=lambda: asking.new_secret("cli.ask.new_password"),
        passphrase=lambda: asking.new_passphrase(
            "cli.ask.new_passphrase", practice=options.practice, own_words=(options.login,)
        ),
    )
    identity = enrol_profile(
        _profile(options),
        options.server,
        options.login,
        asked,
        device=options.device,
        practice=options.practice,
        ca_file=options.ca,
    )
    data = {n: getattr(identity, n) for n in ("enrolment", "user", "role", "practice")}
    return Answer(data, line("cli.enrol.done"))


def _enrol_again(options: argparse.Namespace) -> Answer:
    from desktop.app.again import enrol_again

    asked = Asked(
        password=lambda: asking.secret("cli.ask.password"),
        new_password=lambda: asking.new_secret("cli.ask.new_password"),
        passphrase=lambda: asking.secret("cli.ask.passphrase"),
    )
    with _replica(options) as replica:
        identity = enrol_again(
            _profile(options), replica, options.login, asked, device=options.device
        )
        with replica.transaction() as tx:
            unsent = tx.unsent()
    data = {"enrolment": identity.enrolment, "user": identity.user, "unsent": unsent}
    return Answer(data, line("cli.enrol_again.done", unsent=unsent))


def _recover(options: argparse.Namespace) -> Answer:
    from desktop.cli import recovering

    profile = _profile(options)

    def chosen(prompt: str) -> str:
        practice = profile.vault.header().practice
        return asking.new_passphrase(prompt, practice=practice, own_words=(options.login,))

    return recovering.run(profile, options, asking.secret, chosen)


def _backup(options: argparse.Namespace) -> Answer:
    from desktop.app import copies

    profile = _profile(options)
    if not profile.enrolled:
        open_replica(profile, "")  # says so before a secret is asked for
    passphrase = asking.secret("cli.ask.passphrase")
    with closing(open_replica(profile, passphrase, tell=asking.tell_wrong_tries)) as replica:
        made = copies.back_up(profile, replica, passphrase, options.file)
    return Answer(asdict(made), line("cli.backup.done", file=options.file, unsent=made.unsent))


def _restore(options: argparse.Namespace) -> Answer:
    from desktop.app import copies

    passphrase = asking.secret("cli.ask.passphrase")
    found = copies.restore(_profile(options), passphrase, options.file, replace=options.replace)
    text = line("cli.restore.done", at=readable(found.at), unsent=found.unsent)
    return Answer(asdict(found), text)


def _sync(options: argparse.Namespace) -> Answer:
    with _replica(options) as replica, _progress("cli.progress.sync") as progress:
        profile = _profile(options)
        with heeding(profile):
            report = sync_engine(profile, replica).sync(
                progress, accept_removals=options.accept_removals
            )
    data = asdict(report)
    told = (report.conflicts, report.refused, report.diverted, report.quarantined, report.later)
    attention = any(told) or bool(report.held_back)
    return Answer(data, "\n".join(_sync_lines(report)), ATTENTION if attention else 0)


def _sync_lines(report: SyncReport) -> Iterator[str]:
    """Yield what a sync came to; what is not as usual stands in a line of its own."""
    data = asdict(report)
    data["outcome"] = line(f"cli.sync.{report.outcome}")
    data["verified"] = line("cli.yes" if report.verified else "cli.no")
    yield line("cli.sync.done", **data)
    if report.diverted or report.quarantined:
        yield line("cli.sync.elsewhere", count=report.diverted + report.quarantined)
    if report.later:
        yield line("cli.sync.later", later=report.later)
    if report.forks:
        yield line("cli.sync.forked", resent=report.resent)
    if report.held_back:
        yield line("cli.sync.held_back", **data)


def _verify(options: argparse.Namespace) -> Answer:
    with _replica(options) as replica, _progress("cli.progress.verify") as progress:
        profile = _profile(options)
        with heeding(profile):
            report = sync_engine(profile, replica).verify(full=options.full, progress=progress)
        with replica.reader() as reader:
            customers = receipts.names_of(reader, report.roots)
    verified = report.outcome != "moved"
    text = line("cli.verify.good" if verified else "cli.verify.bad")
    if customers:
        text += "\n" + line("cli.verify.mended", names=", ".join(customers))
    data = {**asdict(report), "customers": customers, "verified": verified}
    return Answer(data, text, 0 if verified else ATTENTION)


def _receipts(options: argparse.Namespace) -> Answer:
    if options.verify:
        return _verify_receipts(options)
    wanted = receipts.ReceiptSearch(
        since=options.since,
        until=options.until,
        mark=options.outcome,
        text=options.customer,
        limit=options.limit,
    )
    with _replica(options) as replica:
        found = receipts.search(replica.reader, wanted).receipts
    text = "\n".join(f"{readable(r.at)}  {r.outcome}  {_counts(r.counts)}" for r in found)
    return Answer({"receipts": [asdict(r) for r in found]}, text)


def _verify_receipts(options: argparse.Namespace) -> Answer:
    with _replica(options) as replica:
        report = receipts.verify(replica.reader)
    faults = [asdict(fault) for fault in report.faults]
    data = {
        "receipts": report.length,
        "head": report.head.hex(),
        "dropped": report.dropped,
        "faults": faults,
        "verified": not faults,
    }
    said = [line("cli.receipts.fault", place=f["place"], what=_fault(f["what"])) for f in faults]
    text = "\n".join(said) or line("cli.receipts.good", receipts=report.length)
    return Answer(data, text, ATTENTION if faults else 0)


def _fault(what: str) -> str:
    return line(f"cli.receipts.{what}")


def _counts(counts: Any) -> str:
    return "  ".join(f"{name} {count}" for name, count in counts.items() if count)


def _doctor(options: argparse.Namespace) -> Answer:
    from desktop.app.doctor import examine

    profile = _profile(options)

    def opened() -> AbstractContextManager[Replica]:
        given = asking.secret("cli.ask.passphrase")
        return closing(open_replica(profile, given, tell=asking.tell_wrong_tries))

    report = examine(profile, opened, server=options.server)
    code = 0 if report.healthy else ATTENTION
    return Answer(report.data(), report.text(), code)


# Customers


def _find(options: argparse.Namespace) -> Answer:
    with _replica(options) as replica, replica.reader() as reader:
        hits = reader.find(" ".join(options.query), options.limit)
        found = [reader.get(hit.id) for hit in hits]
    shown = [
        {**shapes.held_shown(SCHEMA, held), "matched": hit.matched}
        for held, hit in zip(found, hits, strict=True)
    ]
    return Answer({"customers": shown}, "\n".join(_customer_line(s) for s in shown))


def _customer_line(shown: dict[str, Any]) -> str:
    fields = shown["fields"]
    place = fields.get("village") or fields.get("address") or ""
    return f"{shown['id']}  {fields.get('name', '')}  {fields.get('phone', '')}  {place}"


def _show(options: argparse.Namespace) -> Answer:
    _check_reason(options)
    with _replica(options) as replica:
        card = customers.card(replica.reader, SCHEMA, options.customer)
        if options.reveal:
            seen = access.masked_of(SCHEMA, (card.customer, *card.family))
            _log(replica, options, "reveal", seen, about=options.customer)
    shown = shapes.card_shown(SCHEMA, card, reveal=options.reveal)
    parts = [shapes.pairs_text(shown["fields"])]
    for kind, records in shown["family"].items():
        parts += [f"{kind}:", *(shapes.pairs_text(r["fields"]) for r in records)]
    return Answer(shown, "\n".join(parts))


def _check_reason(options: argparse.Namespace) -> None:
    """Say what is missing before a secret is asked for. Raises: Refused `access.*`."""
    if options.reveal:
        check_reason(options.reason, options.note)


def _log(
    replica: Replica,
    options: argparse.Namespace,
    action: str,
    what: str,
    *,
    about: str = "",
    count: int = 1,
    reason: str | None = None,
) -> None:
    """Write down what is about to be shown, written or printed; no entry, no answer."""
    subject, subject_kind = access.subject_of(replica.reader, about)
    entry = access.Access(
        action=action,
        reason=reason or options.reason,
        note=getattr(options, "note", ""),
        what=what,
        subject=subject,
        subject_kind=subject_kind,
        count=count,
    )
    access.note_access(replica.unit_of_work, entry)


def _add(options: argparse.Namespace) -> Answer:
    with _replica(options) as replica:
        saved = customers.add_customer(replica.unit_of_work, SCHEMA, options.values)
    return _saved(saved)


def _edit(options: argparse.Namespace) -> Answer:
    with _replica(options) as replica:
        saved = customers.edit_record(replica.unit_of_work, SCHEMA, options.record, options.values)
    return _saved(saved)


def _saved(saved: customers.Saved) -> Answer:
    data = asdict(saved)
    text = line("cli.saved" if saved.changed else "cli.unchanged", record=saved.record)
    doubts = [line("cli.unverified", field=name) for name in saved.unverified]
    return Answer(data, "\n".join([text, *doubts]))


# The day


def _add_visit(options: argparse.Namespace) -> Answer:
    names = ("on", "state", "place", "channel", "summary", "needs", "next_step", "next_on")
    given = {n: v for n in names if (v := getattr(options, n)) is not None}
    with _replica(options) as replica:
        saved = visits.record_visit(
            replica.unit_of_work, SCHEMA, local_now, options.customer, given
        )
    return Answer(asdict(saved), line("cli.saved", record=saved.visit))


def _visits(options: argparse.Namespace) -> Answer:
    with _replica(options) as replica:
        found = visits.visits_of(replica.reader, options.customer)
    shown = [shapes.held_shown(SCHEMA, held) for held in found]
    lines = (f"{s['fields'].get('on')}  {s['fields'].get('summary', '')}" for s in shown)
    return Answer({"visits": shown}, "\n".join(lines))


def _tasks(options: argparse.Namespace) -> Answer:
    with _replica(options) as replica:
        if options.done:
            changed = visits.finish_task(replica.unit_of_work, options.done)
            return Answer({"task": options.done, "changed": changed}, line("cli.task.done"))
        until = options.until or business_date(local_now()) + timedelta(days=7)
        found = visits.open_tasks(replica.reader, until)
    shown = [shapes.held_shown(SCHEMA, held) for held in found]
    lines = (f"{s['id']}  {s['fields'].get('due_on', '-')}  {s['fields']['title']}" for s in shown)
    return Answer({"tasks": shown}, "\n".join(lines))


# Consents


Verb = Callable[[Replica, argparse.Namespace], Answer]


def _with_replica(verb: Verb) -> Callable[[argparse.Namespace], Answer]:
    def run_verb(options: argparse.Namespace) -> Answer:
        with _replica(options) as replica:
            return verb(replica, options)

    return run_verb


# Files


def _import(options: argparse.Namespace) -> Answer:
    data = read_file(options.file)
    overrides = dict(_heading(pair) for pair in options.map)
    with _replica(options) as replica:
        planned = intake.plan_intake(replica.reader, data, options.file.name, overrides)
        if not (options.dry_run or _agreed(options, planned)):
            return Answer({"saved": 0}, line("cli.import.left"))
        saved = 0
        if not options.dry_run:
            _write_bad_rows(replica, options, planned)
            with _progress("cli.progress.import") as progress:
                taken = intake.take(replica.unit_of_work, planned.plan, progress)
            if not taken.whole:
                raise Cancelled
            saved = taken.rows
    answer = {**_plan_shown(planned), "saved": saved, "dry_run": options.dry_run}
    text = _plan_text(planned) + "\n" + line("cli.import.done", saved=saved)
    return Answer(answer, text, ATTENTION if planned.to_mend else 0)


def _heading(pair: str) -> tuple[str, str]:
    heading, equals, name = pair.rpartition("=")
    if not equals:
        raise Refused("assignment.form", word_length=len(pair))
    return heading, name


def _write_bad_rows(replica: Replica, options: argparse.Namespace, planned: intake.Intake) -> None:
    if planned.to_mend:
        path = options.bad_rows or _free_name(options.file)
        if path.exists() and path.samefile(options.file):
            raise Refused("import.bad_rows_over_source")
        made = intake.let_out_bad_rows(replica.unit_of_work, planned, system_language())
        _write(path, made)


def _free_name(source: Path) -> Path:
    """Return a name beside the source that no file has: one may be half mended already."""
    stem = f"{source.stem.removesuffix('-to-mend')}-to-mend"
    names = (f"{stem}{number}.xlsx" for number in ("", *(f"-{n}" for n in range(2, 1000))))
    return next(path for name in names if not (path := source.with_name(name)).exists())


def _agreed(options: argparse.Namespace, planned: intake.Intake) -> bool:
    """Show the plan to a person at a terminal and ask; a script has agreed by calling."""
    if options.yes or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return True
    sys.stderr.write(_plan_text(planned) + "\n" + line("cli.import.ask") + " ")
    return input().strip().lower() in ("y", "yes", "是", "好")


def _plan_shown(planned: intake.Intake) -> dict[str, Any]:
    summary = asdict(planned.plan.summary())
    bad = [*planned.reading.bad, *planned.plan.held]
    return {
        **{n: summary[n] for n in ("created", "changed", "unchanged", "merged", "unverified")},
        "columns": {
            planned.mapping.headings[index]: name for index, name in planned.mapping.columns.items()
        },
        "left_out": list(planned.mapping.left_out),
        "examples": summary["examples"],
        "bad": [
            {"line": r.line, "problems": [{"field": p.field, "code": p.code} for p in r.problems]}
            for r in bad
        ],
    }


def _plan_text(planned: intake.Intake) -> str:
    shown = _plan_shown(planned)
    matched = "  ".join(f"{h} → {n}" for h, n in shown["columns"].items())
    left = line("cli.import.left_out", columns="  ".join(shown["left_out"]) or "-")
    counts = line("cli.import.plan", **{**shown, "bad": planned.to_mend})
    return "\n".join([matched, left, counts])


def _export(options: argparse.Namespace) -> Answer:
    from crm.interchange.export import write_csv, write_xlsx

    check_reason(options.reason, options.note)
    with _replica(options) as replica:
        if options.village:
            found = customers.in_village(replica.reader, options.village)
        else:
            found = tuple(customers.everybody(replica.reader))
        held, passed = consents.kept(replica, found, options.purpose, options.channel)
        what = f"{CUSTOMERS}, {FOR}.{options.purpose}"
        _log(replica, options, "export", what, count=len(held))
    kind, rows = SCHEMA["customer"], [h.fields for h in held]
    if options.file.suffix.lower() == ".xlsx":
        content = write_xlsx(kind, rows, language=system_language())
    else:
        content = write_csv(kind, rows, language=system_language(), encoding=options.encoding)
    _write(options.file, content)
    left, lines = consents.left_out(passed)
    text = "\n".join([line("cli.export.done", customers=len(rows)), *lines])
    return Answer({"customers": len(rows), **left}, text)


def _labels(options: argparse.Namespace) -> Answer:
    from desktop.mailing import label_pdf

    with _replica(options) as replica:
        found = customers.in_village(replica.reader, options.village)
        held, passed = consents.kept(replica, found, options.purpose, "post")
        what = f"{LABELS}, {FOR}.{options.purpose}"
        _log(replica, options, "print", what, count=len(held), reason=access.MAILING)
    words = labelling.label_words(held, options.language)
    with _progress("cli.progress.labels") as progress:
        made = label_pdf(
            words,
            first_cell=options.first_cell,
            language=options.language,
            progress=progress.step,
        )
    _write(options.file, made.pdf)
    findings = [{"ref": f.ref, "code": f.code, **f.facts} for f in made.findings]
    left, lines = consents.left_out(passed)
    data = {"labels": made.labels, "sheets": made.sheets, "findings": findings, **left}
    text = line("cli.labels.done", labels=made.labels, sheets=made.sheets)
    told = [text, *lines, *(f"{f.ref}  {f.text()}" for f in made.findings)]
    return Answer(data, "\n".join(told))


def _write(path: Path, content: bytes) -> None:
    """Write a file for people whole or not at all, readable by its owner only."""
    try:
        write_private_file(path, content)
    except OSError as error:
        raise BadFile("file.unwritable", reason=type(error).__name__) from error


# Conflicts


def _conflicts(options: argparse.Namespace) -> Answer:
    with _replica(options) as replica:
        found = conflicts.waiting(replica.reader)
    disputes = [shapes.dispute_shown(SCHEMA, d, reveal=False) for d in found.disputes]
    refused = [_outbox_shown(entry) for entry in found.refused]
    elsewhere = [_outbox_shown(entry) for entry in found.elsewhere]
    lines = [_dispute_line(d) for d in disputes]
    lines += [f"{o['operation']}  {o['kind']}  {o['reason']}" for o in refused]
    lines += [f"{o['operation']}  {o['kind']}  {o['outcome']}" for o in elsewhere]
    data = {"conflicts": disputes, "refused": refused, "elsewhere": elsewhere}
    return Answer(data, "\n".join(lines))


def _outbox_shown(entry: OutboxLine) -> dict[str, Any]:
    kind = SCHEMA.get(entry.kind)
    values = {name: pair[1] for name, pair in entry.fields.items() if pair[1] is not None}
    return {
        "operation": entry.id,
        "record": entry.record,
        "kind": entry.kind,
        "verb": entry.verb,
        "at": entry.at,
        "outcome": entry.outcome,
        "reason": entry.reason,
        "values": shapes.fields_shown(kind, values, reveal=False),
    }


def _dismiss(options: argparse.Namespace) -> Answer:
    with _replica(options) as replica:
        refusals.let_go(replica.unit_of_work, options.operation)
    return Answer({"operation": options.operation}, line("cli.dismissed"))


def _dispute_line(shown: dict[str, Any]) -> str:
    place = f"{shown['kind']}.{shown['field'] or shown['verb']}"
    sides = ("-" if shown[side] is None else shown[side] for side in ("base", "mine", "theirs"))
    return f"{shown['id']}  {place}  {' | '.join(map(str, sides))}"


def _conflict(options: argparse.Namespace) -> Answer:
    _check_reason(options)
    with _replica(options) as replica:
        found = conflicts.dispute(replica.reader, options.conflict)
        if options.reveal:
            seen = access.names_of(found.kind, [found.field or found.verb])
            _log(replica, options, "reveal", seen, about=options.conflict)
    shown = shapes.dispute_shown(SCHEMA, found, reveal=options.reveal)
    return Answer(shown, shapes.pairs_text({n: v for n, v in shown.items() if v is not None}))


def _resolve(options: argparse.Namespace) -> Answer:
    choice = options.choice or "other"
    with _replica(options) as replica:
        settled = conflicts.resolve(
            replica.unit_of_work,
            SCHEMA,
            replica.identity().user,
            options.conflict,
            choice,
            options.write,
        )
    data = {"conflict": settled.id, "record": settled.record, "state": settled.state}
    return Answer(data, line("cli.conflict.settled", state=settled.state))


_COMMANDS: dict[str, Callable[[argparse.Namespace], Answer]] = {
    "enrol": _enrol,
    "enrol-again": _enrol_again,
    "recover": _recover,
    "backup": _backup,
    "restore": _restore,
    "sync": _sync,
    "verify": _verify,
    "passphrase": keys.passphrase,
    "rekey": keys.new_key,
    "receipts": _receipts,
    "doctor": _doctor,
    "customers find": _find,
    "customers show": _show,
    "customers add": _add,
    "customers edit": _edit,
    "visits add": _add_visit,
    "visits list": _visits,
    "tasks": _tasks,
    "import": _import,
    "export": _export,
    "labels": _labels,
    "conflicts list": _conflicts,
    "conflicts show": _conflict,
    "conflicts resolve": _resolve,
    "conflicts dismiss": _dismiss,
    "consents add": _with_replica(consents.add),
    "consents withdraw": _with_replica(consents.withdraw),
    "consents list": _with_replica(consents.listed),
    "may-contact": _with_replica(consents.may_contact),
}
