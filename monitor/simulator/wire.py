"""A call as each version of the API prints it (API reference: call object).

Version 2 is the widest flat shape. Version 1 lacks twelve of its fields, version 3 makes an object of
`number`, version 4 also one of the campaign. Types are mixed as in the reference: cost and gross profit are
strings, net profit an integer or a float, revenue and payout floats, and null is not the same as 0.
"""

from collections.abc import Callable

from monitor.simulator.callers import caller_number, place_of
from monitor.simulator.cast import COMPANY_ID
from monitor.simulator.detail import details, recording_url, sub_id
from monitor.simulator.draws import seeded_by, show_uuid
from monitor.simulator.pixels import Pixel, pixels
from monitor.simulator.script import Script, Stage
from monitor.simulator.stamps import SECOND, zulu, zulu_or_null
from monitor.simulator.troubles import Troubles

Json = dict[str, object]
Shape = Callable[[Script, int, Troubles], Json]
"""Makes a call's record, as it stands at a moment, in the fields of one version."""

_ONLY_SINCE_V2 = (
    *("affiliate_name", "campaign_id", "campaign_name", "connected", "number_id", "profit_gross", "profit_net"),
    *("target_id", "target_name", "time_to_call_in_seconds", "time_to_connect_in_seconds", "total_cost"),
)


def call_v1(script: Script, now: int, troubles: Troubles) -> Json:
    """The first version, with the extended fields that real answers carry."""
    call = call_v2(script, now, troubles)
    for name in _ONLY_SINCE_V2:
        del call[name]
    return call


def call_v2(script: Script, now: int, troubles: Troubles) -> Json:
    """The record as it stands at that moment."""
    # One generator a call, seeded with its uuid, in one fixed order of draws: see `detail`.
    rng = seeded_by(script.uuid)
    incidental = details(script, rng)
    fired = pixels(script, now, troubles, rng)
    stage = script.stage(now)
    ended, final = stage >= Stage.SETTLING, stage is Stage.FINAL
    number, campaign, affiliate = script.number, script.number.campaign, script.number.affiliate
    place = place_of(script.caller)
    # The offer counts as soon as the buyer talks; before that the call has no target, even if one is being dialled.
    target = script.offer.target if script.offer is not None and stage is not Stage.RINGING else None
    group = target.groups[0] if target is not None and target.groups else None
    target_id = target.id if target else None
    ivr, hold, talk = _durations(script, script.ended if ended else now)
    cost = script.cost if ended else 0
    revenue, payout = (script.revenue, script.payout) if final else (0, 0)
    has_money = ended and script.connected
    converted, duplicate = final and script.converted, final and script.duplicate
    charge = _dollars(cost)
    dialed = script.selected if ended else target
    if ended:
        incidental.tags["status"] = "success" if script.selected else "no-target"
    caller = caller_number(script.caller)
    call: Json = {
        "uuid": show_uuid(script.uuid),
        "caller": caller,
        "caller_number_sent": caller if target is not None and incidental.number_sent else None,
        "caller_zip": place.zip,
        "caller_state": place.state,
        "caller_city": place.city,
        "caller_country": place.country,
        "dialed_call_duration": talk,
        "total_duration": ivr + hold + talk,
        "ivr_duration": ivr,
        "hold_duration": hold,
        "status": "finished" if ended else "in_progress",
        "start_time": zulu(script.start),
        "forwarded_time": zulu(script.forwarded) if target is not None else None,
        "end_time": zulu(script.ended) if ended else None,
        "cid": campaign.cid,
        "afid": affiliate.afid if affiliate else None,
        "sid": sub_id(script),
        "dialed_number": dialed.number if dialed else None,
        "revenue": revenue / 100 if has_money else None,
        "payout": payout / 100 if has_money else None,
        "postback_value": None,
        "network_sale_timer_fired": None,
        "affiliate_sale_timer_fired": None,
        "target_sale_timer_fired": None,
        "hung_up_by": script.ended_by if ended else None,
        "duplicate": duplicate,
        "payable_duplicate": duplicate,
        "receivable_duplicate": duplicate,
        "callpixels_target_id": target_id,
        "system_target_id": target_id,
        "system_campaign_id": campaign.id,
        "system_affiliate_id": affiliate.id if affiliate else None,
        "fired_pixels_count": len(fired),
        "charge_total": charge,
        "keys_pressed": None if stage is Stage.RINGING else incidental.keys_pressed,
        "repeat": script.repeat,
        "affiliate_repeat": script.affiliate_repeat,
        "target_repeat": script.target_repeat if target is not None else None,
        "number_repeat": script.number_repeat,
        "visitor_url": incidental.visitor_url,
        "company_id": COMPANY_ID,
        "conversions_determined_at": zulu(script.determined) if final else None,
        "updated_at": zulu(script.updated(stage)),
        "created_at": zulu(script.created),
        "billable_minutes": script.billable_minutes if ended else 0,
        "upstream_call_uuid": None,
        "downstream_call_uuids": [],
        "target_group": {"id": group.id, "name": group.name} if group else {},
        "number": number.number,
        "converted": converted,
        "payable": converted and affiliate is not None,
        "receivable": converted,
        "conversion_seconds": campaign.conversion_seconds if converted else None,
        "tid": target.tid if target else None,
        "tags": incidental.tags,
        "fired_pixels": [_fired_pixel(pixel, now) for pixel in fired],
        "via": "inbound-dial",
        "rescued": False,
        "campaign_id": campaign.id,
        "campaign_name": campaign.name,
        "number_id": number.id,
        "target_id": target_id,
        "affiliate_name": affiliate.name if affiliate else None,
        "connected": target is not None,
        "profit_gross": _dollars(revenue - payout - cost),
        "profit_net": (revenue - payout) / 100 if has_money else 0,
        "target_name": f"{target.name} - {target.number}" if target else None,
        "time_to_call_in_seconds": incidental.seconds_from_visit,
        "time_to_connect_in_seconds": ivr + hold,
        "total_cost": charge,
    }
    if ended and script.connected:
        call["recording_url"] = recording_url(script)
    return call


