"""The fixed cast of the simulated account: company, campaigns, numbers, affiliates, targets, groups and
webhooks.

All names are invented, all phone numbers come from ranges kept for fiction. Money is in whole cents. Ids that
the customer chooses (cid, afid, tid) are strings, with leading zeros where a client might be tempted to make
them numbers.
"""

from dataclasses import dataclass
from typing import Literal

DEMO_KEY = "demo"
COMPANY_ID = 2

COMPANY = {
    "id": COMPANY_ID,
    "name": "Example Co",
    "created_at": "2015-10-11T17:18:22.675Z",
    "updated_at": "2026-01-15T02:55:46.708Z",
    "embedded_key": "0f3c5a7e91b2d4c6a8e0f1b3d5c7e9a2",
    "per_number": "1.0",
    "use_global_suppression_list": True,
    "balance": "2417.35",
    "owner_user_name": "Account Owner",
}


Trigger = Literal["start", "selected", "answered", "converted", "end"]
"""What in a call's life makes a webhook fire."""

Trouble = Literal["down", "slow", "late"]
"""What a webhook's receiver does now and then: lose what is sent, answer slowly, or answer after any patience."""


@dataclass(frozen=True, slots=True, eq=False)
class Webhook:
    """A configured webhook; some carry the account's call key in their URL, which a client must not show."""

    name: str
    trigger: Trigger
    url: str
    with_key: bool = False
    trouble: Trouble | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Timer:
    """A campaign's timer and the template of its pixel; see `macros` for what its [macros] become.

    0 seconds is the click timer, fired as the call starts; a positive one is a sale timer, counted from the answer; a
    negative one fires when the call has ended after that much talk, whatever the dedupe says."""

    id: int
    seconds: int
    url: str


@dataclass(frozen=True, slots=True, eq=False)
class Affiliate:
    """A publisher, paid `share` percent of a campaign's standard payout."""

    id: int
    afid: str
    name: str
    share: int


@dataclass(frozen=True, slots=True, eq=False)
class TargetGroup:
    """A group of buyers; its cap counts the calls of all its members."""

    id: int
    name: str
    concurrency_cap: int | None
    behavior: int = 1
    priority: int | None = None
    weight: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """A buyer's endpoint. `daily_cap` counts connections in the buyer's own calendar day."""

    id: int
    name: str
    number: str
    tid: str | None = None
    groups: tuple[TargetGroup, ...] = ()
    concurrency_cap: int | None = None
    daily_cap: int | None = None
    hard_cap: int | None = None
    priority: int = 1
    weight: int = 1
    paused: bool = False
    time_zone: str = "Eastern Time (US & Canada)"
    sip_username: str | None = None
    sip_password: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Offer:
    """What one buyer pays for a converted call of one campaign."""

    target: Target
    revenue: int


@dataclass(frozen=True, slots=True, eq=False)
class Campaign:
    """A campaign, its timers by their seconds; a call converts after the last one's seconds of talk, unless
    the caller already converted in the same dedupe group within `dedupe_seconds`."""

    id: int
    cid: str
    name: str
    dedupe_group: int
    dedupe_seconds: int
    timers: tuple[Timer, ...]
    payout: int
    offers: tuple[Offer, ...]
    webhooks: tuple[Webhook, ...]

    @property
    def conversion_seconds(self) -> int:
        """Seconds of talk after which a call is sold."""
        return self.timers[-1].seconds


@dataclass(frozen=True, slots=True, eq=False)
class TrackingNumber:
    """A number that callers dial: it decides the campaign and whose traffic it is. `weight` is its share of
    the calls."""

    id: int
    number: str
    name: str
    campaign: Campaign
    affiliate: Affiliate | None
    weight: int
    index: int


# Rails' names of zones against whole hours from UTC, standard time all year: the simulator counts its calendar caps
# by these, so that it needs no time zone database.
ZONE_HOURS = {
    "Eastern Time (US & Canada)": -5,
    "Central Time (US & Canada)": -6,
    "Mountain Time (US & Canada)": -7,
    "Pacific Time (US & Canada)": -8,
    "Arizona": -7,
    "Brisbane": 10,
}

_STARTED = Webhook("CRM screen pop", "start", "https://hooks.crm.example/calls/started")
ROBODIAL = Webhook("Robodial check", "start", "https://lookup.example.com/v1/robodial", trouble="slow")
_SELECTED = Webhook("Buyer selected", "selected", "https://hooks.crm.example/calls/selected")
HAND_OVER = Webhook("Lead hand-over", "answered", "https://leads.handover.example/post", True, "down")
_CONVERTED = Webhook("Conversion postback", "converted", "https://postback.adnet.example/conversion", with_key=True)
CALL_LOG = Webhook("Warehouse call log", "end", "https://ingest.warehouse.example/v2/calls", trouble="down")
QUALITY = Webhook("Quality score", "end", "https://quality.example.com/score", True, "late")

