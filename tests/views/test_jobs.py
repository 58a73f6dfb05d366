"""Jobs end exactly once, on the thread that asked; a newer reading replaces the older."""

from __future__ import annotations

import threading

import pytest

from crm.domain.errors import Refused
from desktop.jobs.desk import Jobs

WAIT_MS = 10_000


@pytest.fixture
def jobs(qapp):
    made = Jobs()
    yield made
    assert made.close()


def test_a_result_comes_back_on_the_thread_that_asked(qtbot, jobs):
    seen = []
    jobs.read(lambda _: threading.get_ident(), lambda there: seen.append((there, here())))
    qtbot.waitUntil(lambda: bool(seen), timeout=WAIT_MS)
    ((there, delivered),) = seen
    assert delivered == here()
    assert there != here()


def here():
    return threading.get_ident()


def test_an_error_comes_to_whoever_asked(qtbot, jobs):
    seen = []
    jobs.write(_refuse, seen.append, lambda error: seen.append(error.code))
    qtbot.waitUntil(lambda: bool(seen), timeout=WAIT_MS)
    assert seen == ["some.reason"]


def _refuse(_):
    raise Refused("some.reason")


def test_an_error_that_nobody_expects_is_told_to_all(qtbot, jobs):
    with qtbot.waitSignal(jobs.went_wrong, timeout=WAIT_MS) as told:
        jobs.read(lambda _: 1 // 0, lambda _: None)
    assert isinstance(told.args[0], ZeroDivisionError)


def test_only_the_newest_answer_to_a_key_is_delivered(qtbot, jobs):
    release, seen = threading.Event(), []
    jobs.read(lambda _: release.wait(10) and "old", seen.append, key="search")
    jobs.read(lambda _: "new", seen.append, key="search")
    qtbot.waitUntil(lambda: bool(seen), timeout=WAIT_MS)
    release.set()
    qtbot.waitUntil(jobs.idle, timeout=WAIT_MS)
    assert seen == ["new"]


def test_writings_run_one_after_another_in_the_order_asked(qtbot, jobs):
    running, most, seen = [], [], []

    def work(number):
        running.append(number)
        most.append(len(running))
        running.remove(number)
        return number

    for number in range(20):
        jobs.write(lambda _, number=number: work(number), seen.append)
    qtbot.waitUntil(lambda: len(seen) == 20, timeout=WAIT_MS)
    assert seen == list(range(20))
    assert max(most) == 1


def test_saving_goes_on_while_long_work_runs(qtbot, jobs):
    release, seen = threading.Event(), []
    jobs.long(lambda _: release.wait(10), lambda _: seen.append("long"))
    jobs.write(lambda _: None, lambda _: seen.append("saved"))
    qtbot.waitUntil(lambda: bool(seen), timeout=WAIT_MS)
    release.set()
    qtbot.waitUntil(lambda: len(seen) == 2, timeout=WAIT_MS)
    assert seen == ["saved", "long"]


def test_cancel_ends_work_without_a_result(qtbot, jobs):
    seen = []

    def endless(progress):
        while True:
            progress.step(0, 1)

    job = jobs.long(endless, seen.append, seen.append)
    with qtbot.waitSignal(job.cancelled, timeout=WAIT_MS):
        job.cancel()
    qtbot.waitUntil(jobs.idle, timeout=WAIT_MS)
    assert seen == []


def test_progress_and_stages_are_told(qtbot, jobs):
    stages, steps = [], []
    start = threading.Event()

    def work(progress):
        start.wait(10)
        progress.stage("send")
        progress.step(1, 4)
        progress.step(4, 4)

    job = jobs.long(work, lambda _: steps.append("done"))
    job.staged.connect(stages.append)
    job.progressed.connect(lambda done, total: steps.append((done, total)))
    start.set()
    qtbot.waitUntil(lambda: "done" in steps, timeout=WAIT_MS)
    assert stages == ["send"]
    assert (4, 4) in steps


def test_nothing_is_delivered_once_the_jobs_are_closed(qtbot, jobs):
    started, seen = threading.Event(), []
    jobs.read(lambda _: started.set(), seen.append)
    started.wait(10)
    assert jobs.close()
    qtbot.wait(20)
    assert seen == []


def test_a_writing_that_has_not_begun_is_not_lost_when_the_jobs_close(jobs):
    begun, go_on, written = threading.Event(), threading.Event(), []

    def first(_):
        begun.set()
        go_on.wait(5)
        written.append(1)

    jobs.write(first, lambda _: None)
    jobs.write(lambda _: written.append(2), lambda _: None)
    assert begun.wait(5)
    threading.Timer(0.05, go_on.set).start()
    assert jobs.close()
    assert written == [1, 2]


def test_nothing_begins_once_the_jobs_are_closed(qtbot):
    jobs, seen = Jobs(), []
    assert jobs.close()
    for start in (jobs.read, jobs.write, jobs.long):
        start(lambda _: seen.append("ran"), seen.append)
    assert jobs.idle()
    assert jobs.close()
    assert seen == []


def test_a_writing_that_failed_is_counted_until_somebody_hears_of_it(qtbot, jobs):
    told = []
    jobs.write(_refuse, told.append, told.append)
    qtbot.waitUntil(lambda: told != [], timeout=WAIT_MS)
    assert jobs.untold == 0
    jobs.write(_refuse, told.append, told.append)
    assert jobs.close()
    assert (jobs.untold, len(told)) == (1, 1)
