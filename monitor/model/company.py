"""The company whose account is watched."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.model.types import Money, Name, SystemId, Utc


@dataclass(frozen=True, slots=True)
class Company:
    """A company of the account. `balance` is what remains (prepaid) or what is owed: the API does not say which."""

    id: SystemId
    name: Name = None
    balance: Money = None
    created_at: Utc = None
    updated_at: Utc = None
