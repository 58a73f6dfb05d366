"""Both command lines: what is written, and the code that a process ends with."""

from __future__ import annotations

import io
import json
import pickle
import sys

import pytest

from crm.domain import errors
from crm.domain.exits import UNREAD, Answer, exit_code, one_line, show, told


@pytest.fixture
def gbk_output(monkeypatch):
    """Return a function that makes standard output what an older Chinese Windows has."""

    def use():  # by the test: pytest sets its own between a test's phases
        stream = io.TextIOWrapper(io.BytesIO(), encoding="gbk")
        monkeypatch.setattr(sys, "stdout", stream)
        return stream.buffer

    return use


def test_json_is_utf8_whatever_the_system_speaks(gbk_output):
    written = gbk_output()
    assert show(Answer({"name": "𠮷野"}), as_json=True) == 0
    assert json.loads(written.getvalue().decode("utf-8")) == {"name": "𠮷野"}


def test_text_that_the_system_cannot_show_ends_no_command(gbk_output):
    written = gbk_output()
    assert show(Answer(text="𠮷野 王芳"), as_json=False) == 0
    assert written.getvalue().decode("gbk") == "?野 王芳\n"


ODD = "a\x1b[2Jb\x07\u202ec\u2066\x9bd\x7f"


def test_a_terminal_is_not_moved_by_what_it_is_to_show(monkeypatch):
    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    monkeypatch.setattr(sys, "stdout", stream)
    assert show(Answer(text=f"one\t{ODD}\ntwo"), as_json=False) == 0
    told = stream.buffer.getvalue().decode()
    assert told == "one\ta\ufffd[2Jb\ufffd\ufffdc\ufffd\ufffdd\ufffd\ntwo\n"


def test_a_name_that_a_stranger_chose_stays_in_its_line():
    assert (
        one_line("laptop\n9b1d  123 456\tlihua\x1b[1A")
        == "laptop\ufffd9b1d  123 456\ufffdlihua\ufffd[1A"
    )


def test_json_keeps_such_characters_as_escapes(monkeypatch):
    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    monkeypatch.setattr(sys, "stdout", stream)
    show(Answer({"name": ODD}), as_json=True)
    told = stream.buffer.getvalue()
    assert json.loads(told) == {"name": ODD}
    assert not set(told.decode()) & set("\x1b\x07\u202e\u2066\x9b\x7f")


def test_nobody_to_read_the_answer_has_a_code_of_its_own(monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    assert show(Answer({"saved": 1}), as_json=True) == UNREAD


def test_each_error_class_has_its_code_and_says_what_to_do():
    codes = {
        errors.Refused: 3,
        errors.NotFound: 4,
        errors.BadFile: 5,
        errors.Locked: 6,
        errors.ServerUnreachable: 7,
        errors.ServerRefused: 8,
        errors.Damaged: 9,
    }
    assert {cls: exit_code(cls("profile.none")) for cls in codes} == codes
    assert exit_code(errors.Cancelled()) == 10
    answer = told(errors.NotFound("profile.none"))
    assert answer.problem
    assert answer.data["error"]["remedy"] in answer.text


def test_an_error_crosses_from_one_process_to_another():
    copy = pickle.loads(pickle.dumps(errors.Refused("field.too_long", field="name", limit=60)))
    assert (type(copy), copy.code, copy.facts["limit"]) == (errors.Refused, "field.too_long", 60)
    assert pickle.loads(pickle.dumps(errors.Cancelled())).code == "work.cancelled"
