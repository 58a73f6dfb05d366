"""What `yizhan sync` says to a person."""

from __future__ import annotations

import pytest

from crm.domain.messages import line
from desktop.cli.commands import _sync_lines
from desktop.sync.report import SyncReport


def test_a_usual_sync_is_one_line_in_words():
    (said,) = _sync_lines(SyncReport(outcome="complete", sent=2, applied=2, verified=True))
    assert line("cli.yes") in said
    assert not {"True", "complete"} & set(said.replace(":", " ").replace("：", " ").split())


@pytest.mark.parametrize(
    ("counts", "code", "facts"),
    [
        ({"diverted": 2, "quarantined": 1}, "cli.sync.elsewhere", {"count": 3}),
        ({"later": 4}, "cli.sync.later", {"later": 4}),
    ],
)
def test_edits_that_were_not_applied_are_accounted_for(counts, code, facts):
    """Without it "3 sent, 0 applied" leaves open what became of them."""
    said = list(_sync_lines(SyncReport(outcome="partial", sent=3, **counts)))
    assert line(code, **facts) in said
