"""The commands of a laptop that is lost, and of one that much would leave."""

from __future__ import annotations

import pytest

from tests.helpers.commands import Laptop, Server

PASSWORD, NEW = "anfangs-Wort-11", "eigenes-Wort-77"


@pytest.fixture
def branch(tmp_path):
    server = Server(tmp_path / "server")
    server.run("init", "--practice")
    server.run("branch", "add", "支行")
    server.run("user", "add", "lihua", "--name", "Lihua", secrets=[PASSWORD])
    server.serve()
    laptop = Laptop(tmp_path / "laptop")
    laptop.enrol(server, "lihua", PASSWORD, NEW)
    yield server, laptop
    server.stop()


def test_a_lost_laptop_says_why_everything_is_gone_and_can_be_set_up_again(branch):
    server, laptop = branch
    laptop.run("customers", "add", "name=王芳")
    assert laptop.run("sync", "--accept-removals", 1)["applied"] == 1
    laptop.run("customers", "add", "name=李雷")
    (device,) = server.run("devices")["devices"]
    server.run("devices", "--lost", device["enrolment"])
    refused = laptop.try_("sync")
    assert refused.answer["error"]["code"] == "sync.lost"
    assert "destroyed" in refused.answer["error"]["what"]
    left = {path.name for path in laptop.profile.iterdir() if path.is_file()}
    assert not any(name.startswith(("replica", "vault", "destroying")) for name in left)
    assert laptop.try_("sync").answer["error"]["code"] == "profile.none"
    (device,) = server.run("devices")["devices"]
    assert (device["state"], device["unsent"]) == ("lost", 1)
    assert device["ended_at"]
    laptop.run(
        *("enrol", "--practice", "--server", server.url, "--login", "lihua"),
        secrets=[NEW, laptop.passphrase],
    )
    assert laptop.run("sync")["verified"]
    assert laptop.run("customers", "find", "王芳")["customers"]
