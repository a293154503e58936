"""What a filter says, as a tree: how it is printed, and the functions it becomes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.insight import filter_terms as terms
from monitor.insight.fields import TAG, Field, named
from monitor.insight.filter_terms import Ask
from monitor.insight.pixels import seen

if TYPE_CHECKING:
    from monitor.insight.columns import Context
    from monitor.model.call import Call

KEYWORDS = frozenset({"and", "or", "not"})
HEAD = re.compile(r'[^\s()":=<>~]+')
"""A word, or the name of a field."""
_LISTED = re.compile(r'[^\s()",:=<>~][^\s()",]*')
_SINGLE = re.compile(r'[^\s()":=<>~][^\s()"]*')


def value_form(field: Field) -> re.Pattern[str]:
    """Return how a value of `field` is written without quotes: where several can stand, a comma parts them."""
    return _LISTED if field.kind in terms.LISTED else _SINGLE


def pattern_end(written: str, start: int) -> int:
    """Return where the regular expression at `start` ends: at a blank, or a parenthesis that it did not open."""
    opened = 0
    at = start
    while at < len(written) and not written[at].isspace():
        if written[at] == "\\":
            at += 1
        elif written[at] == "(":
            opened += 1
        elif written[at] == ")":
            if not opened:
                break
            opened -= 1
        at += 1
    return min(at, len(written))


def _quoted(word: str) -> str:
    return '"' + word.replace('"', '""') + '"'


@dataclass(frozen=True, slots=True)
class Term:
    """A question to one field. Operands as they were written, any of which may hold."""

    name: str
    operation: str
    operands: tuple[str, ...]

    @property
    def field(self) -> Field:
        """The field that is asked."""
        field = named(self.name)
        assert field is not None  # noqa: S101  # the parser makes no other
        return field

    def __str__(self) -> str:
        return f"{self._name}{self.operation}{','.join(map(self._operand, self.operands))}"

    @property
    def _name(self) -> str:
        tag = self.name.removeprefix(TAG)
        bare = tag == self.name or (HEAD.fullmatch(tag) and not tag.endswith("!"))
        return self.name if bare else TAG + _quoted(tag)

    def _operand(self, operand: str) -> str:
        if self.operation == "~":
            bare = not operand.startswith('"') and pattern_end(operand, 0) == len(operand)
        else:
            bare = value_form(self.field).fullmatch(operand) is not None
        return operand if bare else _quoted(operand)


@dataclass(frozen=True, slots=True)
class Word:
    """A word that is looked for in everything that has a name."""

    word: str

    def __str__(self) -> str:
        bare = HEAD.fullmatch(self.word) and self.word.casefold() not in KEYWORDS
        return self.word if bare else _quoted(self.word)


@dataclass(frozen=True, slots=True)
class Not:
    """What holds where `part` does not."""

    part: Node

    def __str__(self) -> str:
        return f"not({self.part})" if isinstance(self.part, Every | Some) else f"not {self.part}"


@dataclass(frozen=True, slots=True)
class Every:
    """What holds where all of `parts` do; of none: everywhere."""

    parts: tuple[Node, ...]

    def __str__(self) -> str:
        return " ".join(f"({part})" if isinstance(part, Some) else str(part) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Some:
    """What holds where one of `parts` does."""

    parts: tuple[Node, ...]

    def __str__(self) -> str:
        return " or ".join(map(str, self.parts))


Node = Term | Word | Not | Every | Some


def joined(kind: type[Every | Some], parts: list[Node]) -> Node:
    """Return `parts` as one; what is of the same kind loses its parentheses, which say nothing there."""
    if len(parts) == 1:
        return parts[0]
    flat: list[Node] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, kind) else (part,))
    return kind(tuple(flat))


def terms_of(node: Node) -> Iterator[Term]:
    """Yield every term in `node`."""
    match node:
        case Term():
            yield node
        case Not(part):
            yield from terms_of(part)
        case Every(parts) | Some(parts):
            for each in parts:
                yield from terms_of(each)


def for_calls(node: Node) -> Ask:
    """Return the function that asks `node` of a call.

    A call has what is asked of a pixel when one of its pixels has it. What is asked of pixels side by side is asked of
    one and the same: `pixel:stuck webhook:crm` has the calls with a pixel of that webhook that is stuck. `not` is of
    the call: `not pixel:stuck` has those without any.
    """
    if _of_pixels_alone(node):
        return _of_one_pixel(_made(node, _seen_leaf))
    match node:
        case Every(parts) | Some(parts):
            of_pixels = [part for part in parts if _of_pixels_alone(part)]
            others = [part for part in parts if not _of_pixels_alone(part)]
            together = [joined(type(node), of_pixels)] if of_pixels else []
            asks = [for_calls(part) for part in (*others, *together)]  # what costs most is asked last
            return _every(asks) if isinstance(node, Every) else _some(asks)
        case Not(part):
            return _not(for_calls(part))
        case Word(word):
            return terms.word_of_call(word)
        case Term():
            return terms.ask(node.field, node.operation, node.operands)


def for_pixels(node: Node) -> Ask:
    """Return the function that asks `node` of a pair: a call, and one of its pixels as seen."""
    return _made(node, _pair_leaf)


def _of_pixels_alone(node: Node) -> bool:
    match node:
        case Term():
            return node.field.of_pixels
        case Every(parts) | Some(parts):
            return bool(parts) and all(map(_of_pixels_alone, parts))
    return False


def _of_one_pixel(asks: Ask) -> Ask:
    def one_has(call: Call, context: Context) -> bool:
        return any(asks(each, context) for each in seen(call, context))

    return one_has


def _seen_leaf(leaf: Term | Word) -> Ask:
    assert isinstance(leaf, Term)  # noqa: S101  # words are asked of calls
    return terms.ask(leaf.field, leaf.operation, leaf.operands)


def _pair_leaf(leaf: Term | Word) -> Ask:
    if isinstance(leaf, Word):
        return terms.word_of_pixel(leaf.word)
    asks = terms.ask(leaf.field, leaf.operation, leaf.operands)
    place = 1 if leaf.field.of_pixels else 0
    return lambda pair, context: asks(pair[place], context)


def _made(node: Node, leaf: Callable[[Term | Word], Ask]) -> Ask:
    match node:
        case Every(parts):
            return _every([_made(part, leaf) for part in parts])
        case Some(parts):
            return _some([_made(part, leaf) for part in parts])
        case Not(part):
            return _not(_made(part, leaf))
        case Term() | Word():
            return leaf(node)


def _not(asks: Ask) -> Ask:
    return lambda row, context: not asks(row, context)


def _every(asks: list[Ask]) -> Ask:
    if len(asks) == 2:
        first, second = asks
        return lambda row, context: first(row, context) and second(row, context)

    def every(row: object, context: Context) -> bool:
        for each in asks:  # noqa: SIM110  # a generator costs a fifth more
            if not each(row, context):
                return False
        return True

    return every


def _some(asks: list[Ask]) -> Ask:
    def some(row: object, context: Context) -> bool:
        for each in asks:  # noqa: SIM110  # as above
            if each(row, context):
                return True
        return False

    return some
