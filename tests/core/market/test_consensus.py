"""Values by hand: the median, the deviations from it, who has no voice and why, and who is heard alone."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.market.consensus import CONSENSUS, Refused, choose, consensus, in_usd
from core.market.points import Quote

NOW = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)


def quote(source: str, price: str, age_s: float = 0, symbol: str = "BTC-USD") -> Quote:
    return Quote(source, symbol, Decimal(price), NOW - dt.timedelta(seconds=age_s))


def test_median_of_four_is_the_middle_of_the_two_in_the_middle() -> None:
    vote = consensus([quote("d", "100030"), quote("a", "100000", 7), quote("c", "100020"), quote("b", "100010")], NOW)
    assert vote.verdict is not None
    assert vote.verdict.price == Decimal("100015")
    assert vote.verdict.spread == Decimal(30)
    assert vote.verdict.used == ("a", "b", "c", "d")
    assert vote.verdict.source == CONSENSUS
    assert vote.verdict.at == NOW - dt.timedelta(seconds=7), "as old as the oldest that it rests on"
    assert vote.refused == {}


def test_outliers_lie_more_than_three_deviations_from_the_median() -> None:
    # Median 100200, distances 200 100 0 100 x: MAD 100, so that 100500 is just within and 100501 just outside.
    four = [quote(name, price) for name, price in (("a", "100000"), ("b", "100100"), ("c", "100200"), ("d", "100300"))]
    within = consensus([*four, quote("e", "100500")], NOW)
    assert within.refused == {}
    outside = consensus([*four, quote("e", "100501")], NOW)
    assert outside.refused == {"e": Refused.OUTLIER}
    assert outside.verdict is not None
    assert outside.verdict.price == Decimal("100150"), "the median of those that are left"
    assert outside.verdict.spread == Decimal(300)


def test_exchanges_that_agree_to_the_cent_throw_nobody_out_for_a_few_dollars() -> None:
    # The deviation counts as 0.05 % of 100000 = 50 at least: 150 away is within, 151 is not.
    same = [quote("a", "100000"), quote("b", "100000"), quote("c", "100000")]
    assert consensus([*same, quote("d", "100150")], NOW).refused == {}
    assert consensus([*same, quote("d", "100151")], NOW).refused == {"d": Refused.OUTLIER}


def test_a_wild_price_among_three_moves_nothing() -> None:
    vote = consensus([quote("a", "100000"), quote("b", "100020"), quote("c", "1")], NOW)
    assert vote.verdict is not None
    assert vote.verdict.price == Decimal("100010")
    assert vote.refused == {"c": Refused.OUTLIER}


def test_a_minute_is_fresh_and_a_second_more_is_not() -> None:
    three = [quote("a", "100000"), quote("b", "100010", 60), quote("c", "100020")]
    assert consensus(three, NOW).verdict is not None
    late = consensus([*three[:2], quote("c", "100020", 61)], NOW)
    assert late.verdict is None, "two are no consensus"
    assert late.refused == {"c": Refused.STALE}
    assert consensus([*three[:2], quote("c", "100020", -61)], NOW).refused == {"c": Refused.FUTURE}


def test_fewer_than_three_are_heard_one_by_one_in_their_order() -> None:
    vote = choose([quote("kraken", "100000"), quote("coinbase", "100010")], [quote("gecko", "99900", 200)], NOW)
    assert vote.verdict is not None
    assert (vote.verdict.source, vote.verdict.price, vote.verdict.spread) == ("kraken", Decimal(100000), None)


def test_an_aggregator_is_as_old_as_it_says_within_its_own_patience() -> None:
    hourly = {"mempool": dt.timedelta(hours=1)}
    vote = choose([quote("kraken", "100000", 90)], [quote("mempool", "99000", 2400)], NOW, patience=hourly)
    assert vote.verdict is not None
    assert (vote.verdict.source, vote.verdict.at) == ("mempool", NOW - dt.timedelta(seconds=2400))
    assert vote.refused == {"kraken": Refused.STALE}
    assert choose([], [quote("mempool", "99000", 3601)], NOW, patience=hourly).verdict is None


def test_nobody_at_all_is_no_price() -> None:
    assert choose([], [], NOW).verdict is None


def test_a_lone_voice_must_not_leap_nor_go_back_in_time() -> None:
    known = quote(CONSENSUS, "100000", 120)
    assert choose([quote("a", "80000")], [], NOW, known=known).verdict is not None
    leap = choose([quote("a", "79999")], [], NOW, known=known)
    assert (leap.verdict, leap.refused) == (None, {"a": Refused.UNCONFIRMED})
    second = choose([quote("a", "50000"), quote("b", "100100")], [], NOW, known=known)
    assert second.verdict is not None
    assert second.verdict.source == "b"
    back = choose([], [quote("m", "99000", 600)], NOW, patience={"m": dt.timedelta(hours=1)}, known=known)
    assert (back.verdict, back.refused) == (None, {"m": Refused.STALE})
    long_ago = quote(CONSENSUS, "100000", 3601)
    assert choose([quote("a", "50000")], [], NOW, known=long_ago).verdict is not None


def test_a_consensus_may_leap() -> None:
    crash = [quote("a", "50000"), quote("b", "50010"), quote("c", "50020")]
    vote = choose(crash, [], NOW, known=quote(CONSENSUS, "100000", 60))
    assert vote.verdict is not None
    assert vote.verdict.price == Decimal("50010")


def test_usdt_is_worth_what_it_costs() -> None:
    # 100000 USDT at 0.9985 USD each
    assert in_usd(quote("okx", "100000", symbol="BTC-USDT"), Decimal("0.9985")).price == Decimal("99850.0000")
    with pytest.raises(ValueError, match="BTC-USD is not quoted in USDT"):
        in_usd(quote("okx", "100000"), Decimal(1))


def test_one_voice_a_source() -> None:
    with pytest.raises(ValueError):
        consensus([quote("a", "1"), quote("a", "2")], NOW)
    with pytest.raises(ValueError):
        consensus([quote("a", "1"), quote("b", "2", symbol="BTC-USDT")], NOW)


prices = st.decimals(min_value="0.01", max_value="10000000", places=2)


@given(st.lists(prices, min_size=3, max_size=9), st.randoms())
def test_order_does_not_matter_and_the_price_lies_among_those_used(values: list[Decimal], random: object) -> None:
    quotes = [Quote(f"s{place}", "BTC-USD", price, NOW) for place, price in enumerate(values)]
    first = consensus(quotes, NOW)
    random.shuffle(quotes)  # type: ignore[attr-defined]
    assert consensus(quotes, NOW).verdict == first.verdict
    if first.verdict is not None:
        used = [each.price for each in quotes if each.source in first.verdict.used]
        assert min(used) <= first.verdict.price <= max(used)
        assert len(used) >= 2
