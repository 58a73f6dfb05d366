"""A test that judges time fails only where its finding repeats.

A neighbour may take the processor, and the machine itself may be taken from under us; no test can
tell that from a slow program by one look. So what a test found too slow is looked for again: the
test runs a second and a third time, by itself and at once, and fails where it finds the same place
each time. Any other failure counts the first time. What did not repeat is told in the summary.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pytest
from _pytest.runner import runtestprotocol

TRIES = 3
TOLD = "found slow once"
_FOUND = pytest.StashKey[list["TookLong"]]()
_BEFORE = pytest.StashKey[frozenset[str]]()


class TookLong(AssertionError):
    """Findings of one run of a test: what to tell of each place."""

    def __init__(self, places: Mapping[str, str]) -> None:
        super().__init__("\n".join(places.values()))
        self.places = frozenset(places)


class Judge:
    """Judges what one run of a test found too slow."""

    def __init__(self, item: pytest.Item) -> None:
        self._item = item

    def findings(self, places: Mapping[str, str]) -> None:
        """Fail for {place: what to tell}; in a later run only for what each run before found."""
        before = self._item.stash.get(_BEFORE, None)
        counted = {p: told for p, told in places.items() if before is None or p in before}
        if counted:
            raise TookLong(counted)

    def within(self, limit_s: float, took_s: float, what: str) -> None:
        """Fail where `what` took longer than its limit."""
        if took_s >= limit_s:
            self.findings({what: f"{what} took {took_s:.3f} s; its limit is {limit_s} s"})


def place_of(stack: Sequence[str]) -> str:
    """Return where a stall of the watchdog's began: the first call into a view, without its line.

    Where in that call it was seen turns on the moment.
    """
    inside = [place for place in stack if place.startswith("desktop.views.")]
    module, _, rest = (inside or list(stack[-1:]) or ["?"])[0].partition(":")
    return f"{module} {rest.partition(' ')[2]}"


@pytest.fixture
def judge(request: pytest.FixtureRequest) -> Judge:
    """What a test that measures time asks for its verdict."""
    return Judge(request.node)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):
    if call.excinfo is not None and isinstance(call.excinfo.value, TookLong):
        item.stash.setdefault(_FOUND, []).append(call.excinfo.value)
    return (yield)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool:
    """Run a test as pytest does, again where it only found something slow."""
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    for report in _tried(item, nextitem):
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


def _tried(item: pytest.Item, nextitem: pytest.Item | None) -> list[pytest.TestReport]:
    told: list[str] = []
    for _ in range(TRIES):
        item.stash[_FOUND] = []
        reports = runtestprotocol(item, log=False, nextitem=nextitem)
        found = item.stash[_FOUND]
        failed = [report for report in reports if report.failed]
        if not found or len(found) < len(failed):  # in time, or something else is wrong
            break
        told += map(str, found)
        item.stash[_BEFORE] = frozenset().union(*(each.places for each in found))
    if told and not any(report.failed for report in reports):
        reports[-1].user_properties += [(TOLD, text) for text in told]
    return reports


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell what was slow once and not again: a machine that was busy, or the first sign."""
    for report in _ended_well(terminalreporter):
        for name, text in report.user_properties:
            if name == TOLD:
                place = text.partition("\n")[0]
                terminalreporter.write_line(f"slow once, not again: {report.nodeid}: {place}")


def _ended_well(terminalreporter: pytest.TerminalReporter) -> Iterator[pytest.TestReport]:
    for kind in ("passed", ""):  # "": a fixture that came up or went down
        yield from terminalreporter.stats.get(kind, [])
