"""`column IN (these texts)` with one parameter, however many texts there are; JSON members.

A parameter a text costs both ends more than the look-up itself. The list goes as JSON, which
both stores read; PostgreSQL makes an array of it, as it then plans a look-up by the index.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class _Among(FunctionElement[bool]):
    """`clauses`: the column, and the texts as a JSON list."""

    type = sa.Boolean()
    inherit_cache = True


def among(column: sa.ColumnElement[Any], texts: Iterable[str]) -> sa.ColumnElement[bool]:
    """Return the condition that `column` is one of `texts`."""
    return _Among(column, sa.literal(orjson.dumps(sorted(set(texts))).decode(), sa.Text))


class _Member(FunctionElement[str]):
    """`clauses`: a column that holds a JSON object, and the name of a member of it."""

    type = sa.Text()
    inherit_cache = True


def member(column: sa.ColumnElement[Any], name: str) -> sa.ColumnElement[str]:
    """Return the member `name` of the JSON object in `column`, as text."""
    return _Member(column, sa.literal(name, sa.Text))


@compiles(_Member)
def _member_in_sqlite(element: _Member, compiler: Any, **options: Any) -> str:
    column, name = (compiler.process(clause, **options) for clause in element.clauses)
    return f"json_extract({column}, '$.' || {name})"


@compiles(_Member, "postgresql")
def _member_in_postgresql(element: _Member, compiler: Any, **options: Any) -> str:
    column, name = (compiler.process(clause, **options) for clause in element.clauses)
    return f"(CAST({column} AS json) ->> {name})"


@compiles(_Among)
def _in_sqlite(element: _Among, compiler: Any, **options: Any) -> str:
    column, texts = (compiler.process(clause, **options) for clause in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({texts}))"  # noqa: S608 - compiled SQL


@compiles(_Among, "postgresql")
def _in_postgresql(element: _Among, compiler: Any, **options: Any) -> str:
    column, texts = (compiler.process(clause, **options) for clause in element.clauses)
    return f"{column} = ANY (ARRAY(SELECT json_array_elements_text(CAST({texts} AS json))))"
