"""Errors over HTTP tell a code and nothing of what was sent; the OpenAPI page is accurate."""

from __future__ import annotations

import logging
import secrets
from contextlib import contextmanager

import orjson
import pytest
import sqlalchemy as sa

from crm.domain.ids import new_id
from server.routes import messages as m
from server.store import streams
from tests.helpers.http_server import REPLIES, check_reply, error_of, wire

SECRET = "zhang-san-13800000000"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("POST", "/v1/nothing", 404),
        ("POST", "/v2/hello", 404),
        ("GET", "/v1/hello", 405),
        ("PUT", "/v1/push", 405),
        ("DELETE", "/v1/pull", 405),
        ("POST", "/openapi.json", 405),
        ("GET", "/docs", 404),
    ],
)
def test_other_paths_and_methods_are_told_apart(site, method, path, status):
    nonce = secrets.token_hex(16)
    reply = site.session.request(
        method, site.url + path, data=orjson.dumps({"nonce": nonce}), timeout=30
    )
    check_reply(path, reply, nonce)
    assert error_of(reply) == (status, "request.path")


def test_no_error_repeats_what_was_sent(site):
    device = site.device()
    (op,) = (wire(op) for op in device.laptop.numbered([device.laptop.customer()]))
    bad = [
        {**op, "id": SECRET},
        {**op, "verb": SECRET},
        {**op, "kind": SECRET},
        {**op, "home": SECRET},
        {**op, "fields": {SECRET: ["x"]}},
        {**op, "fields": {SECRET: [None, "x"]}},
        {**op, "fields": {"village": [None, SECRET * 20]}},
        {**op, "fields": {"village": [None, {SECRET: SECRET}]}},
        {**op, "at": SECRET},
    ]
    replies = []
    for one in bad:  # what passes by its form is refused, each as the first of its laptop
        fresh = site.device()
        replies.append(fresh.say("/v1/push", operations=[{**one, "author": fresh.laptop.person}]))
    replies += [
        device.say("/v1/pull", stream=SECRET, after=0),
        device.pull(scan=SECRET),
        device.hello(cursors={SECRET: 1}),
        device.hello(baton=SECRET),
        device.hello(chain_head=SECRET * 9),
        device.say("/v1/check", stream=device.laptop.home, sums=[SECRET] * 256),
        site.say(
            "/v1/enrol",
            {
                "login": SECRET,
                "password": SECRET,
                "device": SECRET,
                "incarnation": SECRET,
                "baton": SECRET,
            },
        ),
        site.say(
            "/v1/enrol",
            {
                "login": SECRET,
                "password": SECRET,
                "device": SECRET,
                "incarnation": new_id(),
                "baton": new_id(),
            },
        ),
        site.say("/v1/password", {SECRET: SECRET}),
        site.session.post(f"{site.url}/v1/{SECRET}?{SECRET}", data=SECRET, timeout=30),
        site.post("/v1/push", SECRET.encode(), {"Authorization": f"Bearer {SECRET}"}),
        site.post("/v1/push", b"{}", {"Content-Encoding": SECRET, "X-Other": SECRET}),
    ]
    for reply in replies:
        assert SECRET not in reply.text
        assert SECRET not in str(reply.headers)


def test_an_ill_formed_message_names_the_place_in_our_own_words(site):
    device = site.device()
    (op,) = (wire(op) for op in device.laptop.numbered([device.laptop.customer()]))
    reply = device.say("/v1/push", operations=[{**op, "fields": {"phone number": [1]}}])
    assert reply.json()["error"]["facts"] == {"places": ["body.operations.0.fields.*"]}


# -- an error of our own -----------------------------------------------------------


@contextmanager
def without(site, table):
    """A store in which a table is missing: an error that nobody expects."""
    for old, new in ((table, "elsewhere"), ("elsewhere", table)):
        with site.world.database.writing() as connection:
            connection.execute(sa.text(f"ALTER TABLE {old} RENAME TO {new}"))
        if new == "elsewhere":
            yield


