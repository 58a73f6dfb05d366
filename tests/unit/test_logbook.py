"""The log: rotates, belongs to its owner alone, and lets no person into it."""

from __future__ import annotations

import ast
import enum
import errno
import logging
import re
import sqlite3
import stat
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest

from crm.domain.errors import Refused, ServerRefused
from desktop.services.logbook import FILE_BYTES, SafeFormatter, close_log, masked, open_log

# Nobody's: a made-up name, an identity number with a broken checksum, an unassigned prefix.
NAME, RARE_NAME, LATIN_NAME = "王驿站", "𠮷野㐂", "Wang Yizhan"
IDENTITY, PHONE = "11010119900307123X", "10000138000"
PLANTED = (NAME, RARE_NAME, LATIN_NAME, IDENTITY, PHONE, IDENTITY[:17], "19900307", "0013 8000")
ID = UUID("01930000-1234-7567-8901-234567890123")
ROOT = Path(__file__).resolve().parents[2]

log = logging.getLogger("desktop.tests.logbook")


@pytest.fixture
def folder(tmp_path):
    open_log(tmp_path)
    yield tmp_path
    close_log()


def written(folder: Path) -> str:
    """Everything in the log's files, as bytes would show it."""
    return "".join(file.read_bytes().decode("latin-1") for file in (folder / "logs").iterdir())


def log_file() -> logging.Handler:
    """The handler that open_log added."""
    formatters = {handler: handler.formatter for handler in logging.getLogger().handlers}
    return next(each for each, found in formatters.items() if isinstance(found, SafeFormatter))


def assert_nothing_planted(text: str) -> None:
    for planted in PLANTED:
        assert planted not in text
        assert planted.encode().decode("latin-1") not in text
        assert ascii(planted)[1:-1] not in text


# -- what comes in ------------------------------------------------------------------


def test_a_record_has_a_utc_time_a_level_a_place_and_its_counts(folder):
    log.info("sent %d of %d changes in %.1f s", 3, 5, 0.25)
    line = written(folder)
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00 INFO desktop\.tests\.logbook:\d+ "
        r"sent 3 of 5 changes in 0\.2 s\n",
        line,
    )
    moment = datetime.fromisoformat(line.split(" ")[0])
    assert abs(datetime.now(UTC) - moment) < timedelta(minutes=5)


def test_ids_dates_words_and_flags_stay_readable(folder):
    class Outcome(enum.Enum):
        MERGED = "合并"

    log.info(
        "%s %s %s %s %s %s %s",
        ID,
        str(ID),
        f"portfolio:{ID}",
        date(2026, 11, 5),
        "vault.missing",
        Outcome.MERGED,
        True,
    )
    line = written(folder)
    assert f"{ID} {ID} portfolio:{ID} 2026-11-05 vault.missing MERGED True" in line


def test_named_arguments_are_filled_in(folder):
    log.info("%(count)d rows in %(table)s", {"count": 2, "table": "customer"})
    assert "2 rows in customer" in written(folder)


def test_an_error_a_user_can_act_on_is_its_code_and_facts(folder):
    log.warning("sync ended: %s", ServerRefused("sync.refused", status=409, text=NAME))
    assert "crm.domain.errors.ServerRefused sync.refused status=409 text=<text 3>" in written(
        folder
    )


def test_an_exception_is_its_type_its_symbol_and_its_places(folder):
    try:
        try:
            raise OSError(errno.ENOSPC, "no space", f"/home/{NAME}/replica.db")
        except OSError as error:
            raise ValueError(f"row of {LATIN_NAME}, {PHONE}") from error
    except ValueError:
        log.exception("job failed")
    text = written(folder)
    assert "ERROR desktop.tests.logbook" in text
    assert "  builtins.ValueError\n" in text
    assert "  builtins.OSError ENOSPC\n" in text
    assert re.search(r"    at \S*test_logbook:\d+ in test_an_exception_is_its_type", text)
    assert "replica.db" not in text
    assert_nothing_planted(text)


def test_a_database_error_is_named_by_its_code(folder):
    store = sqlite3.connect(":memory:")
    store.execute("CREATE TABLE contact (phone UNIQUE)")
    try:
        for _ in range(2):
            store.execute("INSERT INTO contact VALUES (?)", (PHONE,))
    except sqlite3.IntegrityError:
        log.exception("edit failed")
    finally:
        store.close()
    assert "sqlite3.IntegrityError SQLITE_CONSTRAINT_UNIQUE" in written(folder)
    assert_nothing_planted(written(folder))


# -- what must not ------------------------------------------------------------------


