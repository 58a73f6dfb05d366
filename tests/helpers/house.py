"""Reads the house itself: its files, and the codes of its texts in the sources."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("crm", "desktop", "server")
MADE_BY_TOOLS = {".git", ".venv", "__pycache__", "build", "demo-output", "dist"}


@dataclass(frozen=True)
class TextUse:
    """A place in the sources that names the code of a text."""

    place: str
    code: str
    facts: frozenset[str] | None  # None where they are handed on as a mapping
    is_error: bool  # an error has a pair of texts, a line has one


def project_files() -> Iterator[Path]:
    """Yield every file that belongs to the project."""
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if not _is_made_by_tools(name)]
        yield from (Path(folder, name) for name in names)


def _is_made_by_tools(folder: str) -> bool:
    return folder in MADE_BY_TOOLS or folder.endswith(("_cache", ".egg-info", ".hypothesis"))


@cache
def sources() -> dict[str, ast.Module]:
    """Return the parsed modules of the product by their path from the root."""
    files = (file for package in PACKAGES for file in sorted((ROOT / package).rglob("*.py")))
    return {
        file.relative_to(ROOT).as_posix(): ast.parse(file.read_bytes(), str(file)) for file in files
    }


def imported_roots() -> set[str]:
    """Return the top-level names that the product imports, its own left out."""
    nodes = [node for tree in sources().values() for node in ast.walk(tree)]
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    return {name.partition(".")[0] for name in names} - {*PACKAGES, "resources", ""}


def text_uses() -> Iterator[TextUse]:
    """Yield each error and each line whose code is written out in the sources."""
    errors = error_classes()
    for path, tree in sources().items():
        for call, inside in _calls(tree, inside=None):
            is_error = _is_error(call, inside, errors)
            code = _first_text(call)
            is_line = _name(call.func) == "line" and "." in (code or "")  # a font has lines too
            if code is not None and (is_error or is_line):
                names = [keyword.arg for keyword in call.keywords]
                facts = None if None in names else frozenset(name for name in names if name)
                yield TextUse(f"{path}:{call.lineno}", code, facts, is_error)


@cache
def error_classes() -> frozenset[str]:
    """Return the names of UserError and of all classes made from it."""
    bases = {
        node.name: {_name(base) for base in node.bases}
        for tree in sources().values()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    found = {"UserError"}
    while more := {name for name, above in bases.items() if above & found} - found:
        found |= more
    return frozenset(found)


def mentioned(code: str) -> bool:
    """Tell whether the sources hold `code`, or an f-string that can become it."""
    texts, patterns = _literals()
    return code in texts or any(pattern.fullmatch(code) for pattern in patterns)


@cache
def _literals() -> tuple[frozenset[str], tuple[re.Pattern[str], ...]]:
    nodes = [node for tree in sources().values() for node in ast.walk(tree)]
    texts = {node.value for node in nodes if isinstance(node, ast.Constant)}
    formed = {_pattern(node) for node in nodes if isinstance(node, ast.JoinedStr)}
    # an f-string counts only where it begins like a code: "field.{kind}.{name}"
    patterns = [re.compile(each) for each in sorted(formed) if re.match(r"\w+\\\.", each)]
    return frozenset(text for text in texts if isinstance(text, str)), tuple(patterns)


def _pattern(joined: ast.JoinedStr) -> str:
    return "".join(
        re.escape(str(part.value)) if isinstance(part, ast.Constant) else r"[\w.]+"
        for part in joined.values
    )


def _calls(node: ast.AST, inside: str | None) -> Iterator[tuple[ast.Call, str | None]]:
    """Yield each call below `node` with the class that it stands in."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Call):
            yield child, inside
        yield from _calls(child, child.name if isinstance(child, ast.ClassDef) else inside)


def _is_error(call: ast.Call, inside: str | None, errors: frozenset[str]) -> bool:
    if _name(call.func) == "__init__":  # super().__init__("a.code") in an error's class
        return inside in errors
    return _name(call.func) in errors


def _name(node: ast.AST) -> str | None:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else None


def _first_text(call: ast.Call) -> str | None:
    first = call.args[0] if call.args else None
    if isinstance(first, ast.Constant) and isinstance(first.value, str):
        return first.value
    return None