_OF_THE_CALL = "caller=[caller_id]&number=[called_number]&talk=[call_duration]&call_uuid=[call_uuid]"
_ADNET = f"https://track.adnet.example/timer/{{}}?cid=[campaign_id]&afid=[affiliate_id]&sub=[sub_id]&{_OF_THE_CALL}"
_LEADTRAIL = f"https://pixel.leadtrail.example/t/{{}}?log=[call_log_id]&key=[call_key]&{_OF_THE_CALL}"
_MISCONFIGURED = f"{_ADNET}&click=[click_id]"  # no macro of this account: what was meant is known elsewhere only


def _timers(first: int, *seconds: int, url: str = _ADNET) -> tuple[Timer, ...]:
    """Timers with ids from `first` on, each with an address of its own."""
    return tuple(Timer(first + place, each, url.format(each)) for place, each in enumerate(seconds))


AFFILIATES = (
    Affiliate(3301, "0002", "Brightwater Media", 100),
    Affiliate(3302, "03994", "Pinegate Leads", 90),
    Affiliate(3303, "9e107d9d", "Harbor Search", 110),
    Affiliate(3304, "a1b2c3d4", "Copperline Ads", 100),
    Affiliate(3305, "7741", "Lantern Traffic", 80),
    Affiliate(3306, "0017", "Quarry Digital", 95),
    Affiliate(3307, "1200", "Fieldstone Native", 105),
    Affiliate(3308, "00e5f210", "Skylark Social", 85),
)

_EAST = TargetGroup(1639, "East Coast", 9)
_WEST = TargetGroup(1640, "West Coast", 6, priority=1, weight=2)
_LEGAL = TargetGroup(1641, "Legal Desks", 4, behavior=2)
_OVERFLOW = TargetGroup(1642, "Overflow", None)
TARGET_GROUPS = (_EAST, _WEST, _LEGAL, _OVERFLOW)

_BUYER_A = Target(27449, "Buyer A", "+12265550112", "A-01", (_EAST,), 4, daily_cap=900, weight=3)
_BUYER_B = Target(27450, "Buyer B", "+13035550147", "0007", (_EAST, _WEST), 3, weight=2)
_BUYER_C = Target(27451, "Buyer C", "+16025550190", None, (_WEST,), 2, time_zone="Arizona")
_SUNROOF = Target(27460, "Sunroof Installers", "+14155550133", "sun-1", (_WEST,), None, priority=2,
                  time_zone="Pacific Time (US & Canada)")  # fmt: skip
_RIVERBEND = Target(27461, "Riverbend Insurance", "+16145550121", "00042", (_EAST,), 5, daily_cap=1200)
_KESTREL = Target(27462, "Kestrel Auto Cover", "+12145550166", None, (), 3, hard_cap=20000,
                  time_zone="Central Time (US & Canada)")  # fmt: skip
_NORTHSIDE = Target(27470, "Northside Legal", "sip:intake@pbx.northside.example", "NSL", (_LEGAL,), 2,
                    sip_username="intake", sip_password="simulated-secret-1")  # fmt: skip  # noqa: S106 - invented
_OLDTOWN = Target(27471, "Oldtown Debt Desk", "+17025550118", "71", (_LEGAL, _EAST), 1)
_CLEARPATH = Target(27472, "Clearpath Settlement", "+18135550175", None, (_LEGAL,), 3, priority=2,
                    time_zone="Mountain Time (US & Canada)")  # fmt: skip
_SALES = Target(27480, "Main Sales Line", "+12125550101", "0001", (), 6, daily_cap=1500)
_SUPPORT = Target(27481, "Main Support Line", "+12125550102", "0002", (_OVERFLOW,), None, priority=2)
_EVERGREEN = Target(27482, "Evergreen Overflow", "sip:queue@overflow.example", None, (_OVERFLOW,), None, priority=3,
                    sip_username="queue", sip_password="simulated-secret-2")  # fmt: skip  # noqa: S106 - invented
_DORMANT = Target(27490, "Buyer D", "+19195550140", "D-04", (_EAST,), 5, paused=True)
_SEASONAL = Target(27491, "Brisbane Solar Desk", "+12065550129", "0", (), 2, paused=True, time_zone="Brisbane")
TARGETS = (
    *(_BUYER_A, _BUYER_B, _BUYER_C, _SUNROOF, _RIVERBEND, _KESTREL, _NORTHSIDE),
    *(_OLDTOWN, _CLEARPATH, _SALES, _SUPPORT, _EVERGREEN, _DORMANT, _SEASONAL),
)

