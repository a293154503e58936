"""Everything known now: calls by uuid, targets, running sums. Pure: no I/O, no clock."""

from monitor.ledger.ledger import Change, Ledger
from monitor.ledger.sums import STEP, Sums

__all__ = ["STEP", "Change", "Ledger", "Sums"]
