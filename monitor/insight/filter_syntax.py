"""Reads a filter: from its text to a tree, or to the place of the mistake and what was expected there.

    filter   = every { "or" every }
    every    = factor { [ "and" ] factor }
    factor   = "not" factor | "(" filter ")" | term | word
    term     = field operator value { "," value }
    word     = characters | quoted text, in which "" stands for one "

What can be nested is bounded, so no text makes the parser recurse without end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from monitor.insight import filter_terms as terms
from monitor.insight.columns import Kind
from monitor.insight.fields import TAG, Field, named, nearest
from monitor.insight.filter_tree import (
    HEAD,
    KEYWORDS,
    Every,
    Node,
    Not,
    Some,
    Term,
    Word,
    joined,
    pattern_end,
    value_form,
)

DEEPEST = 50
"""How deep parentheses and `not` can be nested."""

_OPERAND = "a field, a word or ("
_OPERATOR = re.compile(r"!=|<=|>=|[:=<>~]")
_BLANKS = re.compile(r"\s*")
_KEYWORD = {word: re.compile(rf'{word}(?=[\s()"]|$)', re.IGNORECASE) for word in KEYWORDS}


class FilterError(ValueError):
    """A filter that cannot be read: from `start` to before `end` of its text something else was `expected`."""

    def __init__(self, start: int, end: int, expected: str) -> None:
        super().__init__(f"at character {start + 1}: expected {expected}")
        self.start = start
        self.end = end
        self.expected = expected


def read(written: str) -> Node:
    """Return the tree of a filter. Raises FilterError."""
    if len(written) > terms.MOST:
        raise FilterError(terms.MOST, len(written), f"at most {terms.MOST:,} characters")
    return _Reader(written).read()


class _Reader:
    def __init__(self, written: str) -> None:
        self._text = written
        self._at = 0
        self._depth = 0

    def read(self) -> Node:
        self._skip_blanks()
        if self._ended():
            return Every(())
        node = self._filter()
        if not self._ended():  # nothing but a ) ends a filter
            raise self._error("the end, as no ( is open")
        return node

    def _ended(self) -> bool:
        return self._at == len(self._text)

    def _next(self) -> str:
        return self._text[self._at : self._at + 1]

    def _error(self, expected: str, start: int | None = None, end: int | None = None) -> FilterError:
        """Return the error at `start`, or here: up to `end`, or of one character."""
        begins = self._at if start is None else start
        return FilterError(begins, min(len(self._text), begins + 1) if end is None else end, expected)

    def _skip_blanks(self) -> None:
        found = _BLANKS.match(self._text, self._at)
        self._at = self._at if found is None else found.end()

    def _keyword(self, word: str) -> bool:
        """Whether `word` stands here; it is then behind."""
        found = _KEYWORD[word].match(self._text, self._at)
        if found is None:
            return False
        self._at = found.end()
        self._skip_blanks()
        return True

    @contextmanager
    def _nested(self, start: int) -> Iterator[None]:
        self._depth += 1
        if self._depth > DEEPEST:
            raise self._error(f"at most {DEEPEST} of ( and not within each other", start)
        yield
        self._depth -= 1

    def _filter(self) -> Node:
        parts = [self._every()]
        while self._keyword("or"):
            parts.append(self._every())
        return joined(Some, parts)

    def _every(self) -> Node:
        parts = [self._factor()]
        while self._keyword("and") or not (
            self._ended() or self._next() == ")" or _KEYWORD["or"].match(self._text, self._at)
        ):
            parts.append(self._factor())
        return joined(Every, parts)

    def _factor(self) -> Node:
        start = self._at
        if self._keyword("not"):
            with self._nested(start):
                return Not(self._factor())
        node = self._group() if self._next() == "(" else self._operand()
        if not (self._ended() or self._next() == ")" or self._next().isspace()):
            raise self._error("a blank")
        self._skip_blanks()
        return node

    def _group(self) -> Node:
        with self._nested(self._at):
            self._at += 1
            self._skip_blanks()
            node = self._filter()
            if self._next() != ")":
                raise self._error(")")
            self._at += 1
            return node

    def _operand(self) -> Node:
        if self._next() == '"':
            return Word(self._quoted())
        start = self._at
        head = HEAD.match(self._text, start)
        if head is None:
            raise self._error(_OPERAND)
        name = head.group()
        self._at = head.end()
        if name.endswith("!") and self._next() == "=":
            name = name[:-1]
            self._at -= 1
        named_tag = name.casefold() == TAG and self._next() == '"'
        if named_tag:
            name += self._quoted()
        operator = _OPERATOR.match(self._text, self._at)
        if operator is not None:
            return self._term(name, start, operator.group())
        if named_tag:
            raise self._error(f"one of: {' '.join(terms.OPERATORS[Kind.TEXT])}")
        if name.casefold() in KEYWORDS:
            raise self._error(_OPERAND, start, self._at)
        return Word(name)

    def _term(self, name: str, start: int, operator: str) -> Node:
        field = named(name)
        if field is None:
            near = nearest(name)
            raise self._error(f"a field, perhaps {near}" if near else "a field, or the word in quotes", start, self._at)
        operators = terms.OPERATORS[field.kind]
        if operator not in operators:
            raise self._error(f"one of: {' '.join(operators)}", self._at, self._at + len(operator))
        self._at += len(operator)
        operands = [self._value(field, operator)]
        while field.kind in terms.LISTED and operator != "~" and self._next() == ",":
            self._at += 1
            operands.append(self._value(field, operator))
        return Term(field.name, operators[operator], tuple(operands))

    def _value(self, field: Field, operator: str) -> str:
        start = self._at
        if self._next() == '"':
            value = self._quoted()
        else:
            if operator == "~":
                self._at = pattern_end(self._text, start)
            elif found := value_form(field).match(self._text, start):
                self._at = found.end()
            value = self._text[start : self._at]
            if not value:
                raise self._error(terms.expected(field, operator))
        try:
            terms.read(field, operator, value)
        except ValueError as error:
            raise self._error(str(error), start, self._at) from None
        return value

    def _quoted(self) -> str:
        """Return the quoted text that begins here; it is then behind."""
        start = at = self._at
        while True:
            at = self._text.find('"', at + 1)
            if at < 0:
                raise self._error('a closing "', start, len(self._text))
            if self._text[at + 1 : at + 2] != '"':
                break
            at += 1
        self._at = at + 1
        if not (inside := self._text[start + 1 : at].replace('""', '"')):
            raise self._error("text between the quotes", start, self._at)
        return inside
