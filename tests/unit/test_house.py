"""The house keeps its own rules: imports, texts, and what no file may hold."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path
from string import Formatter

import pytest

from tests.helpers.house import (
    PACKAGES,
    ROOT,
    imported_roots,
    mentioned,
    project_files,
    sources,
    text_uses,
)

LANGUAGES = {"en", "zh"}

# contract: the modules to plant, each with one import that the contract forbids
BREACHES = {
    "ends": {"desktop.services.p_ends": "server.store", "crm.records.p_ends": "desktop.services"},
    "crm": {
        "crm.domain.p_up": "crm.records",
        "crm.records.p_side": "crm.interchange",
        "crm.paper.p_side": "crm.records",
    },
    "desktop": {
        "desktop.services.p_up": "desktop.storage",
        "desktop.storage.p_side": "desktop.sync",
        "desktop.jobs.p_up": "desktop.views",
        "desktop.utils": "crm",
    },
    "server": {
        "server.store.p_up": "server.exchange",
        "server.exchange.p_side": "server.practice",
        "server.exchange.p_up": "server.routes",
        "server.commands.p_up": "server.app",
        "server.routes.p_up": "server.commands",
        "server.helpers": "crm",
    },
    "domain": {"crm.domain.p_pure": "sqlalchemy", "crm.domain.p_pinyin": "pypinyin"},
    "practice": {"server.practice.p_store": "server.store", "server.practice.p_sql": "sqlalchemy"},
    "dossier": {"server.dossier.p_store": "server.store", "server.dossier.p_pdf": "sqlalchemy"},
    "screens": {
        "desktop.views.p_screens": "desktop.storage",
        "desktop.jobs.p_screens": "desktop.sync",
        "desktop.views.p_mail": "desktop.mailing",
        "desktop.views.p_vault": "desktop.vault",
        "desktop.views.p_around": "desktop.services.p_sql",
    },
    "sql": {"desktop.services.p_sql": "sqlalchemy", "server.routes.p_sql": "sqlalchemy.orm"},
    "migrations": {"server.exchange.p_migrations": "alembic"},
    "replica": {"desktop.sync.p_replica": "sqlcipher3"},
    "http": {"desktop.storage.p_http": "requests", "server.exchange.p_http": "urllib3"},
    "web": {"server.exchange.p_web": "fastapi", "server.store.p_web": "starlette.requests"},
    "pdf": {"desktop.mailing.p_pdf": "reportlab.pdfgen", "desktop.views.p_pdf": "reportlab"},
    "pictures": {"desktop.services.p_pages": "pypdfium2", "desktop.views.p_pages": "pypdfium2"},
    "icons": {"desktop.jobs.p_icons": "qtawesome", "desktop.services.p_icons": "qtpy.QtGui"},
    "keys": {"desktop.sync.p_keys": "keyring"},
    "qt": {
        "desktop.storage.p_qt": "PySide6.QtCore",
        "desktop.sync.p_qt": "PySide6.QtCore",
        "desktop.mailing.p_qt": "PySide6.QtGui",
        "desktop.vault.p_qt": "PySide6.QtCore",
        "desktop.services.p_qt": "PySide6.QtCore",
        "crm.records.p_qt": "shiboken6",
    },
}


# -- imports -------------------------------------------------------------------


def lint_imports(folder: Path) -> str:
    """Return what import-linter says of the packages in `folder`."""
    command = "from importlinter.cli import lint_imports_command as lint; lint()"
    done = subprocess.run(
        [sys.executable, "-c", command, "--no-logo", "--no-cache"],
        cwd=folder,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        env={**os.environ, "COLUMNS": "500", "PYTHONPATH": str(folder), "PYTHONUTF8": "1"},
    )
    return done.stdout + done.stderr


def copy_house(folder: Path) -> Path:
    """Copy the packages, the contracts and nothing else."""
    for package in (*PACKAGES, "resources", "tests/helpers"):
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("*.pyc"))
    for name in ("pyproject.toml", "tests/__init__.py"):
        shutil.copy(ROOT / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def contracts():
    """The contracts' names by identifier."""
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    listed = declared["tool"]["importlinter"]["contracts"]
    return {contract["id"]: contract["name"] for contract in listed}


@pytest.fixture(scope="module")
def planted_report(tmp_path_factory):
    """What import-linter says of a copy in which every rule is broken."""
    house = copy_house(tmp_path_factory.mktemp("house"))
    for modules in BREACHES.values():
        for module, imported in modules.items():
            path = house.joinpath(*module.split(".")).with_suffix(".py")
            path.write_text(f"import {imported}\n", encoding="utf-8")
    return lint_imports(house)


def test_imports_run_as_the_contracts_say():
    report = lint_imports(ROOT)
    assert ", 0 broken." in report, report


def test_every_contract_has_a_breach_to_catch(contracts):
    assert contracts.keys() == BREACHES.keys()


