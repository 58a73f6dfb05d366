"""`yizhan recover`, from a forgotten passphrase to the edit at the server, by the real commands."""

from __future__ import annotations

import pytest

from tests.helpers.commands import Laptop, Server, finish
from tests.helpers.day import FIRST_PASSWORD

OWN, NEW = "eigenes-Wort-77", "换过的新口令-77"

pytestmark = pytest.mark.slow


@pytest.fixture
def server(tmp_path):
    made = Server(tmp_path / "server")
    made.run("init", "--practice")
    made.run("branch", "add", "支行")
    made.run("user", "add", "lihua", "--name", "李华", secrets=[FIRST_PASSWORD])
    lead = ("user", "add", "wanglei", "--name", "王磊", "--role", "branch_lead")
    made.run(*lead, secrets=[FIRST_PASSWORD])
    made.serve()
    yield made
    made.stop()


def test_a_forgotten_passphrase_by_command(tmp_path, server):
    laptop = Laptop(tmp_path / "laptop")
    laptop.enrol(server, "lihua", FIRST_PASSWORD, OWN)
    laptop.run("customers", "add", "name=李雷")
    asked = laptop.run("recover", "--login", "lihua", secrets=[OWN, NEW], code=1)
    assert (asked["state"], len(asked["code"])) == ("waiting", 6)
    again = laptop.run("recover", "--login", "lihua", secrets=[NEW], code=1)
    assert (again["state"], again["request"]) == ("waiting", asked["request"])
    (shown,) = server.run("recovery", "list", "--as", "wanglei")["requests"]
    assert shown["code"] == asked["code"]
    waiting = laptop.start("recover", "--login", "lihua", "--wait", 2, secrets=[NEW])
    assert waiting.stderr.readline().strip(), "it says which digits, and waits"
    words = ("recovery", "approve", asked["request"], "--as", "wanglei")
    server.run(*words, secrets=[FIRST_PASSWORD, "eigenes-Wort-78"])
    done = finish(waiting)
    assert (done.code, done.answer["state"], done.answer["unsent"]) == (0, "recovered", 1)
    assert laptop.try_("sync").code == 6, "the old passphrase opens nothing"
    laptop.passphrase = NEW
    assert laptop.run("sync")["verified"]
    assert len(server.run("show")["records"]) == 1
    nothing = laptop.try_("recover", "--login", "lihua", "--anew", secrets=["wrong-one", NEW])
    assert nothing.answer["error"]["code"] == "enrol.login"
