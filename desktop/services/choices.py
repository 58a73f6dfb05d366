"""What somebody has chosen about conflicts and not saved yet: kept as drafts, one a conflict.

They survive a lock and a crash, never leave the laptop, and go with the conflict.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from desktop.services.ports import Reader, UnitOfWork, UowFactory

SETTLE_FORM = "settle"


@dataclass(frozen=True, slots=True)
class Chosen:
    """A choice so far: mine, theirs, or other with a text."""

    choice: str
    text: str = ""


def keep_choices(new_uow: UowFactory, choices: Mapping[str, Chosen]) -> None:
    """Keep choices by conflict, in place of older ones."""
    with new_uow() as uow:
        for conflict, chosen in choices.items():
            values = {"choice": chosen.choice, "text": chosen.text}
            uow.save_draft(SETTLE_FORM, conflict, values)
        uow.commit()


def kept_choices(replica: Reader) -> dict[str, Chosen]:
    """Return what was kept, by conflict."""
    return {
        draft.record: Chosen(draft.values.get("choice", ""), draft.values.get("text", ""))
        for draft in replica.drafts()
        if draft.form == SETTLE_FORM and draft.values.get("choice")
    }


def drop_choice(uow: UnitOfWork, conflict: str) -> None:
    uow.drop_draft(SETTLE_FORM, conflict)
