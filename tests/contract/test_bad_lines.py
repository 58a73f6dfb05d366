"""Guarantee 16: whatever stands between a laptop and its server, a sync ends soon and says why.

The real engine and the real server; between them sockets that dawdle, break, and answer in
the server's place.
"""

from __future__ import annotations

import secrets
import ssl
import threading
import time
from contextlib import ExitStack
from datetime import timedelta

import pytest

from bench._line import Shape, SlowLine
from crm.domain.errors import Cancelled, ServerUnreachable
from crm.domain.ids import new_id
from desktop.services.progress import Progress
from desktop.sync import pull
from desktop.sync.connections import tls_context
from desktop.sync.engine import SyncEngine
from desktop.sync.errors import Busy
from server.store import records
from tests.helpers import bad_middle as bad
from tests.helpers.certificates import DAY, Authority, shows_itself
from tests.helpers.fakes import Laptop
from tests.helpers.live_server import LiveServer

CUSTOMERS = 40
HELLO, PUSH, PULL = "/v1/hello", "/v1/push", "/v1/pull"
PATHS = (HELLO, PUSH, PULL)
SLOW = pytest.mark.slow
ALWAYS = 12  # more often than any message is tried


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with LiveServer(tmp_path_factory.mktemp("server")) as made:
        yield made


@pytest.fixture(scope="module")
def manager(server):
    """A manager with some customers; each test is another laptop of theirs."""
    person = server.person("manager")
    for _ in range(CUSTOMERS):
        fields = {"name": "Nobody", "note": secrets.token_hex(400)}  # packs to half of it at best
        server.hand.create("customer", fields, record=new_id(), home=f"portfolio:{person}")
    return person


@pytest.fixture
def opened():
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def new_laptop(tmp_path, server, manager, opened):
    def make(url, ca_file=None, deadline_s=10.0, folder="laptop"):
        laptop = BadlyPlaced(tmp_path / folder, server, manager)
        opened.callback(laptop.replica.close)
        laptop.replica.enrolled(laptop.replica.identity().but(server_url=url))
        laptop.ca_file, laptop.deadline_s = ca_file, deadline_s
        laptop.born = laptop.create("customer", name="Somebody", home=laptop.home)
        return laptop

    return make


class BadlyPlaced(Laptop):
    """A laptop whose way to the server is another one. It does not really wait."""

    ca_file = None

    def __init__(self, *given):
        super().__init__(*given)
        self.waits = []

    @property
    def engine(self):
        return SyncEngine(
            self.replica, self.folder, ca_file=self.ca_file, deadline_s=self.deadline_s
        )

    def sync(self, progress=None):
        progress = progress or Progress()
        progress.wait = self.waits.append
        return super().sync(progress)

    @property
    def home(self):
        return f"portfolio:{self.user}"

    def told(self):
        """Sync, which must not succeed; return the error."""
        with pytest.raises(ServerUnreachable) as raised:
            self.sync()
        return raised.value


@pytest.fixture
def middle(server, opened):
    return opened.enter_context(bad.Middle(server.url))


@pytest.fixture
def laptop(new_laptop, middle):
    return new_laptop(middle.url)


FAULTS = {
    "unheard": (bad.unheard, "sync.cut"),
    "cut": (bad.cut, "sync.cut"),
    "cut-unsaid": (bad.cut_unsaid, "sync.cut"),
    "portal-page": (bad.page(200), "sync.portal"),
    "portal-untyped": (bad.page(200, b"\r\n <HTML><body>sign in", Content_Type="x"), "sync.portal"),
    "portal-redirect": (bad.page(302, b"", Location="http://login/"), "sync.portal"),
    "portal-redirect-page": (bad.page(302, Location="http://127.0.0.1:9/"), "sync.portal"),
    "portal-511": (bad.page(511), "sync.portal"),
    "proxy-407": (bad.page(407, Proxy_Authenticate="Basic"), "sync.proxy_login"),
    "blocked": (bad.page(403), "sync.blocked"),
    "gateway": (bad.page(502), "sync.gateway"),
    "other-json": (bad.page(200, b'{"nonce": "x"}', Content_Type="x"), "sync.not_our_server"),
    "unknown-packing": (bad.page(200, Content_Encoding="br"), "sync.portal"),
    "our-401-without-token": (bad.error(401, "token.missing"), "sync.stripped"),
    "our-500": (bad.error(500, "server.fault"), "sync.server_failed"),
    "busy-long": (bad.error(429, "server.busy", Retry_After="600"), "sync.busy"),
}
EVERYWHERE = {"cut", "portal-page"}  # others differ little by where they are


