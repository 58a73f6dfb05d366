"""The real window, all its screens, on a small made-up portfolio; nothing of it is faked."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass

from crm.domain.ids import new_id
from crm.records.pinyin import search_key
from desktop.app.window import OpenWindow, application
from desktop.services.ports import Receipt
from desktop.views.shell.session import Session
from tests.helpers.fakes import Laptop
from tests.helpers.offices import FakeStation, an_office
from tests.helpers.received import from_server

NAMES = ("赵国栋", "张国栋", "欧阳婉清", "单国强", "区德明", "王龑")


@dataclass
class Portfolio:
    """A laptop with a few customers, and the ids of some."""

    laptop: Laptop
    customers: list[str]


def put(kind, parent=None, root=None, **fields):
    record = new_id()
    aside = search_key(fields["name"]) if kind == "customer" else None
    return [0, record, kind, 1, parent, root or parent or record, fields, aside]


def a_portfolio(folder) -> Portfolio:
    """Six customers; the first with everything that a page can show."""
    laptop = Laptop(folder)
    people = [_somebody(number, name) for number, name in enumerate(NAMES)]
    first = people[0][1]
    home = put("household", first, name="赵家")
    from_server(
        laptop,
        *people,
        home,
        put("household_member", home[1], first, relation="head", customer=first),
        put("household_member", home[1], first, relation="spouse", customer=people[2][1]),
        put("household_member", home[1], first, relation="child", name="小赵"),
        put("contact_point", first, type="wechat", value="zhao_gd", preferred=True),
        put(
            "account",
            first,
            number="6221000000004417",
            type="fixed_term",
            currency="CNY",
            balance_minor=30_000_000,
            rate_bp=275,
            matures_on="2026-03-19",
        ),
        put(
            "account",
            first,
            number="6221000000001036",
            type="current",
            currency="CNY",
            balance_minor=6_400_000,
        ),
        put(
            "visit",
            first,
            state="completed",
            on="2026-02-04",
            channel="visit",
            summary="想给孙子存教育金，问三年利率；约到期前再谈。",
            needs=["孙子教育金"],
        ),
        put("task", first, title="带教育金方案再次上门", state="open", due_on="2026-03-20"),
        put("tag", first, label="种粮大户"),
        _conflict(first, "phone", "+8615400005521", "+8615400008834", "+8615400008843"),
        _conflict(first, "honorific", "赵先生", "赵老板", "赵叔"),
    )
    with laptop.replica.transaction() as tx:
        tx.make_ready()
        tx.add_receipt(
            Receipt(
                at="2026-03-17T23:42:00.000Z[+08:00]",
                outcome="complete",
                counts={"sent": 31, "received": 204, "verified": 1},
                heads={},
            )
        )
    with laptop.replica.unit_of_work() as uow:
        uow.edit(people[1][1], {"occupation": "茶农"})
        uow.commit()
    return Portfolio(laptop, [person[1] for person in people])


def _somebody(number, name):
    return put(
        "customer",
        name=name,
        gender="male" if number % 2 else "female",
        birth_date=f"19{60 + number}-03-20",
        phone=f"+861540000{number:04d}",
        id_type="resident_id",
        id_number=f"43042419{60 + number}0320{number:03d}0",
        address=f"湖南省衡东县石湾镇石湾社区{number + 1}组",
        village="石湾社区",
        postcode="421411",
        occupation="个体工商户",
        tier=("high", "general", "low")[number % 3],
        likes=["下棋"],
        needs=["定期存款"],
    )


def _conflict(customer, field, base, mine, theirs):
    return put(
        "conflict",
        customer,
        record=customer,
        record_kind="customer",
        verb="edit",
        field=field,
        base=f'"{base}"',
        mine=f'"{mine}"',
        theirs=f'"{theirs}"',
        mine_author=new_id(),
        mine_at="2026-03-17T02:00:00.000Z[+08:00]",
        theirs_author=new_id(),
        theirs_at="2026-03-17T03:00:00.000Z[+08:00]",
        state="open",
    )


@contextmanager
def real_window(qtbot, folder, **office_changes):
    """Yield (session, portfolio): the window, unlocked, at its first screen."""
    portfolio = a_portfolio(folder / "laptop")
    office = an_office(portfolio.laptop, **office_changes)
    opened = OpenWindow(application(), folder)
    session: Session = opened.session
    station = FakeStation(office)
    session._station = session._unlock._station = station
    session.begin()
    opened.window.resize(1366, 768)
    opened.window.show()
    qtbot.waitExposed(opened.window)
    session.unlock_page.passphrase.set_text("right words")
    with qtbot.waitSignal(session.opened, timeout=20_000):
        session.unlock_page.button.click()
    settle(qtbot, session)
    try:
        yield opened, portfolio
    finally:
        session.close()
        opened.window.close()
        opened.window.deleteLater()
        portfolio.laptop.replica.close()


def settle(qtbot, session):
    """Wait until the window has nothing to do."""
    for _ in range(3):
        qtbot.wait(90)  # the detail of a list loads a moment after the selection
        if session.desk is not None:
            qtbot.waitUntil(session.desk.jobs.idle, timeout=20_000)
