"""The `Link` header: only a page number is taken from it, and only from the right place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.api.link import last_page, next_page

DOCUMENTED = (
    "<https://api.retreaver.com/api/v1/calls.json?api_key=woof&company_id=1&order=asc&page=509&per_page=100>; "
    'rel="last", '
    "<https://api.retreaver.com/api/v1/calls.json?api_key=woof&company_id=1&order=asc&page=2&per_page=100>; "
    'rel="next"'
)


def test_the_documented_header_names_the_next_and_the_last_page() -> None:
    assert next_page(DOCUMENTED, 1) == 2
    assert last_page(DOCUMENTED) == 509


@pytest.mark.parametrize(
    "header",
    [
        pytest.param('<https://h/c?page=2&per_page=100>; rel="next"', id="page before per_page"),
        pytest.param('<https://h/c?per_page=100&page=2>; rel="next"', id="per_page before page"),
        pytest.param("<https://h/c?page=2>; rel=next", id="unquoted"),
        pytest.param('<https://h/c?page=2>;rel="NEXT"', id="upper case"),
        pytest.param('<https://h/c?page=2>; rel="next last"', id="two relations"),
        pytest.param('<https://h/c?page=2>; title="a, b; c"; rel="next"', id="separators in a title"),
        pytest.param(r'<https://h/c?page=2>; title="\"; rel=\"prev\""; rel="next"', id="another rel in a title"),
        pytest.param('<https://h/c?page=2>; crossorigin; rel="next"', id="parameter without value"),
        pytest.param('<https://h/c?page=1>; rel="first", <https://h/c?page=2>; rel="next"', id="after another"),
        pytest.param('<https://evil.test/c?page=2>; rel="next"', id="other host: only the number is used"),
        pytest.param('<?page=2>; rel="next"', id="relative"),
        pytest.param('<https://[bad/?page=2>; rel="next"', id="unparsable host"),
        pytest.param('<https://h/c?page=2#page=9>; rel="next"', id="fragment"),
    ],
)
def test_the_next_page_is_found(header: str) -> None:
    assert next_page(header, 1) == 2


@pytest.mark.parametrize(
    "header",
    [
        pytest.param(None, id="missing"),
        pytest.param("", id="empty"),
        pytest.param('; rel="last", ; rel="next"', id="addresses lost, as the reference prints it"),
        pytest.param('<https://h/c?per_page=2>; rel="next"', id="only per_page"),
        pytest.param('<https://h/page=2>; rel="next"', id="in the path"),
        pytest.param('<https://h/c#page=2>; rel="next"', id="in the fragment"),
        pytest.param('<https://h/c?page=2>; rel="prev"', id="another relation"),
        pytest.param('<https://h/c?page=2>; rel="prev"; rel="next"', id="only the first rel counts"),
        pytest.param('<https://h/c?page=2>; title="x"; rel="last"', id="last is not next"),
        pytest.param(r'<https://h/c?page=2>; title="; rel=\"next\""; rel="prev"', id="rel within a title"),
        pytest.param('<https://h/c?page=1>; rel="next"', id="the same page again"),
        pytest.param('<https://h/c?page=7>; rel="next"', id="a page further on"),
        pytest.param('<https://h/c?page=-2>; rel="next"', id="negative"),
        pytest.param('<https://h/c?page=2e0>; rel="next"', id="not an integer"),
        pytest.param('<https://h/c?page=٢>; rel="next"', id="other digits"),
        pytest.param("<https://h/c?page=" + "9" * 5000 + '>; rel="next"', id="endless number"),
    ],
)
def test_no_next_page_is_made_up(header: str | None) -> None:
    assert next_page(header, 1) is None


@given(st.text(alphabet='<>;,="\\ ?&#relnxtpage129') | st.text())
def test_no_header_breaks_the_reading(header: str) -> None:
    assert next_page(header, 1) in {None, 2}
    assert last_page(header) is None or last_page(header)
