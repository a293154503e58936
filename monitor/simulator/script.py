"""One call's script: everything that will ever happen to it, decided when it is born, in compact form.

A row of the API is written four times at most (created, forwarded, ended, conversion decided); a write shows
as a whole when `updated_at` moves to it, and nothing but the running durations and the fired pixels changes
in between. That the pixels change without a write is documented behaviour of the samples (API reference:
fired pixels).
"""

from dataclasses import dataclass
from enum import IntEnum

from monitor.simulator.cast import Offer, Target, TrackingNumber
from monitor.simulator.stamps import MINUTE, SECOND


class Stage(IntEnum):
    """Which of its writes a call has had."""

    RINGING = 0
    TALKING = 1
    SETTLING = 2
    FINAL = 3


@dataclass(slots=True, eq=False)
class Script:
    """A call from birth to its final record. Moments and spans are milliseconds; see `stamps`."""

    index: int
    """Position in the order of creation."""
    uuid: int
    number: TrackingNumber
    caller: int
    """Position in the pool of callers; negative when withheld."""
    created: int
    start: int
    ivr: int
    hold: int
    talk: int
    selected: Target | None
    """The buyer that was dialled, answered or not; none when the caller left in the IVR or no buyer was
    free."""
    offer: Offer | None
    """What the buyer pays who talked to the caller; none for a call that never connected."""
    ended_by: str
    ended_written: int
    """When the end became visible: up to a second after the end itself."""
    determined: int
    """When conversions were decided."""
    settled: int
    """When that decision became visible: the last write."""
    repeat: bool
    affiliate_repeat: bool
    number_repeat: bool
    target_repeat: bool
    deduped: bool
    """Whether the caller had called within the campaign's dedupe time, sold or not."""
    duplicate: bool
    """Whether the caller was sold within it, in the same dedupe group."""

    @property
    def forwarded(self) -> int:
        """When the talk began, or would have."""
        return self.start + self.ivr + self.hold

    @property
    def ended(self) -> int:
        """When somebody hung up."""
        return self.start + self.ivr + self.hold + self.talk

    @property
    def connected(self) -> bool:
        """Whether caller and buyer ever talked."""
        return self.offer is not None

    @property
    def converted(self) -> bool:
        """Whether the call was sold: enough talk, and not a caller who was sold already."""
        needed = self.number.campaign.conversion_seconds
        return self.offer is not None and not self.duplicate and self.talk >= needed * SECOND

    @property
    def revenue(self) -> int:
        """What the buyer owes, in cents."""
        return self.offer.revenue if self.offer is not None and self.converted else 0

    @property
    def payout(self) -> int:
        """What the publisher is owed, in cents; nothing without a publisher."""
        affiliate = self.number.affiliate
        return self.number.campaign.payout * affiliate.share // 100 if affiliate and self.converted else 0

    @property
    def billable_minutes(self) -> int:
        """Minutes that the platform charges: begun minutes count whole."""
        return -(-(self.ended - self.start) // MINUTE)

    @property
    def cost(self) -> int:
        """What the platform charges, in cents: 7 a minute, and one for the recording of a connected call."""
        return 7 * self.billable_minutes + self.connected

    def stage(self, now: int) -> Stage:
        """Which write the record shows at that moment."""
        if now >= self.settled:
            return Stage.FINAL
        if now >= self.ended_written:
            return Stage.SETTLING
        if self.connected and now >= self.forwarded:
            return Stage.TALKING
        return Stage.RINGING

    def updated(self, stage: Stage) -> int:
        """The moment of that write."""
        if stage is Stage.FINAL:
            return self.settled
        if stage is Stage.SETTLING:
            return self.ended_written
        return self.forwarded if stage is Stage.TALKING else self.created

    def following(self, stage: Stage) -> Stage | None:
        """The write after that one; none after the last."""
        if stage is Stage.FINAL:
            return None
        if stage is Stage.RINGING and not self.connected:
            return Stage.SETTLING
        return Stage(stage + 1)