def call_v3(script: Script, now: int, troubles: Troubles) -> Json:
    """The number is an object."""
    call = call_v2(script, now, troubles)
    call["number"] = {"number": script.number.number, "name": script.number.name}
    return call


def call_v4(script: Script, now: int, troubles: Troubles) -> Json:
    """The campaign is an object too, its id a string, and the flat fields of it are gone."""
    call = call_v3(script, now, troubles)
    del call["campaign_id"], call["campaign_name"]
    call["campaign"] = {"id": str(script.number.campaign.id), "name": script.number.campaign.name}
    return call


CALL_SHAPES: dict[str, Shape] = {
    "v1": call_v1,
    "v2": call_v2,
    "v3": call_v3,
    "v4": call_v4,
}


def _durations(script: Script, until: int) -> tuple[int, int, int]:
    """Whole seconds of IVR, hold and talk up to a moment; what has not begun yet counts nothing."""
    elapsed = max(0, until - script.start)
    ivr = min(elapsed, script.ivr)
    hold = min(elapsed - ivr, script.hold)
    talk = min(elapsed - ivr - hold, script.talk)
    return ivr // SECOND, hold // SECOND, talk // SECOND


def _dollars(cents: int) -> str:
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02}"


def _fired_pixel(pixel: Pixel, now: int) -> Json:
    fired = pixel.fired if pixel.fired is not None and pixel.fired <= now else None
    return {
        "fired_pixel": {
            "url": pixel.url,
            "fire_order": pixel.fire_order,
            "batch_uuid": show_uuid(pixel.batch),
            "created_at": zulu(pixel.created),
            "fired_at": zulu_or_null(fired),
            "status": "new" if fired is None else "fired",
            "webhook_name": pixel.webhook,
        }
    }
