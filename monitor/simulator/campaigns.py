"""Campaigns as the API prints them (API reference: campaigns): their timers with the templates unexpanded, and
the menu that leads to the buyers. Nobody has touched them for years."""

from monitor.simulator.cast import CAMPAIGNS, Campaign, Offer
from monitor.simulator.draws import seeded
from monitor.simulator.stamps import DAY, HOUR, MINUTE, zulu
from monitor.simulator.wire import Json

_CREATED = 1_444_583_902_675  # October 2015, the first campaign; the others follow at odd intervals
_FIRST_OPTION_ID = 61


def campaign_row(campaign: Campaign) -> Json:
    """A campaign, alone and in lists; its secret included, as the real answer does."""
    place = CAMPAIGNS.index(campaign)
    created = _CREATED + place * (97 * DAY + 7 * HOUR + 11 * MINUTE)
    return {
        "id": campaign.id,
        "cid": campaign.cid,
        "name": campaign.name,
        "updated_at": zulu(created + 301 * DAY + 2 * HOUR),
        "created_at": zulu(created),
        "record_calls": True,
        "record_seconds": 3600,
        "dedupe_seconds": campaign.dedupe_seconds,
        "affiliate_can_pull_number": False,
        "show_key": f"{seeded('show key', campaign.id).getrandbits(128):032x}",
        "greeting": {
            "message": f"Thanks for calling {campaign.name}. Press one to continue.",
            "voice_gender": "Female" if place % 2 else "Male",
        },
        "timers": [
            {"timer": {"id": timer.id, "seconds": timer.seconds, "url": timer.url}} for timer in campaign.timers
        ],
        "menu_options": [
            {"menu_option": _menu_option(10 * place + digit, digit, offer)}
            for digit, offer in enumerate(campaign.offers, start=1)
        ],
    }


def _menu_option(number: int, digit: int, offer: Offer) -> Json:
    """A buyer is named by the customer's own id where there is one, else by number."""
    target = offer.target
    return {
        "id": _FIRST_OPTION_ID + number,
        "option": str(digit),
        "target_cid": target.tid,
        "target_number": target.number if target.tid is None else None,
    }