def places():
    for name in FAULTS:
        for path in PATHS:
            usual = name in EVERYWHERE or path == HELLO
            yield pytest.param(name, path, marks=[] if usual else SLOW)


@pytest.mark.parametrize(("name", "path"), list(places()))
def test_bad_lines_never_hang_or_lie(server, laptop, middle, judge, name, path):
    """Whatever answers at whichever step: it is told, nothing is lost, the next sync goes on."""
    fault, code = FAULTS[name]
    middle.plan(path, *[fault] * ALWAYS)
    started = time.monotonic()
    error = laptop.told()
    assert error.code == code
    judge.within(5, time.monotonic() - started, "to tell it")
    assert_lands_once(server, laptop, middle)


def assert_lands_once(server, laptop, middle):
    """The line is good again: the edit ends once on the server, and both sides are equal."""
    middle.plans.clear()
    assert laptop.sync().verified
    assert laptop.verify(full=True).outcome == "equal"
    with server.exchange.database.snapshot() as connection:
        assert [line["version"] for line in records.history(connection, laptop.born)] == [1]


@pytest.mark.parametrize("path", [*(pytest.param(p, marks=SLOW) for p in (HELLO, PUSH)), PULL])
@pytest.mark.parametrize(
    "fault",
    [
        bad.silent,
        bad.drip(),
        bad.drip(b"HTTP/1.1 200 OK\r\nX-Slow: "),
        bad.drip(b"HTTP/1.1 200 OK\r\n\r\n"),
    ],
    ids=["silent", "drip-status", "drip-headers", "drip-body"],
)
def test_bad_lines_that_trickle_end_with_the_deadline(server, laptop, middle, judge, fault, path):
    laptop.deadline_s = 0.3
    middle.plan(path, *[fault] * ALWAYS)
    started = time.monotonic()
    assert laptop.told().code == "sync.timeout"
    judge.within(3, time.monotonic() - started, "to give up")
    laptop.deadline_s = 10
    assert_lands_once(server, laptop, middle)
    assert_no_call_lingers()


def assert_no_call_lingers():
    """A call that was given up is cut off: its thread ends, however slowly bytes may come."""
    for thread in threading.enumerate():
        if thread.name == "yizhan-call":
            thread.join(2)
            assert not thread.is_alive()


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize(
    ("serve", "code"),
    [
        (bad.says_nothing, ("sync.timeout", "sync.timeout")),
        (bad.drips, ("sync.timeout", "sync.timeout")),
        (bad.hangs_up, ("sync.cut", "sync.cut")),
        (bad.speaks_plain, ("sync.portal", "sync.tls.plain")),
    ],
    ids=["says-nothing", "drips", "hangs-up", "speaks-plain"],
)
def test_bad_lines_before_there_is_http(new_laptop, judge, scheme, serve, code):
    """Accepted and silent; a handshake a byte at a time; hung up on; plain words to TLS."""
    with bad.raw_listener(serve) as port:
        laptop = new_laptop(f"{scheme}://localhost:{port}", deadline_s=0.4)
        started = time.monotonic()
        assert laptop.told().code == code[scheme == "https"]
        judge.within(3, time.monotonic() - started, "to give up")
    assert laptop.states() == ["queued"]
    assert_no_call_lingers()


def test_bad_lines_nobody_there_and_no_such_name(new_laptop):
    laptop = new_laptop("http://127.0.0.1:9")
    assert laptop.told().code == "sync.nobody"
    laptop.replica.enrolled(laptop.replica.identity().but(server_url="https://no-such.invalid"))
    assert laptop.told().code == "sync.dns"
    assert laptop.waits == []  # who is offline is told at once


def test_a_name_with_two_addresses_is_tried_at_both(server, new_laptop):
    """`localhost` is ::1 first, where nobody listens."""
    port = server.url.rpartition(":")[2]
    assert new_laptop(f"http://localhost:{port}").sync().verified


# --- what comes through all the same -----------------------------------------------------------


