"""The judge of what is read while it is written: it must find what cannot have happened, and nothing else."""

import pytest
from move_history import History, Tally


def test_a_read_finds_what_was_settled_or_what_is_under_way():
    history = History()
    begun = history.begin()
    history.send("a")
    assert history.see(None, begun) and history.see("a", begun)
    assert not history.see("b", begun)


def test_nothing_older_than_what_was_settled_before_the_read_began():
    history = History()
    early = history.begin()
    history.send("a")
    assert history.settle("a")
    assert history.see(None, early), "the read began before the answer to the write"
    assert not history.see(None, history.begin()), "the write is lost"


def test_nothing_older_than_what_somebody_has_seen():
    history = History("a")
    history.send("b")
    first, second = history.begin(), history.begin()
    assert history.see("b", first)
    assert history.see("a", second), "it began before the other was answered"
    assert not history.see("a", history.begin())
    assert not history.settle("a"), "the writer finds undone what somebody has seen"


def test_a_write_that_did_not_happen_never_does():
    history = History("a")
    history.send("b")
    assert history.possible() == ["a", "b"]
    assert history.settle("a") and history.possible() == ["a"]
    assert not history.see("b", history.begin())
    history.send("c")
    assert history.see("a", history.begin()) and history.see("c", history.begin())


def test_an_item_that_was_deleted_does_not_come_back():
    history = History("a")
    history.send(None)
    history.settle(None)
    assert not history.see("a", history.begin())
    history.send("b")
    assert history.see(None, history.begin()) and history.settle("b")
    assert not history.see(None, history.begin())


@pytest.mark.parametrize("numbers, wrong", [([1, 2], None), ([1, 1], "was handed out twice"), ([2, 1], "came after 2")])
def test_counts_one_after_the_other_grow(numbers, wrong):
    tally, found = Tally(), None
    for number in numbers:
        found = tally.see(number, tally.begin(counts=1), counted=1) or found
    assert found == wrong


def test_counts_at_the_same_time_may_come_in_any_order():
    tally = Tally()
    begun = [tally.begin(counts=1), tally.begin(counts=1)]
    assert tally.see(2, begun[0], counted=1) is None
    assert tally.see(1, begun[1], counted=1) is None
    assert tally.see(2, tally.begin(counts=0), counted=0) is None
    assert tally.see(1, tally.begin(counts=0), counted=0) == "came after 2"


def test_what_may_be_counted_in_the_end():
    tally = Tally()
    assert tally.possible() == range(0, 1)
    tally.see(1, tally.begin(counts=1), counted=1)
    tally.begin(counts=1)
    assert tally.possible() == range(1, 3), "one was answered, one may have been made"
    tally.see(2, tally.begin(counts=0), counted=0)
    assert tally.possible() == range(2, 3)
    tally.see(4, tally.begin(counts=0), counted=0)
    assert not tally.possible(), "more than was ever sent"
