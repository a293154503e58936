"""README says what the program says: keys, settings, figures and fields come from the same registries."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

from monitor import settings
from monitor.console.bindings import SECTIONS
from monitor.errors import ExitCode
from monitor.insight import filter as filters
from monitor.insight.expected import ABSENT_AFTER
from monitor.insight.fields import FIELDS
from monitor.insight.incidents import LEAST_USUAL, SILENT, Span, spans
from monitor.insight.kpi import KPIS
from monitor.insight.pixels import PixelClass
from monitor.keys import KEY_VARIABLE, NAME, SERVICE, SOURCES
from monitor.report.pixel_records import INCIDENT_FIELDS, PIXEL_FIELDS, WEBHOOK_FIELDS
from monitor.report.records import CALL_FIELDS
from monitor.settings import SETTINGS
from tests import promises
from tests.make import at

README = (Path(__file__).parents[1] / "README.md").read_text("utf-8")


def rows(first: str) -> list[list[str]]:
    """Return the rows of the table whose header begins with `first`."""
    lines = iter(README.splitlines())
    for line in lines:
        if line.startswith(f"| {first} |"):
            next(lines)
            break
    found = []
    for line in lines:
        if not line.startswith("|"):
            break
        found.append([cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]])
    return found


def test_the_keys_are_those_of_the_registry() -> None:
    listed = [row for row in rows("key") if not row[0].startswith("**")]
    assert listed == [[f"`{key.shown}`", key.help] for _, keys in SECTIONS for key in keys]


def test_the_settings_are_those_of_the_registry() -> None:
    listed = {row[0]: (row[1], row[3], row[4]) for row in rows("setting")}
    assert listed == {
        f"`{each.name}`": (
            f"`{each.env}`" if each.env else "–",
            f"`{each.default}`" if each.default is not None else "–",
            each.doc,
        )
        for each in SETTINGS
    }


def test_the_settings_file_in_the_example_can_be_used(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(README.partition("```toml\n")[2].partition("```")[0])
    chosen = settings.load({"profile": "night"}, {"CALLMON_CONFIG": str(file)})
    assert (chosen.interval, chosen.since, chosen.company_id) == (30, "12h", "2")
    assert chosen.webhooks == {"Everflow": {"grace": timedelta(minutes=2), "late": timedelta(seconds=20)}}


def test_every_source_of_the_key_is_named_in_its_order() -> None:
    listed = [" ".join(row) for row in rows("source")]
    assert len(listed) == len(SOURCES) + 1, "and last the terminal"
    for name, row in zip(("--key-file", NAME, f"keyring set {SERVICE} {NAME}", KEY_VARIABLE), listed, strict=False):
        assert name in row


def test_the_figures_are_those_of_the_registry() -> None:
    assert rows("figure") == [[kpi.title, kpi.help] for kpi in KPIS]


def test_the_fields_of_the_records_are_those_printed() -> None:
    for fields in (CALL_FIELDS, PIXEL_FIELDS, WEBHOOK_FIELDS, INCIDENT_FIELDS):
        assert f"`{', '.join(fields)}`" in README


def test_the_fields_of_the_filter_are_those_of_the_registry() -> None:
    assert rows("field") == [[f"`{each.name}`", each.asked.kind.value, each.help] for each in FIELDS]


def test_every_form_of_the_filter_that_is_told_can_be_read() -> None:
    told = [row[0] for row in rows("form")]
    forms = [form.replace("\\|", "|") for cell in told for form in re.findall(r"`([^`]+)`", cell)]
    assert len(forms) >= 10
    for form in forms:
        if form != "( )":
            filters.parse(form)


def test_every_class_of_pixels_is_explained() -> None:
    assert [row[0] for row in rows("class")] == [kind.value for kind in PixelClass]


def test_the_figures_of_incidents_and_absences_are_those_of_the_rules() -> None:
    told = README.partition("## Pixels")[2].partition("### ")[0]
    assert f"from {ABSENT_AFTER.total_seconds():.0f} seconds after" in told
    assert f"Less than {100 * LEAST_USUAL:.0f} % is taken for" in told
    assert timedelta(hours=6) == SILENT
    assert "six hours without a pixel" in told
    for failed, opens in ((4, []), (5, [Span(at(0))])):
        assert spans([(at(n), True) for n in range(failed)], None, at(60)) == opens, "five in a row"
    down = [(at(n), True) for n in range(5)]
    for sent, over in ((9, None), (10, at(5))):
        well = [(at(5 + n), False) for n in range(sent)]
        assert spans([*down, *well], None, at(60)) == [Span(at(0), over)], "ten sent in a row"


def test_every_exit_code_is_named() -> None:
    line = next(line for line in README.splitlines() if line.startswith("Exit codes:"))
    assert {int(code) for code in re.findall(r"\b(\d+) ", line)} == set(ExitCode)


def test_every_picture_is_there() -> None:
    pictures = re.findall(r"\]\((screenshots/[^)]+)\)", README)
    assert pictures
    assert all((Path(__file__).parents[1] / picture).is_file() for picture in pictures)


def test_what_is_tried_is_what_is_told() -> None:
    told = README.partition("<!-- tried -->\n")[2].partition("<!-- /tried -->")[0]
    assert told == promises.table()
