"""Wake-ups: none lost between subscription and wait, none for others, nothing kept."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from store import ChangeHub


async def test_a_notification_before_the_wait_ends_it_at_once() -> None:
    hub = ChangeHub()
    with hub.subscribe("a") as waiter:
        hub.notify("a")
        assert await waiter.wait(0) is True


async def test_a_notification_before_the_subscription_is_not_heard() -> None:
    hub = ChangeHub()
    hub.notify("a")
    with hub.subscribe("a") as waiter:
        assert await waiter.wait(0) is False


async def test_one_notification_wakes_everyone_who_waits() -> None:
    hub = ChangeHub()
    with hub.subscribe("a") as first, hub.subscribe("b", "a") as second, hub.subscribe("b") as third:
        waits = [asyncio.create_task(waiter.wait(10)) for waiter in (first, second)]
        await asyncio.sleep(0)
        hub.notify("a")
        assert await asyncio.gather(*waits) == [True, True]
        assert await third.wait(0) is False


async def test_a_notification_counts_once() -> None:
    hub = ChangeHub()
    with hub.subscribe("a") as waiter:
        hub.notify("a")
        hub.notify("a", "a")
        assert await waiter.wait(0) is True
        assert await waiter.wait(0) is False


async def test_a_notification_between_two_waits_is_kept() -> None:
    hub = ChangeHub()
    with hub.subscribe("a") as waiter:
        hub.notify("a")
        assert await waiter.wait(0)
        hub.notify("a")
        assert await waiter.wait(0)


async def test_a_gap_wakes_everyone() -> None:
    hub = ChangeHub()
    with hub.subscribe("a") as first, hub.subscribe("b") as second:
        hub.notify_all()
        assert await first.wait(0) is True
        assert await second.wait(0) is True


async def test_a_cancelled_wait_raises_and_gives_its_topics_back() -> None:
    hub = ChangeHub()

    async def wait() -> None:
        with hub.subscribe("a") as waiter:
            await waiter.wait(60)

    task = asyncio.create_task(wait())
    await asyncio.sleep(0)
    assert hub.topics == {"a"}
    task.cancel()
    assert isinstance((await asyncio.gather(task, return_exceptions=True))[0], asyncio.CancelledError)
    assert not hub.topics


TOPICS = st.sets(st.sampled_from("abcd"))


@given(subscriptions=st.lists(TOPICS, max_size=6), notified=TOPICS)
def test_exactly_those_who_asked_are_woken_and_no_topic_stays(
    subscriptions: list[set[str]], notified: set[str]
) -> None:
    async def check() -> None:
        hub = ChangeHub()
        waiters = [hub.subscribe(*topics) for topics in subscriptions]
        assert hub.topics == set().union(*subscriptions)
        hub.notify(*notified)
        for waiter, topics in zip(waiters, subscriptions, strict=True):
            assert await waiter.wait(0) is bool(topics & notified)
            waiter.close()
            waiter.close()
        assert not hub.topics

    asyncio.run(check())
