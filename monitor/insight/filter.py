"""The filter language: which calls and pixels somebody wants to see, in words that are the same on every screen.

    campaign:solar revenue>0 and not (state:live,settling or tag.geo~"^(us|ca)$")

Fields are those of `monitor.insight.fields`; a word alone is looked for in the caller, the names of campaign,
publisher and buyer, the values of tags and the names of webhooks. Case plays no role. `:` is "contains" for text and
"is" for everything else, `=` is the whole value, `~` a regular expression found anywhere. A value that is not known
holds of no term, so `not` of the term holds of it: null is neither 0 nor unequal to 0.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from monitor.insight import filter_syntax, filter_tree
from monitor.insight.filter_syntax import FilterError

if TYPE_CHECKING:
    from monitor.insight.columns import Context
    from monitor.insight.filter_tree import Node
    from monitor.insight.pixels import Seen
    from monitor.model.call import Call

__all__ = ["Filter", "FilterError", "parse"]


@dataclass(frozen=True, slots=True)
class Filter:
    """Says of a call, or of a pixel, whether it is let through. Equal are filters that say the same in the same order.

    `call` lets a call through; what it asks of pixels one of the call's pixels must have. `pixel` lets one pixel
    through, and asks its call for the rest. Both are made once, so that asking a hundred thousand calls costs what the
    questions cost.
    """

    tree: Node = field(repr=False)
    text: str = field(compare=False)
    """As it was typed."""
    call: Callable[[Call, Context], bool] = field(init=False, repr=False, compare=False)
    _pair: Callable[[tuple[Call, Seen], Context], bool] = field(init=False, repr=False, compare=False)
    timely: bool = field(init=False, compare=False)
    """Whether the answer for an unchanged call can change as time goes by."""
    of_pixels: bool = field(init=False, compare=False)
    """Whether something is asked of pixels."""

    def __post_init__(self) -> None:
        asked = [term.field for term in filter_tree.terms_of(self.tree)]
        made = {
            "call": filter_tree.for_calls(self.tree),
            "_pair": filter_tree.for_pixels(self.tree),
            "timely": any(each.asked.timely for each in asked),
            "of_pixels": any(each.of_pixels for each in asked),
        }
        for name, value in made.items():
            object.__setattr__(self, name, value)

    def pixel(self, call: Call, seen: Seen, context: Context) -> bool:
        """Whether the one pixel `seen`, of `call`, is let through."""
        return self._pair((call, seen), context)

    def __str__(self) -> str:
        """Return the filter as it is printed, which parses to an equal one."""
        return str(self.tree)


def parse(text: str) -> Filter:
    """Return the filter that `text` says; a blank text lets everything through. Raises FilterError."""
    return Filter(filter_syntax.read(text), text.strip())
