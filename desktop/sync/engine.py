"""A sync, whole: hello -> push -> pull -> hello. With nothing to do one hello is all of it.

One sync at a time per profile. Cancel is heard between transactions, and whatever ends a sync
early, what was stored stays and the next sync goes on from there.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from crm.domain.errors import (
    Cancelled,
    Locked,
    Refused,
    ServerUnreachable,
    UserError,
    plain_facts,
)
from desktop.services.clock import TrustedTime
from desktop.services.ports import Receipt, StreamState, SyncStore
from desktop.services.progress import Progress
from desktop.sync.conversation import Conversation
from desktop.sync.ending import ask_whether_it_ended, hand_in, say_destroyed
from desktop.sync.errors import Condemned, Revoked, UpgradeNeeded
from desktop.sync.failpoints import arm, failpoint
from desktop.sync.fork import standing_of, through_forks
from desktop.sync.handshake import Hello, differing, is_equal, say_hello
from desktop.sync.leaving import leave_no_byte, let_go, wipe_owed
from desktop.sync.pull import leave_streams, pull_streams
from desktop.sync.push import Push
from desktop.sync.report import COMPLETE, PARTIAL, SyncReport, Tally
from desktop.sync.session import Session, Work
from desktop.sync.transport import DEADLINE_S, Transport
from desktop.sync.verify import VerifyReport, mend

ROUNDS = 5  # hellos that find news, after which the rest is for the next sync
LOCK_NAME = "sync.lock"

log = logging.getLogger(__name__)


class SyncEngine:
    """Keeps one replica and its server alike."""

    def __init__(
        self,
        store: SyncStore,
        folder: Path,
        *,
        ca_file: Path | None = None,
        deadline_s: float = DEADLINE_S,
        trusted: TrustedTime | None = None,
    ) -> None:
        """`trusted` is told the server's time; without it nothing here asks what time it is."""
        self._store = store
        self._folder = folder
        self._ca_file = ca_file
        self._deadline_s = deadline_s
        self._trusted = trusted

    def sync(self, progress: Progress | None = None, *, accept_removals: int = 0) -> SyncReport:
        """Send what waits, receive what is new, compare.

        Where much would leave without a signed cause it stays, and the report says how much
        (`ask-first`). The person has agreed that `accept_removals` records leave: the number that
        was shown. More than that is asked about again.

        The stages that `progress` hears of, in this order: identity, send, receive, verify,
        receipt; verify is left out where one hello tells that all is alike.
        Raises: ServerUnreachable, ServerRefused (also Forked, UpgradeNeeded, Revoked),
        Damaged, Cancelled, Refused `sync.running`. Edits are kept in every case but one:
        Condemned, after which the caller destroys the profile.
        """
        with self._session(progress or Progress()) as session:
            session.asking.agreed.left = accept_removals
            try:
                _exchange_unless_ended(session)
            except Condemned:  # the key goes first: nothing more is written
                raise
            except Cancelled as error:
                # Who stops does not wait: what a bulk load left for its end is for the next sync.
                _receipt(session, error.code, error.facts)
                raise
            except UserError as error:
                with suppress(Cancelled):
                    _finish(session)
                if isinstance(error, ServerUnreachable):  # a sync that was killed may owe it
                    wipe_owed(session)
                _receipt(session, error.code, error.facts)
                raise
            with suppress(Cancelled):  # all is done: what is left undone is for the next sync
                session.work.progress.stage("receipt")
                _finish(session)
            report = session.tally.report()
            _receipt(session, report.outcome)
            return report

    def verify(self, *, full: bool = False, progress: Progress | None = None) -> VerifyReport:
        """Compare every stream with the server, and mend what differs. Sends no edit.

        `full` first recomputes every hash from content. Edits that wait stay as they are.
        Raises: as `sync`.
        """
        with self._session(progress or Progress()) as session:
            log.info("verify started: full %s", int(full))
            try:
                report = through_forks(session, partial(_verify, full=full))
            except UserError as error:
                log.warning("verify ended: %s", error.code)
                raise
            _log_verified(report)
            if session.tally.mended_roots or report.repaired:
                _keep(session, session.tally.report())
            return report

    @contextmanager
    def _session(self, progress: Progress) -> Iterator[Session]:
        with only_one(self._folder):
            with self._store.transaction() as tx:
                identity = tx.identity()
                tx.tidy()
            if identity.practice:
                arm()
            transport = Transport(
                identity.server_url,
                token=identity.token,
                ca_file=self._ca_file,
                deadline_s=self._deadline_s,
            )
            standing = standing_of(identity)
            conversation = Conversation(transport, self._store.schema.version, standing)
            conversation.hear = self._trusted.note if self._trusted else None
            try:
                yield Session(
                    self._store,
                    conversation,
                    Tally(transport.traffic),
                    Work(progress),
                    identity,
                    trusted=self._trusted,
                )
            except Condemned as word:
                if word.code == "sync.lost":
                    now = identity.but(incarnation=conversation.standing.incarnation)
                    version = self._store.schema.version
                    word.last_word = partial(say_destroyed, now, self._ca_file, version)
                raise
            finally:
                transport.close()


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Hold the profile's sync lock.

    Raises: Refused `sync.running` when another sync has it; Locked `sync.lock`.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(folder / LOCK_NAME, timeout=0, mode=0o600)
    try:
        lock.acquire()
    except Timeout as error:
        raise Refused("sync.running") from error
    except OSError as error:  # a folder of that name; a disk that cannot be written to
        raise Locked("sync.lock", reason=type(error).__name__) from error
    try:
        yield
    finally:
        lock.release()


