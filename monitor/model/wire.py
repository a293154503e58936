"""From the wire's JSON to the models: envelopes, the shapes of the API's versions, and what to do with bad records.

A whole page is validated in one call. When that fails, each record is validated alone: a field that cannot be
understood is dropped and reported, and only a record without an identity is lost, reported and counted. Its
neighbours never suffer.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from functools import cache
from typing import Any, Generic, TypeVar, cast

from pydantic import TypeAdapter, ValidationError

from monitor import text
from monitor.model.answers import DataWritten, Reservation
from monitor.model.call import Call
from monitor.model.campaign import Campaign
from monitor.model.company import Company
from monitor.model.people import Contact, Publisher, SuppressedNumber
from monitor.model.pool import NumberPool
from monitor.model.target import Target, TargetGroup

T = TypeVar("T")
Raw = dict[str, Any]

SECRETS = frozenset({"sip_password", "sip_username", "object_key", "show_key", "embedded_key", "api_key"})
"""Fields of answers that are credentials. They are dropped before anything else sees the answer."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record, or one field of it, that could not be understood. Holds no value, only where and why."""

    record: str
    field: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Parsed(Generic[T]):
    """The records of one answer, each with the answer it came from (without secrets), and what was rejected."""

    records: tuple[T, ...]
    raw: tuple[Raw, ...]
    rejected: tuple[Rejected, ...] = ()
    unknown: frozenset[str] = frozenset()
    """Names of fields that no model knows. They are kept in `raw`."""


def scrub(value: Any) -> Any:
    """Return the answer without its credentials, at any depth."""
    if isinstance(value, dict):
        return {key: scrub(kept) for key, kept in value.items() if key not in SECRETS}
    if isinstance(value, list):
        return [scrub(kept) for kept in value]
    return value


def _has_secrets(value: Any) -> bool:
    """Return whether there is a credential in `value`, at any depth: every record is asked, few are to be copied."""
    if type(value) is dict:
        if not value.keys().isdisjoint(SECRETS):
            return True
        value = value.values()
    for each in value:  # noqa: SIM110  # any() takes twice the time here
        if type(each) in (dict, list) and _has_secrets(each):
            return True
    return False


class Reader(Generic[T]):
    """Reads records of one kind: `{envelope: {…}}` or bare, alone or in a list."""

    def __init__(
        self,
        model: type[T],
        envelope: str,
        shape: Callable[[Raw], Raw] | None = None,
        also: frozenset[str] = frozenset(),
    ) -> None:
        self._envelope = envelope
        self._shape = shape
        self._many = TypeAdapter(list[model])  # type: ignore[valid-type]  # mypy takes no type argument at run time
        self._one = TypeAdapter(model)
        rename = getattr(model, "__pydantic_config__", {}).get("alias_generator", str)
        # `model` is one of this package's dataclasses; a bare TypeVar cannot say so.
        self._known = also.union(rename(each.name) for each in fields(cast("Any", model)))

    def many(self, answer: Any) -> Parsed[T]:
        """Return the records of a list. Raises ValueError when `answer` is not one, or holds no object at all.

        `[null, null]` says as little about the account as `null`: it must not pass for an answer without calls.
        """
        if not isinstance(answer, list) or (answer and not any(isinstance(row, dict) for row in answer)):
            raise ValueError(f"a list of {self._envelope} records was expected")
        rejected: list[Rejected] = []
        raw: list[Raw] = []
        for place, row in enumerate(answer):
            kept = self._unwrap(row)
            if kept is None:
                rejected.append(Rejected(f"{self._envelope} {place + 1}", None, "not a record"))
            else:
                raw.append(kept)
        unknown: frozenset[str] = frozenset().union(*raw) - self._known
        try:
            return Parsed(tuple(self._many.validate_python(raw)), tuple(raw), tuple(rejected), unknown)
        except ValidationError:
            records, kept_raw = self._each(raw, rejected)
            return Parsed(records, kept_raw, tuple(rejected), unknown)

    def one(self, answer: Any) -> Parsed[T]:
        """Return the one record of an answer. Raises ValueError when there is none to be understood."""
        parsed = self.many([answer])
        if not parsed.records:
            raise ValueError(f"a {self._envelope} was expected")
        return parsed

    def _unwrap(self, row: Any) -> Raw | None:
        if not isinstance(row, dict):
            return None
        inner = row.get(self._envelope, row)
        if not isinstance(inner, dict):
            return None
        kept = scrub(inner) if _has_secrets(inner) else inner
        return self._shape(kept) if self._shape else kept

    def _each(self, raw: Sequence[Raw], rejected: list[Rejected]) -> tuple[tuple[T, ...], tuple[Raw, ...]]:
        records: list[T] = []
        kept: list[Raw] = []
        for place, row in enumerate(raw):
            record = self._tolerant(row, _title(self._envelope, place, row), rejected)
            if record is not None:
                records.append(record)
                kept.append(row)
        return tuple(records), tuple(kept)

    def _tolerant(self, row: Raw, title: str, rejected: list[Rejected]) -> T | None:
        """Validate `row`, dropping just the values that fail; None when it cannot be saved."""
        try:
            return self._one.validate_python(row)
        except ValidationError as error:
            found = error.errors(include_input=False, include_url=False)
        failed = [Rejected(title, ".".join(map(str, each["loc"])), each["msg"]) for each in found]
        places = [each["loc"] for each in found]
        for attempt in (_pruned(row, places), _pruned(row, [place[:1] for place in places])):
            with suppress(ValidationError):
                record = self._one.validate_python(attempt)
                rejected.extend(failed)
                return record
        rejected.append(Rejected(title, None, "; ".join(f"{each.field}: {each.reason}" for each in failed)))
        return None


