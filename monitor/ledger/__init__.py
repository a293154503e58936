"""Everything known now: calls by uuid, targets, running sums. Pure: no I/O, no clock. Bounded, for weeks."""

from monitor.ledger.ledger import HELD, Change, Ledger
from monitor.ledger.sums import STEP, Sums

__all__ = ["HELD", "STEP", "Change", "Ledger", "Sums"]