@pytest.mark.parametrize("contract", BREACHES)
def test_a_planted_breach_is_caught(contract, contracts, planted_report):
    kept, _, broken = planted_report.partition("Broken contracts")
    assert f"{contracts[contract]} BROKEN" in kept, planted_report
    details = broken.partition(f"{contracts[contract]}\n---")[2]
    section = re.split(r"\n[^\n]+\n-{10,}\n", details)[0]
    missed = [module for module in BREACHES[contract] if module not in section]
    assert not missed, section


def qt_modules(tree):
    """The parts of Qt that a module imports."""
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom | ast.Import)]
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    for node in nodes:
        if isinstance(node, ast.ImportFrom):
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return {".".join(name.split(".")[:2]) for name in names if name and name.startswith("PySide6.")}


def test_jobs_know_no_more_of_qt_than_its_core():
    planted = "from PySide6 import QtGui\nfrom PySide6.QtWidgets import QLabel\n"
    assert qt_modules(ast.parse(planted)) == {"PySide6.QtGui", "PySide6.QtWidgets"}
    jobs = [tree for path, tree in sources().items() if path.startswith("desktop/jobs/")]
    assert jobs
    assert set().union(*map(qt_modules, jobs)) <= {"PySide6.QtCore"}


def test_the_root_holds_no_other_room():
    rooms = {
        path.relative_to(ROOT).parts[0]
        for path in project_files()
        if path.suffix == ".py" and path.parent != ROOT
    }
    assert rooms <= {*PACKAGES, "resources", "bench", "tests", "packaging"}
    assert not (ROOT / "packaging" / "__init__.py").exists(), "it would shadow a library"


def normalised(requirement):
    """A distribution's name as indexes write it: pyside6-essentials for PySide6_Essentials==6."""
    return re.sub(r"[-_.]+", "-", re.match(r"[\w.-]+", requirement)[0]).lower()


def test_the_product_imports_only_what_it_declares():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = {normalised(requirement) for requirement in project["dependencies"]}
    given_by = packages_distributions()
    undeclared = [
        name
        for name in sorted(imported_roots() - sys.stdlib_module_names)
        if not declared & {normalised(distribution) for distribution in given_by.get(name, ())}
    ]
    assert not undeclared


# -- texts ---------------------------------------------------------------------


@cache
def catalogues():
    """Each file of texts by its name."""
    folder = ROOT / "resources" / "messages"
    return {file.name: json.loads(file.read_bytes()) for file in sorted(folder.glob("*.json"))}


@cache
def all_texts():
    return {code: texts for catalogue in catalogues().values() for code, texts in catalogue.items()}


def places(text):
    """The names in braces of a line, or of both halves of an error's text."""
    halves = [text] if isinstance(text, str) else text
    return {field for half in halves for _, field, _, _ in Formatter().parse(half) if field}


def test_no_code_is_defined_twice():
    codes = [code for catalogue in catalogues().values() for code in catalogue]
    assert [code for code, times in Counter(codes).items() if times > 1] == []


def test_every_code_in_the_sources_has_its_texts():
    texts = all_texts()
    missing = [f"{use.place}: {use.code}" for use in text_uses() if use.code not in texts]
    assert not missing, "\n".join(missing)


def test_an_error_has_two_halves_and_a_line_has_one():
    texts = all_texts()
    wrong = [
        f"{use.place}: {use.code} in {language}"
        for use in text_uses()
        for language, text in texts.get(use.code, {}).items()
        if isinstance(text, list) != use.is_error or (use.is_error and len(text) != 2)
    ]
    assert not wrong, "\n".join(wrong)


def test_every_text_is_in_both_languages_with_the_same_places():
    wrong = [
        code
        for code, texts in all_texts().items()
        if texts.keys() != LANGUAGES or places(texts["en"]) != places(texts["zh"])
    ]
    assert not wrong, "\n".join(wrong)


def test_every_place_in_a_text_is_a_fact_of_its_error():
    added = {"field"}  # a reader of values does not know its field; its caller adds it
    unfilled = []
    for use in text_uses():
        text = all_texts().get(use.code, {"en": ""})["en"]
        missing = places(text) - (use.facts or set()) - added
        if missing and use.facts is not None:
            unfilled.append(f"{use.place}: {use.code} lacks {sorted(missing)}")
    assert not unfilled, "\n".join(unfilled)


def test_no_text_is_unused():
    assert [code for code in all_texts() if not mentioned(code)] == []


# -- what no file may hold -----------------------------------------------------


def test_no_file_names_a_package_host_or_a_folder_of_one_machine():
    # put together here, so that this file passes its own test
    forbidden = [
        *("py" + "pi.org", "python" + "hosted.org", "npm" + "js.", "yarn" + "pkg.com"),
        *("debian" + ".org", "ubuntu" + ".com/ubuntu", "/wo" + "rk/"),
    ]
    found = [
        f"{path.relative_to(ROOT)}: {text}"
        for path in project_files()
        for text in forbidden
        if text.encode() in path.read_bytes()
    ]
    assert not found, "\n".join(found)


def test_the_lock_names_no_host():
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in lock
    assert "--index" not in lock
    assert lock.count("--hash=sha256:") > 500
