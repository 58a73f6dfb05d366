"""What may come back over a bad line, and what is made of it: nothing believed, nothing lost."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from crm.domain.errors import BadFile, Cancelled, Refused, ServerRefused, ServerUnreachable
from crm.domain.ids import derived_id
from crm.domain.kinds import SCHEMA
from desktop.app.profiles import Asked, Profile, enrol_profile, open_replica, sync_engine
from desktop.services.logbook import close_log
from desktop.services.progress import Progress
from desktop.sync.enrol import enrol
from desktop.sync.errors import Busy, Revoked, UpgradeNeeded
from desktop.sync.ping import ping
from desktop.sync.transport import Transport, checked_url

HOME = "portfolio:manager"


def code_of(action, error=ServerUnreachable):
    with pytest.raises(error) as raised:
        action()
    return raised.value.code


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("replay", "sync.not_our_server"),
        ("forged", "sync.signature"),
        ("bomb", "sync.not_our_server"),
    ],
)
def test_a_bad_answer_to_hello_counts_as_no_network(server, laptop, fault, code):
    laptop.create("customer", name="Somebody")
    server.plan("/v1/hello", fault)
    assert code_of(laptop.sync) == code
    assert laptop.states() == ["queued"]
    server.plans.clear()
    assert laptop.sync().applied == 1


@pytest.mark.parametrize("fault", ["trickle", "trickling_head", "silent"])
def test_a_server_that_dawdles_holds_nobody_up(server, new_laptop, judge, fault):
    laptop = new_laptop(deadline_s=0.4)
    server.plan("/v1/hello", fault)
    started = time.monotonic()
    assert code_of(laptop.sync) == "sync.timeout"
    judge.within(3, time.monotonic() - started, "to give up")


def test_a_wish_to_stop_is_heard_while_waiting(server, new_laptop, judge):
    laptop = new_laptop(deadline_s=30)
    progress = Progress()

    def stop_meanwhile(handler):
        progress.cancel()
        server._release.wait(20)

    server.plan("/v1/hello", stop_meanwhile)
    started = time.monotonic()
    assert code_of(lambda: laptop.sync(progress), Cancelled) == "work.cancelled"
    judge.within(5, time.monotonic() - started, "to stop")


def test_one_lost_connection_is_made_good_without_a_word(server, laptop):
    server.plan("/v1/hello", "unheard")
    server.plan("/v1/pull", "lost")
    assert laptop.sync().verified


def test_a_busy_server_is_waited_for_if_it_is_soon(server, laptop):
    waited = []
    progress = Progress()
    progress.wait = waited.append
    server.plan("/v1/hello", "busy")
    assert laptop.sync(progress).verified
    assert [round(seconds) for seconds in waited] == [1]


def test_a_server_that_is_busy_for_long_ends_the_sync(server, laptop):
    server.plan("/v1/hello", "long_busy")
    with pytest.raises(Busy) as busy:
        laptop.sync()
    assert (busy.value.code, busy.value.facts) == ("sync.busy", {"seconds": 600})


def test_nobody_listening_is_no_network(tmp_path, new_laptop, server):
    laptop = new_laptop()
    laptop.replica.enrolled(laptop.replica.identity().but(server_url="http://127.0.0.1:9"))
    assert code_of(laptop.sync) == "sync.nobody"


def test_a_withdrawn_laptop_and_an_old_program_are_told_so(server, laptop):
    server.plan("/v1/hello", "gone")
    assert code_of(laptop.sync, Revoked) == "sync.revoked"
    server.plan("/v1/hello", "upgrade")
    assert code_of(laptop.sync, UpgradeNeeded) == "sync.upgrade"
    server.devices.clear()
    assert code_of(laptop.sync, ServerRefused) == "sync.token"


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://crm.example.cn", "sync.url.insecure"),
        ("http://192.168.1.5:8000", "sync.url.insecure"),
        ("http://127.0.0.1.example.cn", "sync.url.insecure"),
        ("ftp://127.0.0.1", "sync.url.form"),
        ("crm.example.cn", "sync.url.form"),
        ("https://name:word@crm.example.cn", "sync.url.form"),
        ("http://[::1", "sync.url.form"),
    ],
)
def test_plain_http_goes_nowhere_but_to_this_computer(url, code):
    assert code_of(lambda: checked_url(url), Refused) == code


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8000/", "http://localhost:1", "http://[::1]:5", "https://a.cn/x"]
)
def test_loopback_and_https_are_fine(url):
    assert checked_url(url) == url.rstrip("/")


def test_a_certificate_nobody_vouches_for_is_not_accepted(tmp_path, https_server):
    url, ca_file = https_server
    stranger = Transport(url, deadline_s=10)
    assert (
        code_of(lambda: stranger.start("/", b"{}").result(lambda: None)) == "sync.tls.self_signed"
    )
    friend = Transport(url, ca_file=ca_file, deadline_s=10)
    assert friend.start("/", b"{}").result(lambda: None).body == b"hello"
    friend.close()


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "https://localhost:9"])
@pytest.mark.parametrize("content", [None, b"", b"no certificate"])
def test_a_file_of_certificates_that_is_none_is_told_before_anything_is_sent(
    tmp_path, url, content
):
    ca_file = tmp_path / "bank.pem"
    if content is not None:
        ca_file.write_bytes(content)
    assert code_of(lambda: Transport(url, ca_file=ca_file), BadFile) == "sync.ca_file"
    assert code_of(lambda: ping(url, ca_file=tmp_path), BadFile) == "sync.ca_file"


@pytest.fixture
def https_server(tmp_path):
    import ssl
    import threading
    from http.server import BaseHTTPRequestHandler, HTTPServer

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Length", "5")
            self.end_headers()
            self.wfile.write(b"hello")

        def log_message(self, *_):
            pass

    certificate, key = a_certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    listening = HTTPServer(("127.0.0.1", 0), Handler)
    listening.socket = context.wrap_socket(listening.socket, server_side=True)
    threading.Thread(target=listening.serve_forever, args=(0.02,), daemon=True).start()
    yield f"https://localhost:{listening.server_address[1]}", certificate
    listening.shutdown()
    listening.server_close()


def a_certificate(folder):
    """A certificate for localhost that signs itself."""
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / "server.pem", folder / "server.key"
    public.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return public, private


def test_a_netrc_or_proxy_of_the_computer_changes_nothing(server, laptop, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login nobody password nothing\n", encoding="ascii")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert laptop.sync().verified


# --- enrolment ------------------------------------------------------------------------------


def test_enrolling_gives_an_identity_whose_first_sync_is_believed(server, laptop):
    identity = enrol(
        server.url, "manager", "right", device="laptop", schema=SCHEMA, check=lambda: None
    )
    laptop.replica.enrolled(identity)
    assert identity.epoch == server.epoch
    assert laptop.sync().verified


def test_a_first_password_must_be_changed(server):
    def ask(**how):
        return enrol(server.url, "manager", "first", device="laptop", schema=SCHEMA, **how)

    assert code_of(ask, Refused) == "enrol.password.change_required"
    assert ask(new_password="own").user == derived_id("staff", "manager")


def test_a_wrong_password_is_not_a_broken_network(server):
    def ask():
        return enrol(server.url, "manager", "wrong", device="laptop", schema=SCHEMA)

    assert code_of(ask, Refused) == "enrol.login"


def test_the_file_of_certificates_is_found_from_another_folder(server, tmp_path, monkeypatch):
    server.grants["right"] = {}
    a_certificate(tmp_path)
    monkeypatch.chdir(tmp_path)
    asked = Asked(password=lambda: "right", new_password=str, passphrase=lambda: "correct horse 1")
    profile = Profile(tmp_path / "profile")
    enrolled = enrol_profile(
        profile, server.url, "right", asked, practice=True, ca_file=Path("server.pem")
    )
    assert enrolled.ca_file == str(tmp_path / "server.pem")
    monkeypatch.chdir("/")
    replica = open_replica(profile, "correct horse 1")
    assert sync_engine(profile, replica).sync().verified
    replica.close()
    close_log()
