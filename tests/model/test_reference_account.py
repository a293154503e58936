"""The example answers on the rest of the account: campaigns, publishers, pools, contacts, reservations and tags."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from monitor.model import wire, xml
from monitor.model.answers import DataWritten, Reservation
from monitor.model.campaign import CampaignTimer, Greeting, MenuOption
from monitor.model.people import Contact, ContactNumber, Publisher, SuppressedNumber, TagValue
from monitor.model.pool import AnalyticsPath
from tests.model.test_reference import REFERENCE, reference, whole

NANCY = Publisher(
    afid="0002",
    first_name="Nancy",
    last_name="Drew",
    company_name="Acme",
    created_at=datetime(2012, 5, 3, 15, 56, 1, tzinfo=UTC),
    updated_at=datetime(2012, 5, 3, 15, 56, 1, tzinfo=UTC),
)


def test_every_example_answer_has_a_test_that_reads_it() -> None:
    tests = "".join(file.read_text("utf-8") for file in REFERENCE.parents[1].glob("model/test_reference*.py"))
    assert all(f'"{file.stem}"' in tests or f'"{file.name}"' in tests for file in REFERENCE.iterdir())


def test_campaigns_tell_their_timers_and_menu() -> None:
    parsed = wire.campaigns().many(reference("campaigns"))
    assert whole(parsed)
    campaign = parsed.records[0]
    assert (campaign.cid, campaign.name, campaign.dedupe_seconds) == ("111", "SuperFuntime", 86400)
    assert [timer.seconds for timer in campaign.timers] == [0, 90]
    assert campaign.timers[0].url.endswith("?CID=[campaign_id]&AFID=[affiliate_id]&SID=[sub_id]")
    assert campaign.menu_options == (MenuOption(61, "1", None, "+18987748833"),)
    assert campaign.greeting == Greeting("Hi There! Press one to continue.", "Female")
    assert "show_key" not in parsed.raw[0]


def test_a_campaign_just_created_has_the_same_shape() -> None:
    parsed = wire.campaigns().one(reference("campaign_created"))
    assert whole(parsed)
    assert parsed.records[0].cid == "0044"
    assert parsed.records[0].timers[1] == CampaignTimer(218, 90, "http://callpixels.com/sale.html")


def test_publishers_read_alike_from_xml_and_json() -> None:
    from_xml = wire.publishers().many(xml.records((REFERENCE / "affiliates.xml").read_bytes(), "affiliate"))
    from_json = wire.publishers().many(
        [
            {
                "affiliate": {
                    "afid": "0002",
                    "first_name": "Nancy",
                    "last_name": "Drew",
                    "company_name": "Acme",
                    "created_at": "2012-05-03T15:56:01Z",
                    "updated_at": "2012-05-03T15:56:01Z",
                }
            }
        ]
    )
    assert whole(from_xml)
    assert from_xml.records == from_json.records == (NANCY,)


@pytest.mark.parametrize(
    "document",
    [
        b'<!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;&x;&x;">]><affiliates><affiliate>&y;</affiliate></affiliates>',
        b'<!DOCTYPE a SYSTEM "file:///etc/hostname"><affiliates/>',
        b"<affiliates><affiliate>",
        b"<affiliates><affiliate><company-name>Acme</last-name></affiliate></affiliates>",
        b"<a>" * 100,
        b"",
        b"[]",
    ],
)
def test_xml_that_is_broken_or_wants_more_than_elements_is_refused(document: bytes) -> None:
    with pytest.raises(ValueError, match="XML"):
        xml.records(document, "affiliate")


def test_xml_null_is_null() -> None:
    document = b'<l><affiliate><afid>1</afid><last-name nil="true"></last-name><x/></affiliate></l>'
    assert xml.records(document, "affiliate") == [{"affiliate": {"afid": "1", "last_name": None, "x": ""}}]


@pytest.mark.parametrize("name", ["number_pool", "number_pool_created", "number_pools"])
def test_number_pools(name: str) -> None:
    answer = reference(name)
    parsed = wire.number_pools().many(answer) if isinstance(answer, list) else wire.number_pools().one(answer)
    assert whole(parsed)
    pool = parsed.records[0]
    created = name == "number_pool_created"
    assert (pool.id, pool.numbers_count, pool.max_pool_size) == ((49, 0, 100) if created else (1, 0, 10))
    assert pool.afid == (None if created else "0001")
    if created:
        assert pool.google_analytics_paths[0] == AnalyticsPath(
            "Network timer (always)", "/callpixels/8ddc04aa-0020-45eb-89df-ed45b8ed43a7"
        )


@pytest.mark.parametrize("name", ["contact", "contacts"])
def test_contacts(name: str) -> None:
    answer = reference(name)
    parsed = wire.contacts().many(answer if isinstance(answer, list) else [answer])
    assert whole(parsed)
    assert parsed.records == (
        Contact(
            2,
            (ContactNumber("+18668987878", "Landline", 2),),
            (TagValue("name", "Retreaver Support", "==", 154060720),),
        ),
    )


def test_suppressed_numbers_enveloped_when_listed_and_bare_when_created() -> None:
    listed = wire.suppressed_numbers().many(reference("suppressed_numbers"))
    assert whole(listed)
    assert listed.records[0] == SuppressedNumber(
        number="+13213749611",
        id=18996945,
        created_at=datetime(2024, 9, 30, 21, 9, 54, 769000, tzinfo=UTC),
        can_resubscribe=True,
        company_id=1,
        cid="159",
    )
    bare = {"id": 1, "number": "+13213749611", "affiliate_id": None, "campaign_id": "116dc0f6", "company_id": 1}
    assert wire.suppressed_numbers().one(bare).records[0].campaign_id == "116dc0f6"


def test_a_reservation_and_its_variants() -> None:
    parsed = wire.reservations().one(reference("rtb_reservation"))
    assert whole(parsed)
    assert parsed.records[0] == Reservation(
        uuid="c6e4ce37-9b49-46af-bd8e-16cb7753499d",
        status="reserved",
        retreaver_payout=Decimal("5.00"),
        retreaver_seconds=10,
        inbound_number="+18772435010",
        sip_address="c6e4ce37-9b49-46af-bd8e-16cb7753499d@sip.rtb.retreaver.com",
        expires_at=datetime(2024, 10, 28, 12, 8, 49, 880000, tzinfo=UTC),
    )
    assert wire.reservations().one({"uuid": "x", "status": "no-target"}).records[0] == Reservation("x", "no-target")
    shielded = wire.reservations().one({"uuid": "x", "status": "reserved", "retreaver_ping_shield": True})
    assert shielded.records[0].retreaver_ping_shield is True


def test_what_became_of_written_tags() -> None:
    parsed = wire.data_written().many(reference("data_writing_answers"))
    assert whole(parsed)
    tags = {"age": "39", "utm_campaign": "auto"}
    assert parsed.records == (
        DataWritten("completed call found, tags applied", tags, call_uuid="9b653cf0-4835-493b-860c-aed9b7af2a4a"),
        DataWritten("call not found, tags stored", tags, caller_number="+3569878933094"),
    )
