"""The miners' own series, by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.indicators import NETWORK_COLUMNS, compute
from tests.core.indicators.bars import network


def days(**columns: list[float]) -> pd.DataFrame:
    size = len(next(iter(columns.values())))
    return pd.DataFrame(columns, index=pd.date_range("2024-01-01", periods=size, freq="D", tz="UTC"))


def test_hashprice_of_a_day_by_hand() -> None:
    # 144 blocks, 450 + 18 BTC: 3.25 BTC a block. 1 PH/s at difficulty 1e14 expects 1e15*86400/(1e14*2**32) blocks a day.
    rows = days(price_usd=[60_000.0], difficulty=[1e14], blocks=[144.0], issuance_btc=[450.0], fees_btc=[18.0])
    by_hand = 8.64e19 / (1e14 * 4_294_967_296) * 3.25 * 60_000
    assert compute("hashprice", rows)["hashprice"].iloc[0] == pytest.approx(by_hand, rel=1e-12)
    assert by_hand == pytest.approx(39.227, abs=1e-3)


def test_a_day_without_blocks_or_difficulty_has_no_hashprice() -> None:
    rows = days(
        price_usd=[6e4] * 3, difficulty=[1e14, 0.0, 1e14], blocks=[0.0, 144.0, 144.0], issuance_btc=[0.0, 450.0, 450.0],
        fees_btc=[0.0, 18.0, 18.0],
    )  # fmt: skip
    assert compute("hashprice", rows)["hashprice"].isna().tolist() == [True, True, False]


def test_revenue_and_the_share_of_fees() -> None:
    rows = days(price_usd=[50_000.0, 50_000.0], issuance_btc=[450.0, 0.0], fees_btc=[50.0, 0.0])
    assert compute("miner_revenue", rows)["miner_revenue"].tolist() == [25_000_000.0, 0.0]
    shares = compute("fees_share", rows)["fees_share"]
    assert shares.iloc[0] == 0.1
    assert np.isnan(shares.iloc[1])


def test_puell_is_the_day_over_its_year() -> None:
    # A year at 900 BTC * 10,000 USD, then a day of double value: 2 / ((364 + 2) / 365).
    rows = days(issuance_btc=[900.0] * 366, price_usd=[10_000.0] * 365 + [20_000.0])
    found = compute("puell", rows)["puell"]
    assert found.iloc[:364].isna().all()
    assert found.iloc[364] == pytest.approx(1.0)
    assert found.iloc[365] == pytest.approx(2 / (366 / 365))


def test_puell_without_any_issuance_is_absent() -> None:
    rows = days(issuance_btc=[0.0] * 10, price_usd=[10_000.0] * 10)
    assert compute("puell", rows, length=5)["puell"].isna().all()


def test_hash_ribbons_fall_and_recover() -> None:
    # Means of 2 and 3 days of 10, 10, 10, 4, 4, 10, 10, 10.
    rows = days(hashrate_hs=[10.0, 10.0, 10.0, 4.0, 4.0, 10.0, 10.0, 10.0])
    found = compute("hash_ribbons", rows, short=2, long=3)
    np.testing.assert_allclose(found["short"], [np.nan, 10, 10, 7, 4, 7, 10, 10])
    np.testing.assert_allclose(found["long"], [np.nan, np.nan, 10, 8, 6, 6, 8, 10])
    np.testing.assert_array_equal(found["capitulation"], [np.nan, np.nan, 0, 1, 1, 0, 0, 0])
    np.testing.assert_array_equal(found["recovery"], [np.nan, np.nan, np.nan, 0, 0, 1, 0, 0])


def test_hash_ribbons_are_means_of_30_and_60_days() -> None:
    rows = network(200)
    found = compute("hash_ribbons", rows)
    np.testing.assert_allclose(found["short"], rows["hashrate_hs"].rolling(30).mean(), rtol=1e-9)
    np.testing.assert_allclose(found["long"], rows["hashrate_hs"].rolling(60).mean(), rtol=1e-9)


def test_the_difficulty_ribbon_is_eight_means() -> None:
    rows = network(300)
    found = compute("difficulty_ribbon", rows)
    assert list(found.columns) == [f"sma_{n}" for n in (9, 14, 25, 40, 60, 90, 128, 200)]
    for n in (9, 128, 200):
        np.testing.assert_allclose(found[f"sma_{n}"], rows["difficulty"].rolling(n).mean(), rtol=1e-9)


def test_every_column_of_the_network_is_read_by_somebody() -> None:
    assert set(network(5).columns) == set(NETWORK_COLUMNS)
