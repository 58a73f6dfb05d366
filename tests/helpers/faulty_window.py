"""`yizhan window` with one fault of its own: Ctrl+N fails in every way a program can fail.

python -m tests.helpers.faulty_window window --profile DIR. What each failure says stands in the
environment; so does a hole that is to be found. Works in HOME: a core file would lie there.
"""

from __future__ import annotations

import os
import sys
import tempfile
import threading
import warnings

CORE_BYTES = 1 << 20
SPOOLED = 1_000_000  # times: what a spooled page takes to write, some milliseconds
SAYS, HOLE = "YIZHAN_TEST_SAYS", "YIZHAN_TEST_HOLE"
DUMPS, KEEPS_COPIED, LOOSE_FILE = "dumps", "keeps-copied", "loose-file"


class _Grave:
    """Fails where nobody can catch it: while it is taken apart."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __del__(self) -> None:
        raise ValueError(self.text)


def _fail(_desk: object) -> None:
    said = os.environ[SAYS]

    def in_a_thread() -> None:
        raise LookupError(said)

    threading.Thread(target=in_a_thread).start()
    warnings.warn(said, ResourceWarning, stacklevel=1)
    _Grave(said)
    if os.environ.get(HOLE) == LOOSE_FILE:
        with tempfile.NamedTemporaryFile() as file:
            file.write(said.encode() * SPOOLED)
            file.flush()
    try:
        raise OSError(2, said, said)
    except OSError as error:
        error.add_note(said)
        raise ValueError(said) from error


def _allow_core_files() -> None:
    """As somebody may have: then what the program says about its memory is the only guard."""
    import resource

    most = resource.getrlimit(resource.RLIMIT_CORE)[1]
    resource.setrlimit(resource.RLIMIT_CORE, (CORE_BYTES if most else 0, most))


def main() -> None:
    from crm.domain import secrecy
    from desktop import cli
    from desktop.views.customer import new
    from desktop.views.shell import session

    os.chdir(os.environ["HOME"])
    _allow_core_files()
    secrecy.forbid_core_dumps = lambda: None
    new.open_new_customer = _fail  # type: ignore[assignment]
    if os.environ.get(HOLE) == DUMPS:
        secrecy.hide_memory = lambda: None
    if os.environ.get(HOLE) == KEEPS_COPIED:
        session.empty_clipboard = session.Session._leave_no_memory = lambda *_: None  # type: ignore
    sys.argv[0] = "yizhan"
    cli.entry()


if __name__ == "__main__":
    main()
