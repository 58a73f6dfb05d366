"""What is said beside a field of a visit, and above the form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from crm.domain.errors import UserError
from crm.domain.kind import Kind
from crm.domain.labels import field_label
from desktop.services.forms import Checked
from desktop.views.language.formats import day_long, day_text
from desktop.views.language.translating import (
    counted,
    current_language,
    explained,
    sentences,
    translate,
)
from desktop.views.parts.fields import Field


def say(field: Field, kind: Kind, name: str, checked: Checked, today: date) -> None:
    """Show beside a field what was found wrong or doubtful, with its repair."""
    if checked.problem:
        sentence = problem(kind, name, checked, today)
        field.show_problem(sentence, repair(checked, today), checked.proposal or "")
    elif checked.doubts:
        field.show_doubt(sentences(*(explained(UserError(code))[0] for code in checked.doubts)))
    else:
        field.clear_note()


def problem(kind: Kind, name: str, checked: Checked, today: date) -> str:
    """Return what is wrong; and what to do, where no repair is offered."""
    language = current_language()
    facts = {**checked.facts, "field": field_label(kind.name, name, language)}
    if isinstance(day := facts.get("day"), str):
        facts["day"] = day_text(day, today, language)
    what, remedy = explained(UserError(str(checked.problem), **facts))
    return what if checked.proposal else sentences(what, remedy)


def repair(checked: Checked, today: date) -> str:
    if not checked.proposal:
        return ""
    day = day_long(checked.proposal, today, current_language())
    return translate("Visit", "Use {day}").format(day=day)


def summary(labels: Sequence[str]) -> str:
    """Return what stands above the form while fields are to be mended."""
    if not labels:
        return ""
    return counted(
        len(labels),
        translate("Visit", "{n} field is left to mend: {fields}"),
        translate("Visit", "{n} fields are left to mend: {fields}"),
        fields=translate("Visit", ", ").join(labels),
    )


def texts_of(held: Mapping[str, object]) -> dict[str, str]:
    """Return a visit's values as the form shows them."""
    return {
        name: "、".join(map(str, value)) if isinstance(value, list) else str(value)
        for name, value in held.items()
        if value is not None
    }
