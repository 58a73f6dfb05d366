"""The laptop's commands one by one, and what they say when something is wrong."""

from __future__ import annotations

import signal
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from tests.helpers.commands import Laptop, Server, script

KINDS_SHOWN = {"visit", "account", "contact_point", "household", "household_member", "task", "tag"}


@pytest.fixture(scope="module")
def branch(tmp_path_factory):
    """A practice server with a made-up branch, serving; its first manager's credentials."""
    server = Server(tmp_path_factory.mktemp("branch") / "server")
    server.run("init", "--practice")
    made = server.run("practice", "--customers", "60", "--managers", "1", "--today", "2026-11-22")
    server.serve()
    yield server, made["people"][0]
    server.stop()


@pytest.fixture(scope="module")
def laptop(branch, tmp_path_factory):
    """A laptop that has synced once."""
    server, manager = branch
    enrolled = Laptop(tmp_path_factory.mktemp("laptop") / "profile")
    enrolled.run(
        *("enrol", "--practice", "--server", server.url, "--login", manager["login"]),
        secrets=[manager["password"], enrolled.passphrase],
    )
    assert enrolled.run("sync")["verified"]
    return enrolled


@pytest.fixture(scope="module")
def everybody(laptop, tmp_path_factory):
    """Every customer of the portfolio, as the exported sheet holds them."""
    path = tmp_path_factory.mktemp("export") / "all.xlsx"
    laptop.run("export", path, "--purpose", "service", "--reason", "form")
    rows = [[cell.value for cell in row] for row in load_workbook(path).active.rows]
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


def a_customer(laptop, everybody):
    person = next(p for p in everybody if p["Phone"] and p["Village"] and modern(p))
    found = laptop.run("customers", "find", person["Name"])["customers"]
    return next(c["id"] for c in found if c["fields"]["name"] == person["Name"]), person


def modern(person):
    return len(person["Identity number"] or "") == 18 and person["Identity number"][:2] == "34"


def test_show_masks_what_identifies_a_person_until_revealed(laptop, everybody):
    customer, person = a_customer(laptop, everybody)
    masked = laptop.run("customers", "show", customer)
    refused = laptop.try_("customers", "show", customer, "--reveal")
    assert refused.answer["error"]["code"] == "access.reason"
    why = ("--reveal", "--reason", "other", "--note", "asked by the court")
    revealed = laptop.run("customers", "show", customer, *why)["fields"]

    assert person["Phone"] not in str(masked)
    assert person["Identity number"] not in str(masked)
    assert "****" in masked["fields"]["phone"]
    assert revealed["phone"].endswith(person["Phone"][-4:])
    assert revealed["id_number"] == person["Identity number"]
    found = laptop.run("customers", "find", person["Phone"][-4:])
    assert person["Phone"] not in str(found)


def test_practice_persons_are_marked_unverified(laptop, everybody):
    customer, _ = a_customer(laptop, everybody)
    doubts = laptop.run("customers", "show", customer)["unverified"]
    assert "identity.checksum" in doubts["id_number"]
    assert doubts["phone"] == ["phone.unassigned"]


def test_a_card_holds_every_kind_below_the_customers(laptop, everybody):
    shown = set()
    for person in everybody:
        for found in laptop.run("customers", "find", person["Name"])["customers"]:
            shown |= laptop.run("customers", "show", found["id"])["family"].keys()
        if shown >= KINDS_SHOWN:
            break
    assert shown >= KINDS_SHOWN


def test_a_visit_with_a_next_step_makes_a_task_that_can_be_finished(laptop, everybody):
    customer, _ = a_customer(laptop, everybody)
    saved = laptop.run(
        *("visits", "add", customer, "--on", "2026年11月20日", "--summary", "谈了养老"),
        *("--next-step", "送资料", "--next-on", "2026/11/21"),
    )
    listed = laptop.run("visits", "list", customer)["visits"]
    assert listed[0]["fields"]["on"] == "2026-11-20"
    due = laptop.run("tasks", "--until", "2026-11-21")["tasks"]
    assert saved["task"] in [task["id"] for task in due]
    assert laptop.run("tasks", "--done", saved["task"])["changed"]
    due = laptop.run("tasks", "--until", "2026-11-21")["tasks"]
    assert saved["task"] not in [task["id"] for task in due]