@pytest.mark.parametrize(
    "argument",
    [
        NAME,
        RARE_NAME,
        LATIN_NAME,
        IDENTITY,
        PHONE,
        int(PHONE),
        Decimal(PHONE),
        float(PHONE),
        "100 0013 8000",
        "+86 100-0013-8000",
        "110101 19900307 123X",
        f"{NAME}\n2026-11-05 INFO forged",
        NAME.encode(),
        [NAME, PHONE],
        {"name": NAME, "phone": PHONE},
        (IDENTITY,),
        Path(f"/home/{NAME}/客户.xlsx"),
        ValueError(NAME, IDENTITY),
        ServerRefused("x.y", name=NAME, phone=PHONE, identity=int(IDENTITY[:17])),
        object(),
    ],
)
def test_no_argument_brings_a_person_in(folder, argument):
    log.info("saved %s", argument)
    log.info("saved %r after %d s", argument, 3)
    text = written(folder)
    assert text.count("\n") == 2
    assert text.count("INFO") == 2
    assert_nothing_planted(text)


def test_a_careless_message_loses_names_and_numbers_but_keeps_its_words(folder):
    log.info(f"saved {NAME} {RARE_NAME} {IDENTITY} {PHONE} and 1000013 8000 for {ID}")
    text = written(folder)
    assert "saved <text 3> <text 3> <number" in text
    assert str(ID) in text
    assert_nothing_planted(text)


def test_a_key_or_a_token_is_no_identifier(folder):
    secrets = ("0f" * 32, "Zm9yIHRlc3RzIG9ubHksIG5vdCBhIHJlYWwgdG9rZW4", "a" * 25)
    for secret in secrets:
        log.info("opened with %s", secret)
    assert not any(secret in written(folder) for secret in secrets)


@pytest.mark.parametrize(
    ("template", "args"),
    [
        ("sent %d changes", (NAME,)),
        ("sent %d of %d changes", (1,)),
        ("sent changes", (1,)),
        ("%(count)d rows", ({"rows": NAME},)),
        ("%d%%", (float("inf"),)),
        ("100% of %s", (NAME,)),
    ],
)
def test_arguments_that_do_not_fit_lose_neither_the_record_nor_a_person(folder, template, args):
    """Handed to the file alone: the handler of the test runner would raise."""
    log_file().handle(log.makeRecord(log.name, logging.INFO, "f", 1, template, args, None))
    assert written(folder).endswith(f"{template} <arguments do not fit>\n")
    assert_nothing_planted(written(folder))


def test_chained_grouped_and_noted_errors_bring_no_person_in(folder):
    try:
        try:
            try:
                raise KeyError(NAME)
            except KeyError:
                raise RuntimeError(IDENTITY)  # noqa: B904  (a context, not a cause)
        except RuntimeError as error:
            error.add_note(f"of {LATIN_NAME}")
            raise ExceptionGroup(f"two of {NAME}", [error, ValueError(PHONE)]) from error
    except ExceptionGroup:
        log.exception("import failed for %s", NAME)
    text = written(folder)
    for kind in ("ExceptionGroup", "RuntimeError", "KeyError", "ValueError"):
        assert f"builtins.{kind}\n" in text
    assert_nothing_planted(text)


def test_an_error_that_causes_itself_ends(folder):
    first, second = ValueError(NAME), ValueError(NAME)
    first.__cause__, second.__cause__ = second, first
    group = ExceptionGroup(NAME, [first])
    second.__context__ = group
    log.error("odd", exc_info=group)
    assert written(folder).count("ValueError") == 2
    assert_nothing_planted(written(folder))


def test_an_exception_as_the_message_is_its_type(folder):
    log.error(ValueError(NAME))
    assert "builtins.ValueError\n" in written(folder)


def test_what_other_formatters_left_on_a_record_is_not_used(folder):
    record = log.makeRecord(log.name, logging.ERROR, "f", 1, "failed", (), None)
    record.exc_text = record.stack_info = record.message = f"ValueError: {NAME} {PHONE}"
    log.handle(record)
    assert written(folder).endswith("failed\n")


def test_a_nested_handler_cannot_forge_lines(folder):
    log.info("first\n2026-11-05T00:00:00.000+00:00 INFO forged")
    assert written(folder).count("\n") == 1


def test_masking_leaves_sizes_times_and_versions_alone():
    plain = "page 12 of 340, 65536 bytes, 123456 rows, 0.123456 s, 3.53.4, 2026-11-05, 08:30:00"
    assert masked(plain) == plain


# -- libraries ----------------------------------------------------------------------


@pytest.mark.parametrize("name", ["urllib3.connectionpool", "sqlalchemy.engine", "keyring", "root"])
def test_libraries_stay_out_below_warning_even_when_set_to_debug(folder, name):
    library = logging.getLogger(name)
    library.setLevel(logging.DEBUG)
    try:
        library.debug("SELECT %s", 1)
        library.info("GET /customers 200")
        assert written(folder) == ""
    finally:
        library.setLevel(logging.NOTSET)


def test_a_librarys_warning_stays_without_its_own_words(folder):
    library = logging.getLogger("urllib3.connectionpool")
    library.warning(f"certificate of {LATIN_NAME} does not match")
    library.warning("retrying (%r) after %s", 3, f"GET /customers?name={LATIN_NAME}")
    text = written(folder)
    assert "WARNING urllib3.connectionpool" in text
    assert "retrying (3) after <text 31>" in text
    assert_nothing_planted(text)


