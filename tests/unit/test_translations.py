"""Every text of the window is there in Chinese, and is written so that it can be."""

from __future__ import annotations

import ast
import importlib.util
import shutil
import sys

import pytest

from tests.helpers.house import ROOT, sources
from tests.helpers.interface_texts import traps


@pytest.fixture(scope="module")
def tool():
    """packaging/translations.py, which is no package on purpose."""
    spec = importlib.util.spec_from_file_location(
        "translations_tool", ROOT / "packaging" / "translations.py"
    )
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look there
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def house(tool, tmp_path):
    """The catalogues and the views, copied, so that texts can be planted."""
    shutil.copytree(tool.CATALOGUES, tmp_path / "i18n")
    shutil.copytree(tool.VIEWS, tmp_path / "views", ignore=shutil.ignore_patterns("*.pyc"))
    return tool.Catalogues(tmp_path / "views", tmp_path / "i18n")


def test_every_text_is_translated_used_and_compiled(tool):
    assert tool.problems(tool.Catalogues()) == []


def test_no_source_uses_a_text_in_a_way_that_never_translates():
    views = {path: tree for path, tree in sources().items() if path.startswith("desktop/views/")}
    assert views
    assert [trap for path, tree in views.items() for trap in traps(path, tree)] == []


TRAPS = {
    'self.tr(f"{n} waiting")': "plain literals",
    "self.tr(WORD)": "plain literals",
    'translate(CONTEXT, "a")': "plain literals",
    'parent.tr("Lock")': "say self.tr",
    'QCoreApplication.translate("A", "b")': "say self.tr",
    'print(translate("A", "b"), self.tr("c"))': "in one statement",
    'label.setText("Lock now")': "not translated",
    'label.setText(f"{n} of them")': "not translated",
    'label.setText("Open" if n else self.tr("Shut"))': "not translated",
    'QLabel("Name")': "not translated",
    'x = "锁定"': "source texts are English",
}
FINE = [
    'self.tr("{n} waiting").format(n=n)',
    'translate("A", "long " "text")',
    "painter.translate(3, 4)",
    'label.setText("Ctrl+K")',
    'label.setText(self.tr("Lock"))',
    'label.setObjectName("lock_button")',
]


@pytest.mark.parametrize("line", TRAPS)
def test_a_planted_trap_is_found(line):
    module = ast.parse(f"def f(self):\n    {line}\n")
    assert any(TRAPS[line] in trap for trap in traps("desktop/views/a.py", module))


def test_a_text_fetched_at_import_is_found():
    module = ast.parse('TITLE = translate("A", "b")\nclass C:\n    def f(self, t=tr("x")): ...\n')
    assert [trap.partition(": ")[0] for trap in traps("a.py", module)] == ["a.py:1"]
    in_class = ast.parse('class C:\n    NAME = translate("A", "b")\n')
    assert "at import" in traps("a.py", in_class)[0]


@pytest.mark.parametrize("line", FINE)
def test_what_is_right_is_not_called_a_trap(line):
    assert traps("desktop/views/a.py", ast.parse(f"def f(self):\n    {line}\n")) == []


def plant(house, body):
    (house.views / "planted").mkdir()
    (house.views / "planted" / "page.py").write_text(body, encoding="utf-8")


def planted(tool, house):
    """What is wrong with the planted texts, whatever the others' state is."""
    told = tool.problems(house)
    return [line.partition(": ")[2] for line in told if line.startswith("planted")]


def test_a_new_text_is_missed_until_it_is_translated_alike(tool, house):
    plant(house, 'def f(n):\n    return translate("Planted", "{n} lists").format(n=n)\n')
    assert planted(tool, house) == ["'{n} lists' is missing"]
    house.update()
    assert planted(tool, house) == ["'{n} lists' is not translated"]
    house.fill({"{n} lists": "{m} 份名单"})
    assert planted(tool, house) == ["'{n} lists' has other places"]
    catalogue = house.folder / "planted_zh.ts"
    catalogue.write_text(catalogue.read_text("utf-8").replace("{m}", "{n}"), encoding="utf-8")
    assert planted(tool, house) == []


def test_a_catalogue_that_was_not_compiled_is_told(tool, house):
    house.compile()
    assert tool.stale(house) == []
    plant(house, 'def f(n):\n    return translate("Planted", "List")\n')
    house.update(["planted_zh.ts"])
    house.fill({"List": "名单"})
    assert tool.stale(house) == ["yizhan_zh.qm: is not what the .ts files make; run compile"]


def test_a_text_that_left_and_one_translated_twice_are_told(tool, house):
    plant(house, 'def f():\n    return translate("Language", "As the system")\n')
    house.update()
    house.fill({"As the system": "随系统"})
    assert "'As the system' is translated otherwise in language_zh.ts" in planted(tool, house)
    (house.views / "planted" / "page.py").unlink()
    assert "'As the system' is not used" in planted(tool, house)