@pytest.mark.parametrize(
    "spoil", [bad.packed_again, bad.packing_unsaid, bad.unpacked_for_us, bad.respelt]
)
def test_a_proxy_that_packs_otherwise_changes_nothing(laptop, middle, spoil):
    middle.spoil = spoil
    assert laptop.sync().verified
    assert laptop.verify(full=True).outcome == "equal"


def test_a_proxy_that_takes_parts_out_is_told_and_no_fault_of_the_laptop(server, laptop, middle):
    middle.drop = frozenset({"authorization"})
    assert laptop.told().code == "sync.stripped"  # not: enrol this laptop again
    middle.drop, middle.spoil = frozenset(), bad.unsigned
    assert laptop.told().code == "sync.stripped"
    middle.spoil = None
    assert_lands_once(server, laptop, middle)


@pytest.mark.parametrize("packing", ["gzip", "zstd"])
def test_a_bomb_is_not_unpacked(server, laptop, middle, packing):
    middle.plan(HELLO, bad.bomb(packing))
    assert laptop.told().code == "sync.not_our_server"
    assert_lands_once(server, laptop, middle)


@pytest.mark.parametrize(
    "retry_after", ["2", "Wed, 18 Mar 2026 02:30:02 GMT"], ids=["seconds", "date"]
)
@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_server_is_waited_for_as_it_asks_and_it_is_told(laptop, middle, status, retry_after):
    """A date is held against the reply's own clock, never the laptop's."""
    said = {"Retry_After": retry_after, "Date": "Wed, 18 Mar 2026 02:30:00 GMT"}
    middle.plan(HELLO, bad.error(status, "server.busy", **said))
    report = laptop.sync()
    assert report.verified
    (waited,) = laptop.waits
    assert 2 <= waited <= 2.5  # with a little chance: not all laptops come back at once
    assert report.waited_s == 2


def test_a_server_that_stays_busy_is_left_in_peace(laptop, middle):
    middle.plan(HELLO, *[bad.error(503, "server.busy", Retry_After="3")] * ALWAYS)
    error = laptop.told()
    assert isinstance(error, Busy)
    assert error.facts == {"seconds": 3}
    assert len(laptop.waits) == 3
    assert middle.calls == [HELLO] * 4


def test_pages_shrink_on_a_line_that_cuts_and_grow_back(monkeypatch, server, laptop, middle):
    monkeypatch.setattr(pull, "PAGE_RECORDS", 16)
    asked = []
    middle.ask = recording(middle.ask, asked)
    middle.plan(PULL, bad.cut, bad.cut, bad.cut)
    report = laptop.sync()
    assert (report.verified, report.cuts) == (True, 3)
    assert asked[:8] == [16, 8, 4, 2, 4, 8, 16, 16]
    assert laptop.waits[0] <= 0.5 < laptop.waits[1] <= 1  # none at first, then longer each time


def recording(ask, limits):
    def asked(handler, body):
        import orjson

        message = orjson.loads(body) if body[:1] == b"{" else {}
        if handler.path == PULL and "limit" in message and message.get("scan") is not None:
            limits.append(message["limit"])
        return ask(handler, body)

    return asked


def test_a_line_that_is_cut_every_few_kilobytes_is_got_through(monkeypatch, server, new_laptop):
    """First sync and push, with whole pages larger than what comes between two cuts."""
    monkeypatch.setattr(pull, "PAGE_RECORDS", CUSTOMERS)
    shape = Shape(cut_every=9_000)
    with SlowLine(int(server.url.rpartition(":")[2]), shape) as line:
        laptop = new_laptop(line.url)
        for number in range(10):
            laptop.create("customer", name=f"New {number}", home=laptop.home)
        report = laptop.sync()
    assert report.verified
    assert 1 < report.cuts <= line.counted.cuts


def test_an_honest_slow_line_is_heard_to_its_end(server, new_laptop):
    """64 kbit/s: a page takes far longer than the grace, and no byte of it is late."""
    shape = Shape(bits_per_s=64_000, round_trip_s=0.02)
    with SlowLine(int(server.url.rpartition(":")[2]), shape) as line:
        laptop = new_laptop(line.url, deadline_s=1.0)
        started = time.monotonic()
        assert laptop.sync().verified
        assert line.counted.bytes_down > 16_000
        assert time.monotonic() - started > 2


