"""The XML form of lists, brought to the shape of their JSON: `<first-name>` is `first_name`, `nil` is null.

Nothing of XML beyond elements is taken: a document type or an entity of its own is refused, because expanding
entities can fill the memory (a few lines of XML can stand for gigabytes).
"""

from __future__ import annotations

from typing import Any
from xml.parsers import expat

_DEEPEST = 16


def records(document: bytes, element: str) -> list[dict[str, Any]]:
    """Return the records named `element` of `document`, in their envelopes, each with its child elements' text.

    Raises ValueError for what is not well-formed XML, or wants more than elements.
    """
    found: list[dict[str, Any]] = []
    path: list[str] = []
    text: list[str] = []
    record: dict[str, Any] | None = None

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal record
        path.append(name)
        if len(path) > _DEEPEST:
            raise ValueError("XML nested too deeply")
        text.clear()
        if name == element and record is None:
            record = {}
        elif record is not None and attributes.get("nil") == "true":
            record[_key(name)] = None

    def end(name: str) -> None:
        nonlocal record
        path.pop()
        if record is None:
            return
        if name == element:
            found.append({element: record})
            record = None
        else:
            record.setdefault(_key(name), "".join(text).strip())
        text.clear()

    def refuse(*_: object) -> None:
        raise ValueError("XML with a document type or entities is not read")

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text.append
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(document, True)
    except expat.ExpatError as error:
        raise ValueError(f"not well-formed XML: {error}") from None
    return found


def _key(name: str) -> str:
    return name.replace("-", "_")