def _exchange_unless_ended(session: Session) -> None:
    try:
        through_forks(session, _exchange)
    except Revoked as refused:
        if refused.code == "sync.revoked":
            ask_whether_it_ended(session)
        raise


def _exchange(session: Session) -> None:
    stage = session.work.progress.stage
    stage("identity")
    hello = say_hello(session)
    if hello.verdict == "retire":
        hand_in(session)
    session.work.expect(hello.unsent)
    log.info("sync started: %d unsent, %d streams", hello.unsent, len(hello.streams))
    push = Push(session)
    stage("send")
    if hello.unsent:
        push.run()
    if hello.verdict == "upgrade":
        raise UpgradeNeeded("sync.upgrade")
    stage("receive")
    _catch_up(session, hello, push.streams)
    leave_no_byte(session)


def _catch_up(session: Session, hello: Hello, pushed: set[str]) -> None:
    """Pull until a hello said after the last push finds nothing new (or ROUNDS are over)."""
    wanted, after_push = pushed & hello.streams.keys(), not pushed
    for _ in range(ROUNDS):
        states = _begin_round(session, hello)
        wanted = (wanted | differing(states, hello)) - session.asking.staged.keys()
        marked = session.marked  # a repair may say another hello, before which others were read
        _read(session, hello, wanted, {})
        let_go(session, marked if wanted else None, end_pull=after_push)
        if not wanted and after_push:
            session.tally.verified = not session.asking.staged
            break
        session.work.progress.stage("verify")
        hello, after_push, wanted = say_hello(session), True, set()
    else:
        session.tally.verified = _held_at_last_look(session, hello)
    session.tally.held_back = session.asking.total()
    if pushed:
        with session.store.transaction() as tx:
            session.tally.count_merged(tx)


def _begin_round(session: Session, hello: Hello) -> dict[str, StreamState]:
    """Drop what is granted no longer; let what may leave follow from what this hello has signed
    (`ask-first`). Return how far every stream has been read."""
    states, kept = _held(session)
    if states.keys() - hello.streams.keys():
        leave_streams(session, hello)
        states, kept = _held(session)
    if kept:
        equal = {name for name, told in hello.streams.items() if is_equal(states.get(name), told)}
        session.asking.settle(session.store, equal | (kept.keys() - hello.streams.keys()))
    session.asking.begin_round(hello.streams, states, kept)
    return states


def _held(session: Session) -> tuple[dict[str, StreamState], dict[str, tuple[int, int]]]:
    """Return how far every stream has been read, and what a person was asked about."""
    with session.store.transaction() as tx:
        return tx.streams(), tx.asked()


def _differing(session: Session, hello: Hello) -> set[str]:
    with session.store.transaction() as tx:
        return differing(tx.streams(), hello)