# --- TLS ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shown", "code"),
    [
        ("right", None),
        ("expired", "sync.tls.expired"),
        ("not-yet", "sync.tls.not_yet"),
        ("other-host", "sync.tls.host"),
        ("itself", "sync.tls.self_signed"),
        ("filter", "sync.tls.intercepted"),
        ("filter-for-another", "sync.tls.authority"),
    ],
)
def test_certificates_are_explained_one_by_one(tmp_path, server, new_laptop, shown, code):
    bank, filtering = Authority("Bank"), Authority("Nosy Filter")
    context = {
        "right": lambda: bank.shows(tmp_path, "localhost"),
        "expired": lambda: bank.shows(tmp_path, "localhost", since=-2 * DAY, until=-timedelta(1)),
        "not-yet": lambda: bank.shows(tmp_path, "localhost", since=DAY, until=2 * DAY),
        "other-host": lambda: bank.shows(tmp_path, "crm.example.cn"),
        "itself": lambda: shows_itself(tmp_path, "localhost"),
        "filter": lambda: filtering.shows(tmp_path, "localhost"),
        "filter-for-another": lambda: filtering.shows(tmp_path, "login.example.cn"),
    }[shown]()
    with bad.Middle(server.url, context) as middle:
        laptop = new_laptop(middle.url, bank.write(tmp_path))
        if code is None:
            assert laptop.sync().verified
            return
        error = laptop.told()
        assert middle.calls == []  # nothing was told to whoever that is
    assert error.code == code
    if "filter" in shown:
        assert error.facts == {"issuer": "Nosy Filter"}


def test_a_pinned_certificate_is_the_only_one_believed(tmp_path, server, new_laptop):
    """The file that a laptop is enrolled with may hold the server's own certificate."""
    bank = Authority("Bank")
    context = bank.shows(tmp_path, "localhost")
    pin = bank.write_last(tmp_path)
    with bad.Middle(server.url, context) as middle:
        assert new_laptop(middle.url, pin).sync().verified
    other = bank.shows(tmp_path, "localhost")  # of the same authority, for the same name
    with bad.Middle(server.url, other) as middle:
        error = new_laptop(middle.url, pin, folder="second").told()
        assert middle.calls == []
    assert error.code.startswith("sync.tls.")


def test_a_pinned_certificate_is_believed_for_its_own_name_alone(tmp_path, server, new_laptop):
    bank = Authority("Bank")
    context = bank.shows(tmp_path, "crm.example.cn")
    with bad.Middle(server.url, context) as middle:
        error = new_laptop(middle.url, bank.write_last(tmp_path)).told()
        assert middle.calls == []
    assert error.code == "sync.tls.host"


def test_a_server_that_speaks_tls_older_than_1_2_is_not_spoken_to(tmp_path, server, new_laptop):
    bank = Authority("Bank")
    context = bank.shows(tmp_path, "localhost")
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.deprecated_call():
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    with bad.Middle(server.url, context) as middle:
        assert new_laptop(middle.url, bank.write(tmp_path)).told().code == "sync.tls.old"
        assert middle.calls == []
    assert tls_context().minimum_version == ssl.TLSVersion.TLSv1_2


def test_a_stranger_is_only_that_where_no_authority_was_named(tmp_path, server, new_laptop):
    context = Authority("Anybody").shows(tmp_path, "localhost")
    with bad.Middle(server.url, context) as middle:
        error = new_laptop(middle.url).told()
    assert (error.code, error.facts) == ("sync.tls.authority", {"issuer": "Anybody"})


# --- stopping ---------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", ["identity", "send", "receive", "verify"])
def test_a_wish_to_stop_is_heard_at_once_at_every_stage(server, laptop, middle, judge, stage):
    """The server is silent from that stage on: the worst of all moments to wish to stop."""
    path = {"identity": HELLO, "send": PUSH, "receive": PULL, "verify": HELLO}[stage]
    if stage == "verify":
        middle.plan(HELLO, None)
    heard = []

    def silent(handler, reply):
        heard.append(time.monotonic())
        threading.Timer(0.1, progress.cancel).start()
        handler.middle.released.wait(30)

    middle.plan(path, silent)
    progress = Progress()
    with pytest.raises(Cancelled):
        laptop.sync(progress)
    judge.within(0.2, time.monotonic() - heard[0] - 0.1, "to stop")
    assert_lands_once(server, laptop, middle)
    assert_no_call_lingers()
