"""How answers are packed. JSON in ASCII, deflated against text that is known to resemble it.

The newest version of an answer is packed against a typical call, which saves half of what deflate alone leaves. Every
older version is packed against the next newer one: what two versions share, which is nearly all, costs a few bytes
wherever it stands. So a version comes back to the byte, and no rule of what a difference is has to be kept for ever.
"""

from __future__ import annotations

import json
import zlib
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from monitor.model.wire import Raw

_LEVEL = 6
_TYPICAL = (
    b'"paused":false,"paused_at":null,"priority":1,"weight":1,"timeout_seconds":25,"time_zone":"UTC","target_groups":[{'
    b'"target_group":{"id":1,"name":"","concurrency_cap":null,"calls_in_progress":0,"behavior":null,"caps":[{"cap":{'
    b'"type":"HourlyCap","filled":0,"cap":null}}]}}],"call_flow_events":[],'
    b'"fired_pixels":[{"fired_pixel":{"url":"https://www.example.com/postback?cid=&caller=%2B1&call_uuid=&call_key=",'
    b'"fire_order":1,"batch_uuid":"","created_at":"2026-01-01T00:00:00.000Z","fired_at":"2026-01-01T00:00:00.000Z",'
    b'"status":"fired","webhook_name":null}},{"fired_pixel":{"url":"https://","fire_order":0,"status":"new"}}]'
    b'{"uuid":"","caller":"+18005550100","caller_number_sent":null,"caller_zip":null,"caller_state":null,'
    b'"caller_city":null,"caller_country":"US","dialed_call_duration":0,"total_duration":0,"ivr_duration":0,'
    b'"hold_duration":0,"status":"finished","start_time":"2026-01-01T00:00:00.000Z","forwarded_time":null,'
    b'"end_time":"2026-01-01T00:00:00.000Z","cid":null,"afid":null,"sid":null,"dialed_number":"+18005550100",'
    b'"revenue":null,"payout":null,"postback_value":null,"network_sale_timer_fired":null,'
    b'"affiliate_sale_timer_fired":null,"target_sale_timer_fired":null,"hung_up_by":"caller","duplicate":false,'
    b'"payable_duplicate":false,"receivable_duplicate":false,"callpixels_target_id":null,"system_target_id":null,'
    b'"system_campaign_id":null,"system_affiliate_id":null,"fired_pixels_count":0,"charge_total":"0.00",'
    b'"keys_pressed":null,"repeat":false,"affiliate_repeat":false,"target_repeat":false,"number_repeat":false,'
    b'"visitor_url":"https://www.example.com/?utm_source=&utm_medium=cpc&utm_campaign=&gclid=","company_id":null,'
    b'"conversions_determined_at":"2026-01-01T00:00:00.000Z","updated_at":"2026-01-01T00:00:00.000Z",'
    b'"created_at":"2026-01-01T00:00:00.000Z","billable_minutes":0,"upstream_call_uuid":null,'
    b'"downstream_call_uuids":[],"target_group":{},"number":"+18005550100","converted":false,"payable":false,'
    b'"receivable":false,"conversion_seconds":null,"tid":null,"tags":{"status":"success","caller_number_state":"",'
    b'"caller_number_city":"","caller_number_zip":"","caller_number":"+1","geo":"","utm_source":"","utm_medium":"cpc",'
    b'"utm_campaign":"","gclid":"","keyword":"","device":"mobile","source":"google"},"fired_pixels":[],'
    b'"via":"inbound-dial","rescued":false,"campaign_id":null,"campaign_name":"","number_id":null,"target_id":null,'
    b'"affiliate_name":null,"connected":true,"profit_gross":"0.00","profit_net":0.0,"target_name":null,'
    b'"time_to_call_in_seconds":null,"time_to_connect_in_seconds":0,"total_cost":"0.00",'
    b'"recording_url":"https://www.example.com/recordings/"}'
)
_KNOWN = {zlib.adler32(text): text for text in (_TYPICAL,)}
"""By their checksum, which deflate writes into what it packed. A better one may be added; none may ever be changed."""


class DamagedError(ValueError):
    """What was packed cannot be unpacked any more."""


def text_of(raw: Raw) -> bytes:
    """Return an answer as JSON in ASCII: no lone surrogate in it can then stop it from being written.

    A field that cannot be told (nested too deep) becomes null: it must not cost the others.
    """
    try:
        return _dumped(raw)
    except (TypeError, ValueError, RecursionError):
        return _dumped({str(name): value if _told(value) else None for name, value in raw.items()})


def _dumped(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode("ascii")


def _told(value: Any) -> bool:
    try:
        return bool(_dumped(value))
    except (TypeError, ValueError, RecursionError):
        return False


def raw_of(text: bytes) -> Raw:
    """Return the answer. Raises DamagedError."""
    try:
        return cast("Raw", json.loads(text))
    except (ValueError, RecursionError) as error:
        raise DamagedError(str(error)) from None


def pack(text: bytes, like: bytes = _TYPICAL) -> bytes:
    """Return `text` packed against `like`; of that the last 32 KB help."""
    # One byte more than nothing: deflate takes no empty dictionary.
    squeezer = zlib.compressobj(_LEVEL, zdict=like or b" ")
    return squeezer.compress(text) + squeezer.flush()


def unpack(packed: bytes, like: bytes | None = None) -> bytes:
    """Return what was packed against `like` (None: against a typical call). Raises DamagedError."""
    if like is None:
        like = _KNOWN.get(int.from_bytes(packed[2:6], "big"), _TYPICAL)
    opener = zlib.decompressobj(zdict=like or b" ")
    try:
        text = opener.decompress(packed)
    except zlib.error as error:
        raise DamagedError(str(error)) from None
    if not opener.eof:
        raise DamagedError("cut off")
    return text