def _read(
    session: Session, hello: Hello, wanted: set[str], suspects: Mapping[str, set[str]]
) -> None:
    """Read the wanted streams; mend those that stand at their head and still differ.

    `suspects`: ids of records by stream, to be brought anew in any case.
    """
    if not wanted and not suspects:
        return
    with session.store.transaction() as tx:
        states = tx.streams()
    at_head = {
        name
        for name in wanted
        if states[name].number == hello.streams[name].head
        and not states[name].baselining
        and not is_equal(states[name], hello.streams[name])
    }
    behind = wanted - at_head
    pull_streams(session, hello, behind)
    wrong = at_head | {name for name in behind if not session.verified.get(name, True)}
    mend(session, hello, wrong | (suspects.keys() & hello.streams.keys()), suspects)


def _held_at_last_look(session: Session, hello: Hello) -> bool:
    """Others kept writing: each stream was compared at its own last page instead."""
    return not any(not session.verified.get(name, False) for name in _differing(session, hello))


def _verify(session: Session, *, full: bool) -> VerifyReport:
    started = time.monotonic()
    suspects: dict[str, set[str]] = {}
    damaged = 0
    hello = say_hello(session)  # first: what is dropped as damage must come again at once
    if hello.verdict == "retire":  # what waits is to be sent first
        raise Revoked("sync.revoked")
    _begin_round(session, hello)
    if full:
        with session.interruptible() as tx:
            damage = tx.rehash(session.work.progress)
        suspects, damaged = {s: set(ids) for s, ids in damage.records.items()}, damage.count
        failpoint("rehash.committed")
    wanted = _differing(session, hello)
    _read(session, hello, wanted, suspects)
    _finish(session)
    last = say_hello(session) if wanted or damaged else hello
    with session.store.transaction() as tx:
        states = tx.streams()
    report = session.tally.report()
    mended = report.repaired or session.tally.mended_roots
    equal = all(is_equal(states.get(name), told) for name, told in last.streams.items())
    session.tally.verified = equal
    return VerifyReport(
        outcome="moved" if not equal else "repaired" if mended or damaged else "equal",
        streams=len(last.streams),
        records=sum(state.live for state in states.values()),
        damaged=damaged,
        differing=len(wanted),
        repaired=report.repaired,
        removed=report.left,
        roots=session.tally.mended_roots,
        requests=report.requests,
        seconds=time.monotonic() - started,
    )


def _finish(session: Session) -> None:
    """Build what a bulk load has left for its end. Raises: Cancelled."""
    with session.interruptible() as tx:
        tx.make_ready()


def _receipt(session: Session, outcome: str, facts: Mapping[str, object] | None = None) -> None:
    """Write down what the sync came to: in the replica, and in the log."""
    report = session.tally.report(outcome)
    _log_ended(report, outcome)
    _keep(session, report, facts)


def _keep(session: Session, report: SyncReport, facts: Mapping[str, object] | None = None) -> None:
    with session.store.transaction() as tx:
        tx.add_receipt(
            Receipt(
                at=session.conversation.server_time,
                outcome=report.outcome,
                counts=report.counts(),
                heads={name: state.number for name, state in tx.streams().items()},
                facts=plain_facts(facts or {}),
                lines=session.tally.lines(),
            )
        )


def _log_ended(report: SyncReport, outcome: str) -> None:
    log.log(
        logging.INFO if outcome in {COMPLETE, PARTIAL} else logging.WARNING,
        "sync ended: %s; sent %d, conflicts %d, refused %d, diverted %d, quarantined %d, later %d;"
        " received %d, left %d, repaired %d, verified %d; %d requests, %d up, %d down, %.1f s",
        outcome,
        report.sent,
        report.conflicts,
        report.refused,
        report.diverted,
        report.quarantined,
        report.later,
        report.received,
        report.left,
        report.repaired,
        report.verified,
        report.requests,
        report.bytes_up,
        report.bytes_down,
        report.seconds,
    )


def _log_verified(report: VerifyReport) -> None:
    log.info(
        "verify ended: %s; %d streams, %d records; damaged %d, differing %d, repaired %d,"
        " removed %d; %d requests, %.1f s",
        report.outcome,
        report.streams,
        report.records,
        report.damaged,
        report.differing,
        report.repaired,
        report.removed,
        report.requests,
        report.seconds,
    )