_DAY_SECONDS = 86_400
_SOLAR = Campaign(
    9872, "0003", "Solar QLD", 1, 7 * _DAY_SECONDS, _timers(195, 0, 30, 90), 2800,
    (Offer(_BUYER_C, 4550), Offer(_SEASONAL, 6000), Offer(_SUNROOF, 3800)),
    (_STARTED, _SELECTED, HAND_OVER, _CONVERTED, CALL_LOG),
)  # fmt: skip
_MEDICARE = Campaign(
    9873, "111", "Medicare T65", 2, 30 * _DAY_SECONDS, _timers(201, 0, 120), 3125,
    (Offer(_BUYER_A, 5200), Offer(_BUYER_B, 4850), Offer(_DORMANT, 5500), Offer(_EVERGREEN, 3300)),
    (_STARTED, ROBODIAL, HAND_OVER, _CONVERTED, CALL_LOG, QUALITY),
)  # fmt: skip
_ACA = Campaign(
    9874, "00a4c1ff", "Health Open Enrollment", 2, 30 * _DAY_SECONDS, _timers(207, 60, url=_MISCONFIGURED), 2075,
    (Offer(_BUYER_A, 3450), Offer(_BUYER_C, 3000), Offer(_EVERGREEN, 2250)),
    (_STARTED, _SELECTED, CALL_LOG),
)  # fmt: skip
_AUTO = Campaign(
    9875, "0044", "Auto Insurance", 3, _DAY_SECONDS, _timers(211, 0, 30, 60), 750,
    (Offer(_RIVERBEND, 1250), Offer(_KESTREL, 1175), Offer(_EVERGREEN, 900)),
    (_STARTED, _SELECTED, HAND_OVER, _CONVERTED, CALL_LOG),
)  # fmt: skip
_DEBT = Campaign(
    9876, "77", "Debt Relief", 4, 14 * _DAY_SECONDS, _timers(217, -30, 0, 45, 180, url=_LEADTRAIL), 4333,
    (Offer(_OLDTOWN, 7215), Offer(_CLEARPATH, 6600), Offer(_NORTHSIDE, 6900)),
    (_STARTED, HAND_OVER, _CONVERTED, QUALITY),
)  # fmt: skip
_INJURY = Campaign(
    9877, "0150", "Injury Intake", 5, 90 * _DAY_SECONDS, _timers(223, 90, url=_LEADTRAIL), 9000,
    (Offer(_NORTHSIDE, 15000), Offer(_CLEARPATH, 9000)),
    (ROBODIAL, _SELECTED, HAND_OVER, CALL_LOG),
)  # fmt: skip
_MAIN = Campaign(
    9878, "1", "Main · Sales", 6, 0, _timers(229, 0, 10), 500,
    (Offer(_SALES, 500), Offer(_SUPPORT, 500)),
    (_STARTED, _SELECTED, HAND_OVER, CALL_LOG),
)  # fmt: skip
CAMPAIGNS = (_SOLAR, _MEDICARE, _ACA, _AUTO, _DEBT, _INJURY, _MAIN)

# One row a number: campaign, publisher (index in AFFILIATES, or none), share of the traffic.
_NUMBER_PLAN: tuple[tuple[Campaign, int | None, int], ...] = (
    *((_SOLAR, 0, 5), (_SOLAR, 3, 4), (_SOLAR, None, 1)),
    *((_MEDICARE, 0, 8), (_MEDICARE, 1, 7), (_MEDICARE, 2, 5), (_MEDICARE, 7, 3)),
    *((_ACA, 1, 5), (_ACA, 4, 4)),
    *((_AUTO, 2, 9), (_AUTO, 5, 8), (_AUTO, 4, 6)),
    *((_DEBT, 6, 5), (_DEBT, 3, 4)),
    *((_INJURY, 6, 2), (_INJURY, None, 1)),
    *((_MAIN, None, 7), (_MAIN, 7, 2)),
)


def _tracking_number(index: int, campaign: Campaign, publisher: int | None, weight: int) -> TrackingNumber:
    affiliate = None if publisher is None else AFFILIATES[publisher]
    name = f"{campaign.name} / {affiliate.name if affiliate else 'house'}"
    return TrackingNumber(4906092 + index, f"+1888555{110 + index:04}", name, campaign, affiliate, weight, index)


TRACKING_NUMBERS = tuple(_tracking_number(index, *row) for index, row in enumerate(_NUMBER_PLAN))
