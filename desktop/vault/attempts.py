"""How often a wrong passphrase was tried, and how long the next try has to wait.

After FREE wrong tries each further one waits: 30 s, 60 s, and so on, doubling to an hour. No
wall clock is asked: within one start of the machine its own clock counts; after a restart the
whole wait begins again when it is shown first. Why: docs/decisions/0081-back-off.md.
"""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass, replace

from desktop.vault.boot_clock import BootClock

FREE = 5  # tries that wait for nothing
FIRST_WAIT_S = 30
LONGEST_WAIT_S = 3600
FORGED = FREE + 7  # so many tries have the longest wait
MOST = 10**9

_MAC = b"yizhan vault 2: attempts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempts:
    """Tries since the last one that opened.

    boot, at_s: by the machine's clock, when the wait began. since: the wall clock's instant of the
    first of them as text, to be shown and never counted with; "" for none.
    """

    count: int = 0
    boot: str = ""
    at_s: int = 0
    since: str = ""

    def __post_init__(self) -> None:
        if not (0 <= self.count <= MOST and 0 <= self.at_s <= MOST):
            raise ValueError("attempts out of bounds")
        if len(self.boot) > 64 or len(self.since) > 40:
            raise ValueError("too long")

    @property
    def wait_s(self) -> int:
        """The whole wait before the next try, in seconds."""
        if self.count < FREE:
            return 0
        doublings = min(self.count - FREE, 16)
        return min(FIRST_WAIT_S << doublings, LONGEST_WAIT_S)

    def left_s(self, clock: BootClock) -> int:
        """Return how many seconds of the wait are left; all of them after a restart."""
        if self.wait_s == 0:
            return 0
        elapsed = clock.seconds() - self.at_s if clock.boot() == self.boot else 0
        return max(0, self.wait_s - max(0, elapsed))

    def began_here(self, clock: BootClock) -> bool:
        """Tell whether the wait began in this start of the machine."""
        return self.boot == clock.boot() and self.at_s <= clock.seconds()

    def beginning_now(self, clock: BootClock) -> Attempts:
        """Return the same tries, their wait beginning now."""
        return replace(self, boot=clock.boot(), at_s=clock.seconds())

    def one_more(self, clock: BootClock, now: str) -> Attempts:
        """Return these and one more try, made now; `now` is the wall clock's instant as text."""
        since = self.since if self.count else now
        more = replace(self, count=min(self.count + 1, MOST), since=since)
        return more.beginning_now(clock)


def forged(clock: BootClock) -> Attempts:
    """Return what stands for tries that somebody has tampered with: the longest wait, from now."""
    return Attempts(count=FORGED).beginning_now(clock)


def mac(attempts: Attempts, secret: bytes | None, enrolment: str) -> str:
    """Return what shows that these are the vault's own tries; "" where there is no secret.

    `secret` is the keyring's: whoever has only the file cannot write a count that is believed.
    """
    if secret is None:
        return ""
    said = [enrolment, attempts.count, attempts.boot, attempts.at_s, attempts.since]
    told = json.dumps(said, separators=(",", ":")).encode("ascii")
    return hmac.digest(secret, _MAC + told, "sha256").hex()


def believed(attempts: Attempts, told: str, secret: bytes | None, enrolment: str) -> bool:
    """Tell whether `told` is the mac of these tries."""
    return hmac.compare_digest(
        mac(attempts, secret, enrolment).encode(), told.encode("ascii", "replace")
    )