def _pruned(row: Raw, places: Sequence[tuple[int | str, ...]]) -> Raw:
    """Return a copy of `row` without the values at `places`. Records in lists may lie in envelopes."""
    pruned = copy.deepcopy(row)
    for *path, last in reversed(places):  # from the end, so that places in lists stay where they were
        node: Any = pruned
        with suppress(LookupError, TypeError):
            for step in path:
                node = node[step]
                if isinstance(node, dict) and len(node) == 1 and isinstance(inner := next(iter(node.values())), dict):
                    node = inner
            del node[last]
    return pruned


def _title(envelope: str, place: int, row: Mapping[str, Any]) -> str:
    identity = row.get("uuid", row.get("id"))
    return f"{envelope} {text.clean(str(identity), 64)}" if identity else f"{envelope} {place + 1}"


def _call_shape(raw: Raw) -> Raw:
    """Bring V1 and V4 answers to V2's shape (API reference: calls, versions); V2 and V3 pass as they are."""
    campaign = raw.get("campaign")
    if isinstance(campaign, dict):
        raw = {**raw, "campaign_id": campaign.get("id"), "campaign_name": campaign.get("name")}
    if "connected" not in raw:
        raw = {**raw, "connected": raw.get("forwarded_time") is not None}
    if "total_cost" not in raw and "charge_total" in raw:
        raw = {**raw, "total_cost": raw["charge_total"]}
    if "target_id" not in raw and "system_target_id" in raw:
        raw = {**raw, "target_id": raw["system_target_id"]}
    if "campaign_id" not in raw and "system_campaign_id" in raw:
        raw = {**raw, "campaign_id": raw["system_campaign_id"]}
    return raw


def _target_shape(raw: Raw) -> Raw:
    """A target that was just created calls its `tid` `client_tid`."""
    return {**raw, "tid": raw["client_tid"]} if "client_tid" in raw and "tid" not in raw else raw


_CALL_ALSO = frozenset(
    """affiliate_repeat affiliate_sale_timer_fired billable_minutes call_flow_events callpixels_target_id campaign
    caller_city caller_country caller_number_sent caller_state caller_zip charge_total company_id
    conversion_seconds dialed_number downstream_call_uuids keys_pressed
    network_sale_timer_fired number_id number_repeat payable_duplicate postback_value receivable_duplicate
    recording_url rescued system_affiliate_id system_campaign_id system_target_id target_repeat
    target_sale_timer_fired time_to_call_in_seconds time_to_connect_in_seconds total_duration
    upstream_call_uuid via visitor_url""".split()
)
"""Documented fields of a call that no table or sum needs; the detail pane shows them from the raw answer."""

_TARGET_ALSO = frozenset(
    """cid_number_id obfuscate_cid created_at client_tid timer_offset send_digits inband_signals target_group_ids
    business_hours tag_values""".split()
)


@cache
def calls() -> Reader[Call]:
    """Return the reader of calls, V1 to V4."""
    return Reader(Call, "call", _call_shape, _CALL_ALSO)


@cache
def targets() -> Reader[Target]:
    """Return the reader of targets."""
    return Reader(Target, "target", _target_shape, _TARGET_ALSO)


@cache
def target_groups() -> Reader[TargetGroup]:
    """Return the reader of target groups."""
    return Reader(TargetGroup, "target_group", also=frozenset({"targets"}))


@cache
def companies() -> Reader[Company]:
    """Return the reader of companies."""
    return Reader(
        Company,
        "company",
        also=frozenset(
            """default_click_url default_sale_url owner_user_name per_number use_global_suppression_list""".split()
        ),
    )


@cache
def campaigns() -> Reader[Campaign]:
    """Return the reader of campaigns."""
    return Reader(Campaign, "campaign", also=frozenset({"targets", "target_ids"}))


@cache
def publishers() -> Reader[Publisher]:
    """Return the reader of publishers, which the API calls affiliates; for their XML see `monitor.model.xml`."""
    return Reader(Publisher, "affiliate")


@cache
def number_pools() -> Reader[NumberPool]:
    """Return the reader of number pools."""
    return Reader(NumberPool, "number_pool")


@cache
def contacts() -> Reader[Contact]:
    """Return the reader of contacts."""
    return Reader(Contact, "contact")


@cache
def suppressed_numbers() -> Reader[SuppressedNumber]:
    """Return the reader of suppressed numbers: in envelopes when listed, bare when just created."""
    return Reader(SuppressedNumber, "suppressed_number")


@cache
def reservations() -> Reader[Reservation]:
    """Return the reader of answers to reservations."""
    return Reader(Reservation, "rtb")


@cache
def data_written() -> Reader[DataWritten]:
    """Return the reader of answers to the writing of call data."""
    return Reader(DataWritten, "data_writing")
