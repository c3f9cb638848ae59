"""When a store is silent, and which order numbers are missing."""

import random
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from orderbridge.reconcile import habits
from orderbridge.reconcile.habits import Habit, Numbers, number_of, unpacked

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 27, 17, 30, tzinfo=UTC)  # a Friday, 18:30 in Berlin
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def busy_fridays(per_hour: int, until: datetime) -> Habit:
    """Four weeks of Fridays from 9 to 21 by the clocks of Berlin, and nothing on other days."""
    habit, at = Habit(), NOW - timedelta(weeks=4) + timedelta(seconds=1)
    while at < until:
        local = at.astimezone(BERLIN)
        if local.weekday() == 4 and 9 <= local.hour < 21:
            for n in range(per_hour):
                habit.count(at + timedelta(minutes=n), "", NOW, BERLIN)
        at += timedelta(hours=1)
    return habit


def test_a_store_is_silent_against_its_own_hour_and_weekday() -> None:
    since = NOW - timedelta(hours=3)
    found = busy_fridays(2, since).silent(NOW, BERLIN, LONG_AGO)
    assert found
    assert found[0] < since
    assert found[1] == pytest.approx(6, abs=2.5)
    assert busy_fridays(2, NOW).silent(NOW, BERLIN, LONG_AGO) is None
    assert busy_fridays(1, NOW - timedelta(hours=1)).silent(NOW, BERLIN, LONG_AGO) is None, "too few to tell"


def test_the_night_and_the_other_days_count_nothing() -> None:
    habit = busy_fridays(5, NOW)
    friday_evening = NOW.replace(hour=20, minute=0)
    assert habit.usual(friday_evening, NOW + timedelta(days=6), BERLIN) == 0
    assert habit.usual(NOW - timedelta(hours=1), NOW, BERLIN) == pytest.approx(5, abs=1.3)


def test_the_hours_are_the_merchants_also_when_the_clocks_change() -> None:
    """In New York the clocks went back on 1 November: 9 o'clock there was 13:00 UTC before and is 14:00 UTC since."""
    zone, habit = ZoneInfo("America/New_York"), Habit()
    for day in (datetime(2026, 10, 30, 13, tzinfo=UTC), datetime(2026, 11, 6, 14, tzinfo=UTC)):
        habit.count(day, "", datetime(2026, 11, 7, tzinfo=UTC), zone)
    assert habit.hours == {"4-9": 2}


def test_a_store_of_less_than_a_week_has_no_usual_hours() -> None:
    habit = busy_fridays(9, NOW - timedelta(hours=5))
    assert habit.silent(NOW, BERLIN, NOW - timedelta(days=6)) is None
    assert habit.silent(NOW, BERLIN, NOW - timedelta(days=8))


def test_a_store_without_any_order_is_not_silent() -> None:
    assert Habit().silent(NOW, BERLIN, LONG_AGO) is None


@pytest.mark.parametrize(
    ("name", "number"),
    [("#1001", 1001), ("HP-1001-A", 1001), ("1001", 1001), ("EU2-1001", None), ("", None), ("draft", None)],
)
def test_the_number_in_what_people_call_an_order(name: str, number: int | None) -> None:
    assert number_of(name) == number


@pytest.mark.parametrize("seed", range(20))
def test_gaps_are_those_numbers_that_are_missing(seed: int) -> None:
    """Against the plain way, in any order, kept and read again in between."""
    chance = random.Random(seed)
    seen = sorted(chance.sample(range(1000, 1060), chance.randint(1, 58)))
    habit = Habit()
    for number in chance.sample(seen, len(seen)):
        habit.count(NOW, f"#{number}", NOW, BERLIN)
        habit = unpacked(habit.packed())
    missing = [n for first, last in habit.numbers.gaps() for n in range(first, last + 1)]
    assert missing == sorted(set(range(seen[0], seen[-1])) - set(seen))


def test_only_the_highest_numbers_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(habits, "REMEMBERED", 10)
    for order in ([5, 1001, 1003, 1010], [1010, 1003, 1001, 5], [1003, 5, 1010, 1001]):
        numbers = Numbers()
        for number in order:
            numbers.add(number)
        assert list(numbers.gaps()) == [(1002, 1002), (1004, 1009)]
        assert numbers.bits.bit_length() <= 10


def test_old_orders_and_those_of_the_future_do_not_count() -> None:
    habit = Habit()
    habit.count(NOW - timedelta(days=8), "#1", NOW, BERLIN)
    habit.count(NOW + timedelta(minutes=1), "#9", NOW, BERLIN)
    habit.count(NOW - timedelta(days=29), "#3", NOW, BERLIN)
    assert (habit.numbers.bits, sum(habit.hours.values()), habit.last) == (0, 1, NOW - timedelta(days=8))