@pytest.mark.parametrize(
    ("words", "code", "exit_code"),
    [
        (["customers", "show", "01a20178-44ed-781f-962b-f5acd2bdc4a3"], "record.unknown", 4),
        (["customers", "add", "name=王芳", "phone=12"], "phone.length", 3),
        (["customers", "add", "name=王芳", "phone=abc"], "phone.characters", 3),
        (["customers", "add", "phone=15400001111"], "field.required", 3),
        (["customers", "add", "name=王芳", "nickname=芳芳"], "assignment.field", 3),
        (["customers", "add", "王芳"], "assignment.form", 3),
        (["import", "/nowhere/at/all.xlsx"], "import.unreadable", 5),
        (
            ["labels", "/tmp/x.pdf", "--village", "没有这个村", "--purpose", "club"],
            "village.nobody",
            3,
        ),
    ],
)
def test_wrong_input_is_refused_with_what_to_do(laptop, words, code, exit_code):
    outcome = laptop.try_(*words)
    assert (outcome.code, outcome.answer["error"]["code"]) == (exit_code, code)
    assert outcome.answer["error"]["remedy"]
    assert "Traceback" not in outcome.errors


def test_accounts_are_read_only_on_a_laptop(laptop, everybody):
    for person in everybody:
        for found in laptop.run("customers", "find", person["Name"])["customers"]:
            accounts = laptop.run("customers", "show", found["id"])["family"].get("account")
            if accounts:
                refused = laptop.try_("customers", "edit", accounts[0]["id"], "currency=USD")
                assert refused.answer["error"]["code"] == "edit.kind.read_only"
                return
    pytest.fail("nobody has an account")


def test_a_wrong_passphrase_opens_nothing(laptop):
    outcome = laptop.try_("tasks", secrets=["eine falsche"])
    assert (outcome.code, outcome.answer["error"]["code"]) == (6, "vault.passphrase.wrong")
    assert "passphrase since" in laptop.try_("tasks").errors  # told once, on standard error
    assert laptop.try_("tasks").errors == ""


def test_a_profile_that_is_not_enrolled_says_so_before_asking_for_secrets(tmp_path):
    outcome = Laptop(tmp_path / "none").try_("sync", secrets=[])
    assert (outcome.code, outcome.answer["error"]["code"]) == (4, "profile.none")


def test_without_a_secure_keyring_only_practice_profiles_are_made(branch, tmp_path):
    server, manager = branch
    stranger = Laptop(tmp_path / "profile")
    outcome = stranger.try_(
        *("enrol", "--server", server.url, "--login", manager["login"]),
        secrets=[manager["password"], stranger.passphrase],
        env={
            "DBUS_SESSION_BUS_ADDRESS": "",
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        },
    )
    assert outcome.code == 6
    assert outcome.answer["error"]["code"].startswith("keyring.")
    assert outcome.answer["error"]["remedy"]
    assert not (stranger.profile / "vault.json").exists()
    assert not (stranger.profile / "replica.db").exists()


def test_a_practice_profile_is_refused_at_a_real_server(tmp_path):
    server = Server(tmp_path / "server")
    server.run("init")
    server.run("branch", "add", "支行")
    server.run("user", "add", "lihua", "--name", "李华", secrets=["erstes-Wort-11"])
    server.serve()
    laptop = Laptop(tmp_path / "profile")
    outcome = laptop.try_(
        *("enrol", "--practice", "--server", server.url, "--login", "lihua"),
        secrets=["erstes-Wort-11", laptop.passphrase, "zweites-Wort-22"],
    )
    assert (outcome.code, outcome.answer["error"]["code"]) == (3, "enrol.not_practice")
    assert server.run("devices")["devices"] == []
    server.stop()


def test_an_enrolled_profile_is_not_enrolled_again(branch, laptop):
    server, _ = branch
    outcome = laptop.try_("enrol", "--practice", "--server", server.url, "--login", "x")
    assert outcome.answer["error"]["code"] == "profile.enrolled"


def test_a_bad_passphrase_is_told_before_the_server_hears_of_the_device(branch, tmp_path):
    server, manager = branch
    before = len(server.run("devices")["devices"])
    laptop = Laptop(tmp_path / "profile", passphrase="kurz")
    words = ["enrol", "--practice", "--server", server.url, "--login", manager["login"]]
    outcome = laptop.try_(*words, secrets=[manager["password"], laptop.passphrase])
    assert (outcome.code, outcome.answer["error"]["code"]) == (3, "vault.passphrase.short")
    assert len(server.run("devices")["devices"]) == before


