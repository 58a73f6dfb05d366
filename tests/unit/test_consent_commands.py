"""Consents by command, in this process: what was said, who may be contacted, who is left out."""

from __future__ import annotations

import io
import json
import sys

import pytest

from crm.domain.ids import new_id
from desktop.app.profiles import Profile, open_replica
from desktop.cli.running import run_command
from tests.helpers.profiles import a_profile

NAMES = ("赵一", "钱二", "孙三")
VILLAGE = "东村"


@pytest.fixture(scope="module")
def laptop(tmp_path_factory):
    """A practice laptop with three customers of one village; their ids by name."""
    made, replica, _ = a_profile(tmp_path_factory.mktemp("consents") / "laptop", user=new_id())
    with replica.unit_of_work() as uow:
        home = f"portfolio:{replica.identity().user}"
        fields = {"village": VILLAGE, "address": "某县东村1组", "postcode": "421411"}
        made.ids = {n: uow.create("customer", {"name": n, **fields}, home=home) for n in NAMES}
        uow.commit()
    replica.close()
    return made


@pytest.fixture
def yizhan(laptop, monkeypatch, capsys):
    def run(*words):
        monkeypatch.setattr(sys, "stdin", io.StringIO(laptop.passphrase + "\n"))
        code = run_command([*map(str, words), "--profile", str(laptop.profile), "--json"])
        return code, json.loads(capsys.readouterr().out)

    return run


def test_labels_and_export_leave_out_whom_the_purpose_does_not_allow_and_say_why(
    laptop, yizhan, tmp_path
):
    one, two, _ = laptop.ids.values()
    sheet, labels = tmp_path / "list.csv", tmp_path / "labels.pdf"
    village = ("--village", VILLAGE)
    club, reason = ("--purpose", "club"), ("--reason", "asked")
    for words in (("export", sheet, *club, *reason), ("labels", labels, *village, *club)):
        code, answer = yizhan(*words)
        assert (code, answer["error"]["code"]) == (3, "consent.nobody")
    assert not sheet.exists()
    assert not labels.exists()

    given = ("--evidence", "signed_form", "--note", "2 号盒")
    assert yizhan("consents", "add", one, *club, "--channel", "post", *given)[0] == 0
    assert yizhan("consents", "add", two, *club, *given)[0] == 0
    assert yizhan("consents", "withdraw", two, *club)[0] == 0
    left = {"left_out": 2, "left_out_why": {"withdrawn": 1, "not_asked": 1}}
    code, answer = yizhan("export", sheet, *club, *reason)
    assert (code, answer) == (0, {"customers": 1, **left})
    text = sheet.read_text("utf-8-sig")
    assert [name in text for name in NAMES] == [True, False, False]
    code, answer = yizhan("labels", labels, *village, *club)
    assert (code, answer["labels"], answer["left_out"]) == (0, 1, 2)
    code, answer = yizhan("export", sheet, "--purpose", "service", *reason)
    assert (code, answer["customers"], answer["left_out"]) == (0, 3, 0)


def test_may_contact_answers_with_the_reason_and_the_exit_code(laptop, yizhan):
    three = laptop.ids["孙三"]
    asked = ("may-contact", three, "--purpose", "survey", "--channel", "phone")
    code, answer = yizhan(*asked)
    assert (code, answer["allowed"], answer["reason"]) == (1, False, "not_asked")
    said = ("consents", "add", three, "--purpose", "survey", "--said-on", "2026-01-10")
    assert yizhan(*said)[1]["error"]["code"] == "consent.evidence"
    assert yizhan(*said, "--evidence", "recording")[0] == 0
    code, answer = yizhan(*asked, "--on", "2026-03-18")
    assert (code, answer["allowed"], answer["reason"]) == (0, True, "consent")
    assert yizhan(*asked, "--on", "2026-01-09")[1]["reason"] == "not_yet"
    assert yizhan(*asked, "--on", "2028-03-18")[1]["reason"] == "stale"
    code, listed = yizhan("consents", "list", three)
    assert (code, len(listed["statements"])) == (0, 1)
    assert set(listed["now"]) >= {"service", "complaint", "club", "survey", "share"}


def test_a_refusal_by_command_shuts_the_way(laptop, yizhan):
    one = laptop.ids["赵一"]
    refused = ("consents", "add", one, "--purpose", "marketing", "--channel", "phone", "--refused")
    assert yizhan(*refused)[0] == 0
    asked = ("may-contact", one, "--purpose", "marketing", "--channel", "phone")
    assert yizhan(*asked)[1]["reason"] == "refused"


def test_a_list_without_a_purpose_is_not_made(laptop, tmp_path, capsys):
    for words in (["export", str(tmp_path / "a.csv")], ["labels", str(tmp_path / "a.pdf")]):
        with pytest.raises(SystemExit) as ended:
            run_command([*words, "--village", VILLAGE, "--profile", str(laptop.profile)])
        assert ended.value.code == 2
        assert "--purpose" in capsys.readouterr().err


def test_what_the_commands_recorded_waits_to_be_sent_the_noes_first(laptop):
    replica = open_replica(Profile(laptop.profile), laptop.passphrase)
    with replica.transaction() as tx:
        page = tx.number_page(500, 10**6, set())
    replica.close()
    said = [op.fields["decision"][1] for op in page if op.kind == "consent"]
    assert said == ["withdrawn", "refused", "granted", "granted", "granted"]
