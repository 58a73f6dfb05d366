"""The real server in this process: uvicorn on a thread, loopback, a free port."""

from __future__ import annotations

import socket

import uvicorn

from crm.domain.ids import new_id
from crm.domain.kinds import SCHEMA
from server.app import create_app
from server.exchange import accounts, epoch, handover
from server.exchange.hand import Hand
from server.opening import open_exchange, utc_now
from server.store import people, settings
from server.store.database import Database
from tests.helpers.laid_out import bring_up_to_date, new_store
from tests.helpers.prompt_uvicorn import PromptServer

PASSWORD = "ein-gutes-Wort-5"


class LiveServer:
    """Fits where tests take a fake server: url, server_key, enrolled()."""

    def __init__(
        self, folder, schema=SCHEMA, database_url=None, *, held=None, branch=None, now=utc_now
    ):
        """held: puts a database that has had a server into the folder; it is brought up to date."""
        made = settings.create(folder, database_url, practice=True)
        if held is not None:
            held(folder, database_url)
        elif database_url is None:
            new_store(folder / "server.db")
        database = Database(made.database_url)
        bring_up_to_date(database)
        if held is None:
            epoch.begin(database, practice=True, schema_version=schema.version)
        database.dispose()
        self.settings = made
        self.data = folder
        self.exchange = open_exchange(made, schema, now)
        self.server_key = settings.public_text(made.signing_key)
        self._app = create_app(made, schema, now)
        self._listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._listener.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        config = uvicorn.Config(self._app, log_level="error", access_log=False)
        self._uvicorn = PromptServer(config)
        self.hand = Hand(self.exchange)
        self.branch = branch or new_id()
        if held is None:
            self.hand.create(
                "branch", {"name": "支行"}, record=self.branch, home=f"branch:{self.branch}"
            )

    def __enter__(self):
        self._uvicorn.start(self._listener)
        return self

    def __exit__(self, *_):
        self._uvicorn.leave()
        self._listener.close()
        self._app.state.service.exchange.database.dispose()
        self.exchange.database.dispose()

    @property
    def epoch(self):
        return self._app.state.service.epoch

    def person(self, login, *, role="manager", deputy_of=None):
        """Add somebody; return the id."""
        new = accounts.NewPerson(login, login.title(), role, self.branch, PASSWORD, False)
        principal = accounts.find(self.exchange, deputy_of) if deputy_of else None
        return accounts.add_person(self.exchange, self.hand, new, principal)

    def enrolled(self, user, incarnation, baton):
        """Make a device of person `user` (an id) known; return its token."""
        with self.exchange.database.snapshot() as connection:
            person = next(p for p in people.people(connection) if p.id == user)
        made = accounts.enrol(
            self.exchange, person, device="test", incarnation=incarnation, baton=baton
        )
        return made.token

    def move(self, root, to_person):
        return handover.move_family(
            self.exchange, self.hand.actor, root, accounts.portfolio(to_person)
        )