def test_a_second_enrolment_of_one_profile_waits_for_nobody_and_harms_nothing(branch, tmp_path):
    server, manager = branch
    laptop = Laptop(tmp_path / "profile")
    words = ["enrol", "--practice", "--server", server.url, "--login", manager["login"]]
    waiting = subprocess.Popen(
        [script("yizhan"), *words, "--profile", laptop.profile, "--json"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    lock = laptop.profile / "enrol.lock"
    for _ in range(100):
        if lock.exists():
            break
        with suppress(subprocess.TimeoutExpired):
            waiting.wait(0.1)
    second = laptop.try_(*words, secrets=[manager["password"], laptop.passphrase])
    assert second.answer["error"]["code"] == "enrol.running"
    secrets = f"{manager['password']}\n{laptop.passphrase}\n".encode()
    waiting.communicate(secrets, timeout=60)
    assert waiting.returncode == 0
    assert laptop.run("sync")["verified"]


def test_closed_input_and_output_are_told_apart_from_wrong_ones(laptop):
    outcome = laptop.try_("tasks", secrets=[])
    assert (outcome.code, outcome.answer["error"]["code"]) == (3, "secret.none")
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [script("yizhan"), "tasks", "--profile", laptop.profile, "--json"],
            input=laptop.passphrase.encode(),
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert (done.returncode, done.stderr) == (11, b"")


def test_a_conflict_is_settled_and_not_edited(laptop, branch, everybody):
    server, _ = branch
    customer, _ = a_customer(laptop, everybody)
    laptop.run("customers", "edit", customer, "occupation=茶农")
    server.run("edit", customer, "occupation=教师")
    laptop.run("sync", code=1)
    (conflict,) = laptop.run("conflicts", "list")["conflicts"]
    refused = laptop.try_("customers", "edit", conflict["id"], "mine=hello")
    assert refused.answer["error"]["code"] == "edit.settle"
    laptop.run("conflicts", "resolve", conflict["id"], "--write", "医生")
    laptop.run("sync")
    assert server.run("show", customer)["fields"]["occupation"] == "医生"


def test_a_half_mended_file_is_never_overwritten(laptop, tmp_path):
    dirty = tmp_path / "dirty.csv"
    dirty.write_text("姓名,手机\n坏客户,12\n", encoding="utf-8")
    laptop.run("import", dirty, code=1)
    mended = tmp_path / "dirty-to-mend.xlsx"
    mended.write_bytes(b"half mended")
    laptop.run("import", dirty, code=1)
    assert mended.read_bytes() == b"half mended"
    assert (tmp_path / "dirty-to-mend-2.xlsx").exists()
    refused = laptop.try_("import", dirty, "--bad-rows", dirty)
    assert refused.answer["error"]["code"] == "import.bad_rows_over_source"


def test_wrong_login_leaves_nothing_behind(branch, tmp_path):
    server, _ = branch
    laptop = Laptop(tmp_path / "profile")
    outcome = laptop.try_(
        *("enrol", "--practice", "--server", server.url, "--login", "nobody"),
        secrets=["falsch", laptop.passphrase],
    )
    assert outcome.code == 3
    assert not (laptop.profile / "vault.json").exists()


def test_a_vault_whose_data_was_taken_away_is_kept_for_it(branch, tmp_path):
    """A virus scanner has the file; without this the advised enrolment throws its key away."""
    server, manager = branch
    mine, enrol = Laptop(tmp_path / "profile"), ("enrol", "--practice", "--server", server.url)
    words = (*enrol, "--login", manager["login"])
    secrets = [manager["password"], mine.passphrase]
    mine.run(*words, secrets=secrets)
    mine.run("customers", "add", "name=未发送")
    taken = mine.profile / "replica.db"
    aside = taken.rename(tmp_path / "aside")
    assert mine.try_("sync").answer["error"]["code"] == "replica.missing"
    assert mine.try_(*words, secrets=secrets).answer["error"]["code"] == "enrol.vault_there"
    aside.rename(taken)
    assert mine.run("sync")["applied"] == 1


def test_whoever_guesses_passwords_is_told_to_wait(branch, tmp_path):
    server, _ = branch
    guesser = Laptop(tmp_path / "profile")
    words = ("enrol", "--practice", "--server", server.url, "--login", "guessed")
    told = [guesser.try_(*words, secrets=[f"falsch-{n}", guesser.passphrase]) for n in range(6)]
    assert told[-1].answer["error"]["code"] == "enrol.wait"
    assert told[-1].answer["error"]["facts"]["seconds"] > 0


def test_export_and_import_change_nothing_and_bad_rows_can_be_mended(laptop, tmp_path):
    sheet = tmp_path / "mine.xlsx"
    laptop.run("export", sheet, "--purpose", "service", "--reason", "form")
    back = laptop.run("import", sheet)
    assert (back["created"], back["changed"]) == (0, 0)

    dirty = tmp_path / "dirty.xlsx"
    book = Workbook()
    for row in (
        ["姓名", "手机号码", "村"],
        ["新客户", "15400009991", "新村"],
        ["坏客户", "12", "新村"],
    ):
        book.active.append(row)
    book.save(dirty)
    first = laptop.run("import", dirty, code=1)
    assert (first["created"], first["saved"], len(first["bad"])) == (1, 1, 1)
    assert first["bad"][0]["line"] == 3
    mended = dirty.with_name("dirty-to-mend.xlsx")
    book = load_workbook(mended)
    for row in book.active.iter_rows():
        for cell in row:
            if cell.value == "12":
                cell.value = "15400009992"
    book.save(mended)
    assert laptop.run("import", mended)["created"] == 1
    again = laptop.run("import", dirty, code=1)
    assert (again["created"], again["changed"], again["saved"]) == (0, 0, 0)


def test_a_dry_run_of_an_import_saves_nothing(laptop, tmp_path):
    sheet = tmp_path / "list.csv"
    sheet.write_bytes("姓名,手机\n试一试,15400009993\n".encode("gb18030"))
    shown = laptop.run("import", sheet, "--dry-run")
    assert (shown["created"], shown["saved"]) == (1, 0)
    assert laptop.run("customers", "find", "试一试")["customers"] == []
    assert "15400009993" not in str(shown)


def test_a_csv_export_in_gb18030_reads_back(laptop, tmp_path):
    sheet = tmp_path / "mine.csv"
    laptop.run("export", sheet, "--purpose", "service", "--reason", "form", "--encoding", "gb18030")
    sheet.read_bytes().decode("gb18030")
    back = laptop.run("import", sheet)
    assert (back["created"], back["changed"], back["bad"]) == (0, 0, [])


def test_doctor_looks_at_everything_and_finds_a_practice_profile_healthy(branch, laptop):
    report = laptop.run("doctor")
    assert report["healthy"]
    assert report["checks"].keys() == {
        *("versions", "profile", "keyring", "fonts", "replica", "receipts", "lease"),
        *("server", "clock"),
    }
    assert report["checks"]["server"]["practice"]


def test_two_syncs_at_once_are_not_mixed(laptop):
    laptop.run("customers", "add", "name=同时", "phone=15400009981")
    processes = [laptop.start("sync"), laptop.start("sync")]
    codes = sorted(p.wait(60) for p in processes)
    for process in processes:
        process.communicate()
    assert codes in ([0, 0], [0, 3])
    assert laptop.run("sync")["requests"] == 1


def until_open(process, path):
    """Return when the process has opened a file: it is at work, not only starting."""
    handles = Path(f"/proc/{process.pid}/fd")
    while process.poll() is None:
        with suppress(OSError):  # one was closed between two looks
            if any(handle.readlink() == path for handle in handles.iterdir()):
                return


def test_interrupting_a_sync_ends_it_cleanly(laptop):
    laptop.run("customers", "add", "name=打断", "phone=15400009982")
    process = laptop.start("sync")
    until_open(process, laptop.profile / "replica.db")
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert "Traceback" not in errors
    assert process.returncode in (0, 130)  # it may have been done
    laptop.run("sync")
    assert laptop.run("sync")["requests"] == 1


def test_receipts_tell_what_each_sync_came_to(laptop):
    laptop.run("customers", "add", "name=收据", "phone=15400009983")
    laptop.run("sync")
    newest = laptop.run("receipts", "--limit", 1)["receipts"][0]
    assert newest["outcome"] == "complete"
    assert newest["counts"]["sent"] == 1


def test_files_of_a_profile_are_private_and_hold_no_name_in_clear(laptop, everybody):
    names = [person["Name"].encode() for person in everybody] + [b"15400009991"]
    found = [path for path in laptop.profile.rglob("*") if path.is_file()]
    assert laptop.profile.stat().st_mode & 0o077 == 0
    assert found
    for path in found:
        content = path.read_bytes()
        assert not any(name in content for name in names), path.name
        assert laptop.passphrase.encode() not in content
        assert path.stat().st_mode & 0o077 == 0, path.name