def test_an_error_of_our_own_is_answered_and_its_text_goes_nowhere(site, caplog):
    """It tells `done`, so that a laptop knows whether anything was taken."""
    device = site.device()
    device.push(device.laptop.customer())
    nonce = secrets.token_hex(16)
    message = {
        "nonce": nonce,
        "protocol": 1,
        "schema": 1,
        "incarnation": device.laptop.incarnation,
        "operations": [
            wire(op) for op in device.laptop.numbered([device.laptop.customer(name=SECRET)])
        ],
    }
    with caplog.at_level(logging.DEBUG), without(site, "record"):
        reply = site.post(
            "/v1/push", orjson.dumps(message), {"Authorization": f"Bearer {device.token}"}
        )
    check_reply("/v1/push", reply, nonce)
    assert error_of(reply) == (500, "server.fault")
    assert reply.json()["done"] == 1
    assert SECRET not in caplog.text
    logged = [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING]
    assert len(logged) == 1
    assert "Error at " in logged[0]
    assert ".py:" in logged[0]
    assert "Traceback" not in caplog.text


def test_a_store_that_is_out_of_order_altogether_is_answered(site):
    device = site.device()
    with without(site, "incarnation"):
        assert error_of(device.pull(after=0)) == (500, "server.fault")
    assert device.pull(after=0).status_code == 200


def test_a_busy_store_is_told_with_a_time_to_wait(site):
    """A colleague's transaction holds what a push needs, longer than the server waits."""
    device = site.device()
    database = site.world.database
    impatient = {
        True: "PRAGMA busy_timeout=30",
        False: "SET lock_timeout = '30ms'",
    }[database.is_sqlite]
    serving = site.service.exchange.database.engine
    serving.dispose()

    def hurry(connection, _):
        connection.execute(impatient)
        connection.commit()

    sa.event.listen(serving, "connect", hurry)
    try:
        with database.writing() as connection:
            streams.lock(database, connection, [device.laptop.home])
            reply = device.push(device.laptop.customer())
        assert error_of(reply) == (503, "server.busy")
        assert int(reply.headers["Retry-After"]) > 0
    finally:
        sa.event.remove(serving, "connect", hurry)
        serving.dispose()
    device.laptop.sent = 0
    assert device.push(device.laptop.customer()).status_code == 200


# -- OpenAPI -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def page(site):
    return site.session.get(f"{site.url}/openapi.json", timeout=30).json()


def referenced(content):
    return content["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]


def test_openapi_names_every_path_and_no_other(page):
    assert page["paths"].keys() == REPLIES.keys()
    assert all(item.keys() == {"post"} for item in page["paths"].values())


def test_openapi_declares_what_every_route_takes_and_gives(page):
    for path, model in REPLIES.items():
        post = page["paths"][path]["post"]
        assert referenced(post["responses"]["200"]) == model.__name__
        assert hasattr(m, referenced(post["requestBody"]))
        assert post["requestBody"]["required"] is True


def test_openapi_declares_the_error_that_every_route_may_give(page):
    statuses = ["400", "401", "403", "404", "405", "409", "410", "413", "426", "429", "500", "503"]
    for path in REPLIES:
        responses = page["paths"][path]["post"]["responses"]
        for status in statuses:
            assert referenced(responses[status]) == "ErrorReply"
        assert "HTTPValidationError" not in str(responses)


def test_openapi_says_which_routes_need_a_token_and_which_are_signed(page):
    open_to_all = {"/v1/ping", "/v1/enrol", "/v1/password", "/v1/recovery", "/v1/recovery/claim"}
    for path in REPLIES:
        post = page["paths"][path]["post"]
        assert ("security" not in post) == (path in open_to_all)
        signed = "X-Yizhan-Signature" in post["responses"]["200"].get("headers", {})
        assert signed == (path in ("/v1/hello", "/v1/recovery/claim"))
    (scheme,) = page["components"]["securitySchemes"].values()
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")


def test_openapi_schemas_are_those_that_replies_are_held_against(page):
    shown = page["components"]["schemas"]
    for model in {*REPLIES.values(), m.ErrorReply}:
        own = model.model_json_schema(ref_template="#/components/schemas/{model}")
        own.pop("$defs", None)
        assert shown[model.__name__] == own
