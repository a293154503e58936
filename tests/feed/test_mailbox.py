"""A screen that looks late sees the same as one that looked all the time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from monitor.feed.mailbox import Mailbox
from monitor.ledger import Ledger
from monitor.model.batch import Batch
from tests.ledger.test_ledger import calls
from tests.make import a_target, at, healthy

batches = st.builds(
    Batch,
    calls=st.lists(calls(), max_size=5).map(tuple),
    targets=st.none() | st.lists(st.integers(1, 3), unique=True).map(lambda ids: tuple(a_target(each) for each in ids)),
    health=st.none() | st.integers(0, 100).map(lambda second: healthy(at(second))),
    complete=st.booleans(),
)


@given(st.lists(st.tuples(batches, st.booleans()), max_size=10))
def test_a_stalled_screen_ends_with_the_same_ledger(news: list[tuple[Batch, bool]]) -> None:
    prompt, late, mailbox = Ledger(), Ledger(), Mailbox()
    for batch, looks in news:
        prompt.apply(batch)
        mailbox.put(batch)
        if looks and (taken := mailbox.take()):
            late.apply(taken)
    if taken := mailbox.take():
        late.apply(taken)
    assert late.calls == prompt.calls
    assert late.total == prompt.total
    assert late.targets == prompt.targets
    assert late.health == prompt.health


def test_whoever_subscribed_is_poked_and_nothing_is_handed_out_twice() -> None:
    mailbox, pokes = Mailbox(), list[int]()
    mailbox.subscribe(lambda: pokes.append(1))
    mailbox.put(Batch(complete=True))
    assert pokes == [1]
    assert mailbox.take() == Batch(complete=True)
    assert mailbox.take() is None