def test_our_own_debug_stays_out(folder):
    log.debug("detail")
    assert written(folder) == ""


# -- the file -----------------------------------------------------------------------


def test_the_log_keeps_five_files_of_one_megabyte(folder):
    for number in range(60):
        log.info("%d " + "x" * 100_000, number)
    files = sorted(file.name for file in (folder / "logs").iterdir())
    assert files == ["yizhan.log", *(f"yizhan.log.{number}" for number in range(1, 5))]
    assert all(file.stat().st_size <= FILE_BYTES for file in (folder / "logs").iterdir())
    newest = (folder / "logs" / "yizhan.log").read_text()
    assert re.findall(r" (\d+) x", newest)[-1] == "59"


@pytest.mark.skipif(sys.platform == "win32", reason="modes are POSIX's")
def test_files_and_folders_are_their_owners_alone(tmp_path):
    profile = tmp_path / "new" / "profile"
    open_log(profile)
    for _ in range(12):
        log.info("x" * 100_000)
    close_log()
    assert stat.S_IMODE(profile.stat().st_mode) == 0o700
    assert stat.S_IMODE((profile / "logs").stat().st_mode) == 0o700
    modes = {stat.S_IMODE(file.stat().st_mode) for file in (profile / "logs").iterdir()}
    assert modes == {0o600}


def test_a_rotation_that_fails_loses_no_record(folder):
    """As on Windows, where a second process has the file open."""
    blocker = folder / "logs" / "yizhan.log.4"
    blocker.mkdir()
    (folder / "logs" / "yizhan.log.3").write_text("older")
    for number in range(12):
        log.info("%d " + "x" * 100_000, number)
    blocker.rmdir()
    assert len(re.findall(r" \d+ x", written(folder))) == 12


def test_a_log_that_cannot_be_written_is_refused_with_the_reason(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(Refused) as caught:
        open_log(tmp_path / "file")
    assert caught.value.code == "log.unwritable"
    assert caught.value.facts == {"reason": "EEXIST"}


@pytest.mark.skipif(sys.platform != "linux", reason="/dev/full is Linux's")
def test_a_full_disk_is_said_without_quoting_the_record(tmp_path, capsys):
    (tmp_path / "logs").mkdir(mode=0o700)
    (tmp_path / "logs" / "yizhan.log").symlink_to("/dev/full")
    open_log(tmp_path)
    log.info("saved %s", LATIN_NAME)
    close_log()
    assert capsys.readouterr().err.splitlines() == [
        "log: a record from desktop.tests.logbook was lost (OSError)",
        "log: its end was lost (OSError)",
    ]


def test_opening_again_moves_the_log_and_closing_ends_it(tmp_path):
    before = logging.getLogger().handlers[:]
    open_log(tmp_path / "a")
    open_log(tmp_path / "b").info("to b")
    close_log()
    close_log()
    log.warning("to nobody")
    assert written(tmp_path / "a") == ""
    assert written(tmp_path / "b").count("\n") == 1
    assert logging.getLogger().handlers == before
    assert logging.getLogger("desktop").level == logging.NOTSET


def test_a_process_that_forgets_to_close_leaves_a_whole_log_and_no_warning(tmp_path):
    code = (
        "import sys; from pathlib import Path; from desktop.services.logbook import open_log; "
        "open_log(Path(sys.argv[1])).info('started')"
    )
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", "-c", code, str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stderr == ""
    assert written(tmp_path).endswith("started\n")


# -- the sources --------------------------------------------------------------------

METHODS = {"debug", "info", "warning", "error", "exception", "critical"}


def logging_calls(tree: ast.AST) -> list[ast.Call]:
    """Calls like log.info(...) and self._log.info(...)."""
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in METHODS
        and ast.unparse(node.func.value).rpartition(".")[2].strip("_") in {"log", "logger"}
    ]


def is_constant_english(call: ast.Call) -> bool:
    template = call.args[0] if call.args else None
    return (
        isinstance(template, ast.Constant)
        and isinstance(template.value, str)
        and masked(template.value) == template.value
    )


@pytest.mark.parametrize(
    ("line", "fine"),
    [
        ('log.info("sent %d", 3)', True),
        ('self._log.error("x")', True),
        ('log.info(f"sent {name}")', False),
        ('log.info("sent " + name)', False),
        ("log.exception(error)", False),
        ('LOG.info("姓名 %s", name)', True),  # not one of our spellings: see the names above
        ('log.info("姓名 %s", name)', False),
    ],
)
def test_the_check_of_the_sources_finds_what_it_should(line, fine):
    assert all(map(is_constant_english, logging_calls(ast.parse(line)))) is fine


def test_every_message_in_our_sources_is_a_constant_english_template():
    """Formatters cannot tell a Latin name from a word; so no name may reach a template."""
    careless = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for room in ("crm", "desktop")
        for path in sorted((ROOT / room).rglob("*.py"))
        for call in logging_calls(ast.parse(path.read_text(encoding="utf-8")))
        if not is_constant_english(call)
    ]
    assert careless == []
