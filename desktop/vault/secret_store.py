"""The port to whatever keeps one secret per enrolment outside the profile folder."""

from __future__ import annotations

from typing import Protocol


class SecretStore(Protocol):
    """Short secrets by account name. Failing raises crm.domain.errors.Locked, never silence."""

    def get(self, account: str) -> str | None:
        """Return the secret, or None when there is none."""

    def set(self, account: str, secret: str) -> None:
        """Keep the secret; on return it can be read back."""

    def delete(self, account: str) -> None:
        """Forget the secret; one that is not there is no error."""
