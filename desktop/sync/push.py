"""push: queued operations, oldest first, in pages of whole groups.

Safe to repeat at any point: numbers are stored before a page leaves (`in-order`), what leaves
again leaves under the same numbers, and the server answers a known operation with its receipt
(`op-once`). While the server works on a page, the next one is numbered; it leaves as soon as an
answer has come that settles everything before it, and that answer is stored meanwhile. Should
the program die in between, both pages leave again under their numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import orjson

from crm.domain.errors import ServerUnreachable, plain_facts
from desktop.services.ports import Operation, Result
from desktop.sync.conversation import Reply
from desktop.sync.errors import NumberGap, ServerFailed, TooLarge
from desktop.sync.failpoints import failpoint
from desktop.sync.line_faults import CUT, TIMEOUT
from desktop.sync.session import Question, Session
from desktop.sync.wellformed import mapping, text, whole, wrong

PAGE_OPERATIONS = 500
PAGE_BYTES = 900_000  # the server takes 1 MB; the envelope needs some
CUT_TRIES = 2  # of one page, before half of it is sent instead
FAILURES = 24  # answers of "I failed" in one sync, after which it ends

TOKEN_MOST = 4096  # characters
REASON_MOST = 200  # characters of a code
OUTCOMES = frozenset(
    {"applied", "nothing", "conflict", "diverted", "quarantined", "refused", "later"}
)


@dataclass(frozen=True, slots=True)
class _UnderWay:
    """A page that has left."""

    page: Sequence[Operation]
    question: Question

    @property
    def last(self) -> int:
        return self.page[-1].number


class Push:
    """One push phase."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._limit = PAGE_OPERATIONS
        self._waiting: set[str] = set()  # records that rest in this sync (`later-waits`)
        self._failures = 0
        self._growing = False
        self.streams: set[str] = set()  # where effects are to be expected

    def run(self) -> None:
        """Send everything that is queued. Raises: as Session.ask."""
        under_way = self._next()
        while under_way is not None:
            under_way = self._finish(under_way)

    def _next(self) -> _UnderWay | None:
        """Number a page and send it; None when nothing is left."""
        with self._session.store.transaction() as tx:
            page = tx.number_page(self._limit, PAGE_BYTES, self._waiting)
            failpoint("number.before_commit")
        failpoint("number.committed")
        return self._start(page) if page else None

    def _start(self, page: Sequence[Operation]) -> _UnderWay:
        message = {"operations": [wire(operation) for operation in page]}
        return _UnderWay(page, self._session.start("/v1/push", message, tries=CUT_TRIES))

    def _number_behind(self, under_way: _UnderWay) -> Sequence[Operation]:
        """Number the page behind one that is under way; none where pages had to become small."""
        if self._limit < PAGE_OPERATIONS or len(under_way.page) < self._limit:
            return []
        with self._session.store.transaction() as tx:
            page = tx.number_behind(under_way.last, self._limit, PAGE_BYTES, self._waiting)
            failpoint("number.before_commit")
        failpoint("number.committed")
        return page

    def _finish(self, under_way: _UnderWay) -> _UnderWay | None:
        """Settle a page; return the next one, which has left."""
        page, behind = under_way.page, self._number_behind(under_way)
        reply = self._answer(under_way)
        if reply is None:
            self._session.work.step()
            return self._next()
        failpoint("push.answered")
        results = results_of(page, reply)
        # Nothing waits and every number is used up: the next page may come.
        is_done = all(result.outcome != "later" for result in results)
        following = self._start(behind) if behind and is_done else None
        self._settle(page, results, reply)
        self._grow_back()
        self._session.work.step(len(page))
        return following or self._next()

    def _answer(self, under_way: _UnderWay) -> Reply | None:
        """Wait for the answer to a page; None where it was dealt with and the page must wait."""
        page = under_way.page
        try:
            return under_way.question.reply()
        except TooLarge as refusal:
            self._too_large(page, refusal)
        except ServerFailed as failed:
            self._failed(page, failed)
        except NumberGap:
            self._gap()
        except ServerUnreachable as failed:
            self._cut(page, failed)
        return None

    def _settle(self, page: Sequence[Operation], results: Sequence[Result], reply: Reply) -> None:
        later = {result.id for result in results if result.outcome == "later"}
        last = page[-1].number
        with self._session.store.transaction() as tx:
            self._session.tally.about_to_settle(tx, page)
            acked = acked_after(results, reply)
            tx.settle(results, acked, self._session.conversation.server_time)
            if later and int(reply["done"]) <= last:
                # Numbers behind a trailing `later` are not used up, nor those of the next page,
                # which has not left: part of it may have to wait as well.
                tx.unnumber()
            failpoint("settle.before_commit")
        failpoint("settle.committed")
        self._session.conversation.standing.acked = acked
        self._session.tally.settled(page, results)
        self._waiting |= {operation.record for operation in page if operation.id in later}
        self.streams |= {operation.stream for operation in page}
        self._limit = PAGE_OPERATIONS

    # --- what can go wrong with a page ---

    def _too_large(self, page: Sequence[Operation], refusal: TooLarge) -> None:
        """Halve the page; set a lone group aside only if it is larger than any page may be.

        A smaller one was refused for a reason that lies elsewhere: it waits for another sync.
        """
        if _groups(page) > 1:
            self._limit = max(1, len(page) // 2)
            return
        if _bytes(page) <= PAGE_BYTES:
            self._failures += 1
            if self._failures > FAILURES:
                raise refusal
            self._rest(page)
            return
        with self._session.store.transaction() as tx:  # nothing was taken: numbers are free
            at = self._session.conversation.server_time
            followers = tx.set_aside([o.id for o in page], "request.too_large", at)
            tx.unnumber()
        gone = [*page, *followers]
        refused = [
            Result(id=o.id, number=0, outcome="refused", version=None, reason=None) for o in gone
        ]
        self._session.tally.settled(gone, refused)
        self._limit = PAGE_OPERATIONS

    def _failed(self, page: Sequence[Operation], failed: ServerFailed) -> None:
        """Halve the page; a lone group that the server dies of waits for another sync (`bisect`).

        Should nothing else land either, the server is ill, not the group. Where it does not
        say that it took nothing (`done`), numbers stay as they are and the sync ends.
        """
        self._failures += 1
        took_nothing = failed.facts["done"] == self._session.conversation.standing.acked
        if self._failures > FAILURES or not took_nothing:
            raise failed
        self._growing = False
        if _groups(page) > 1:
            self._limit = max(1, len(page) // 2)
            return
        self._rest(page)

    def _cut(self, page: Sequence[Operation], failed: ServerUnreachable) -> None:
        """A page that does not get through: send half of it, under the same numbers."""
        self._failures += 1
        breaks = failed.code in {CUT, TIMEOUT}
        if not breaks or self._failures > FAILURES or _groups(page) == 1:
            raise failed
        self._limit = max(1, len(page) // 2)
        self._growing = True

    def _grow_back(self) -> None:
        """What a line had made small grows again; what a server failed at stays small."""
        if self._growing:
            self._limit = min(self._limit * 2, PAGE_OPERATIONS)

    def _rest(self, page: Sequence[Operation]) -> None:
        """Nothing of a lone group was taken: let it wait for another sync."""
        self._session.tally.later.update(operation.id for operation in page)
        self._waiting |= {operation.record for operation in page}
        self._limit = PAGE_OPERATIONS
        with self._session.store.transaction() as tx:
            tx.unnumber()

    def _gap(self) -> None:
        """Number again from where the server is."""
        self._failures += 1
        if self._failures > FAILURES:
            raise ServerUnreachable("sync.protocol", place="number")
        with self._session.store.transaction() as tx:
            tx.unnumber()


def wire(operation: Operation) -> dict[str, object]:
    """Return an operation as the wire has it."""
    message: dict[str, object] = {
        "id": operation.id,
        "number": operation.number,
        "group": operation.group,
        "author": operation.author,
        "at": operation.at,
        "verb": operation.verb,
        "record": operation.record,
        "kind": operation.kind,
        "root": operation.root,
        "parent": operation.parent,
        "home": operation.home,
    }
    if operation.sealed is not None:
        added = {"fields": operation.fields} if operation.fields else {}  # since: a seat's proof
        return {**message, **added, "sealed": operation.sealed}
    message["fields"] = operation.fields
    if operation.seen is not None:
        message["seen"] = operation.seen
    if operation.into is not None:
        message["into"] = operation.into
    if operation.copy is not None:
        message["copy"] = operation.copy
    return message


def results_of(page: Sequence[Operation], reply: Reply) -> list[Result]:
    """Return one result an operation, in the order of the page.

    Raises: ServerUnreachable `sync.protocol` when one is missing or not understood.
    """
    try:
        told = {result["id"]: mapping(result, "results") for result in reply["results"]}
        return [_result(operation, told[operation.id]) for operation in page]
    except (KeyError, TypeError) as error:
        raise ServerUnreachable("sync.protocol", place="results") from error


def _result(operation: Operation, told: Mapping[str, object]) -> Result:
    version, reason = told["version"], told["reason"]
    outcome = text(told["outcome"], "outcome", REASON_MOST)
    if outcome not in OUTCOMES:
        wrong("outcome")
    return Result(
        id=operation.id,
        number=operation.number,
        outcome=outcome,
        version=None if version is None else whole(version, "version"),
        reason=None if reason is None else text(reason, "reason", REASON_MOST),
        facts=plain_facts(mapping(told["facts"], "facts")) if told.get("facts") else None,
        confirmation=_confirmation(told.get("confirmation")),
    )


def _confirmation(said: object) -> str | None:
    """Return the signed word of a seat: carried as it is, read by the server alone."""
    return None if said is None else text(said, "confirmation", TOKEN_MOST)


def acked_after(results: Sequence[Result], reply: Reply) -> int:
    """Return the highest number whose receipt is here once `results` are stored.

    `later` is not final: a server need not count a trailing one as done.
    """
    acked = min(int(reply["done"]), max(result.number for result in results))
    if any(result.number > acked and result.outcome != "later" for result in results):
        raise ServerUnreachable("sync.protocol", place="done")
    return acked


def _groups(page: Sequence[Operation]) -> int:
    return len({operation.group for operation in page})


def _bytes(page: Sequence[Operation]) -> int:
    return len(orjson.dumps([wire(operation) for operation in page]))
