"""Reads how the window's sources use their texts, and tells the ways that never translate."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

SHOWN_BY = {
    "QAction",
    "QCheckBox",
    "QLabel",
    "QPushButton",
    "QRadioButton",
    "QToolButton",
    "addAction",
    "addMenu",
    "addTab",
    "setAccessibleDescription",
    "setAccessibleName",
    "setPlaceholderText",
    "setStatusTip",
    "setTabText",
    "setText",
    "setTitle",
    "setToolTip",
    "setWindowTitle",
}
CHINESE = re.compile(r"[\u3400-\u9fff]")
WORD = re.compile(r"[A-Za-z]{2}")
KEYS = re.compile(r"((Ctrl|Alt|Shift|Enter|Esc|Tab|Space|F?[0-9]{1,2}|[A-Z])([+ ]|$))+")
LOGO = "驿"
APPLICATIONS = {"QApplication", "QCoreApplication", "QGuiApplication"}


def traps(path: str, tree: ast.Module) -> list[str]:
    """Return the traps in one module, a line each: "file:12: what is wrong"."""
    found = [*calls_that_lupdate_misreads(tree), *calls_at_import(tree), *mixed_statements(tree)]
    if not path.startswith("desktop/views/language/"):
        found += [*bare_words(tree), *chinese_words(tree)]
    return [f"{path}:{line}: {what}" for line, what in sorted(found)]


def calls_that_lupdate_misreads(tree: ast.Module) -> Iterator[tuple[int, str]]:
    wrapper = {id(call) for node in _functions(tree, "translate") for call in _calls(node)}
    for call in _calls(tree):
        name = _verb(call)
        if name and id(call) not in wrapper:
            texts = call.args[: 1 if name == "tr" else 2]
            if not texts or not all(map(_is_literal, texts)) or call.keywords:
                yield call.lineno, f"{name}() takes plain literals only"
            if isinstance(call.func, ast.Attribute) and not _is_own_tr(call.func):
                yield call.lineno, "say self.tr(...), or translate(...) of desktop.views.language"


def calls_at_import(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """A text that is fetched while the module is read never follows a switch."""
    for node in _outside_functions(tree):
        if isinstance(node, ast.Call) and _verb(node):
            yield node.lineno, "translated once, at import: put it into a function"


def mixed_statements(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """After X.translate(...) lupdate gives a tr() of the same expression X's name as context."""
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt) and not hasattr(node, "body"):
            names = {_verb(call) for call in _calls(node)}
            if names >= {"tr", "translate"}:
                yield node.lineno, "tr() and translate() in one statement"


def bare_words(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for call in _calls(tree):
        if _name(call) in SHOWN_BY:
            for said in map(_said, call.args):
                if WORD.search(said) and not KEYS.fullmatch(said.strip()):
                    yield call.lineno, f"{said!r} is shown but not translated"


def chinese_words(tree: ast.Module) -> Iterator[tuple[int, str]]:
    spoken = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}  # docstrings
    for node in ast.walk(tree):
        words = str(node.value) if isinstance(node, ast.Constant) else ""
        if CHINESE.search(words) and words != LOGO and id(node) not in spoken:
            yield node.lineno, f"{words!r}: source texts are English"


def _calls(node: ast.AST) -> Iterator[ast.Call]:
    return (found for found in ast.walk(node) if isinstance(found, ast.Call))


def _name(call: ast.Call) -> str:
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


def _verb(call: ast.Call) -> str:
    """Return "tr" or "translate" for a call that translates: a painter translates other things."""
    match call.func:
        case ast.Attribute(attr="tr"):
            return "tr"
        case ast.Name(id="translate"):
            return "translate"
        case ast.Attribute(value=ast.Name(id=owner), attr="translate") if owner in APPLICATIONS:
            return "translate"
    return ""


def _functions(tree: ast.AST, name: str) -> Iterator[ast.FunctionDef]:
    return (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n.name == name)


def _is_literal(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _is_own_tr(function: ast.Attribute) -> bool:
    return (
        function.attr == "tr"
        and isinstance(function.value, ast.Name)
        and function.value.id == "self"
    )


def _outside_functions(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            for early in (*child.args.defaults, *child.args.kw_defaults, *child.decorator_list):
                if early is not None:
                    yield from ast.walk(early)
        elif not isinstance(child, ast.Lambda):
            yield child
            yield from _outside_functions(child)


def _said(node: ast.expr) -> str:
    """Return the words that stand in an expression itself, not inside a call in it."""
    match node:
        case ast.Constant(value=str(words)):
            return words
        case ast.JoinedStr(values=parts):
            return "".join(map(_said, parts))
        case ast.BinOp(left=left, right=right) | ast.IfExp(body=left, orelse=right):
            return _said(left) + _said(right)
    return ""
