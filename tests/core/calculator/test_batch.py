"""Rows by hand: three lots of machines at a difficulty at which 1 PH/s finds one block a day."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from core.calculator import Plan, daily, project
from core.calculator.batch import best, ranked, results, totals
from tests.core.calculator.toy import scenario

ROWS = pd.DataFrame(
    {
        "model": ["big", "small", "unknown", "dear"],
        "client": ["a", "b", "b", "a"],
        "count": [1, 2, 1, 1],
        "hashrate_ths": [1000.0, 500.0, np.nan, 1000.0],
        "power_w": [10_000.0, 20_000.0, 3000.0, 100_000.0],
        "outlay_usd": [20_000.0, 1000.0, 1.0, 1.0],
    },
    index=["r1", "r2", "r3", "r4"],
)
COMMON = scenario(power_price_usd_per_kwh=0.1)


def test_every_row_is_the_machine_alone() -> None:
    table = results(ROWS, COMMON, Plan(months=12))
    assert table["profit_usd"].tolist() == pytest.approx([288.5, 216.5, np.nan, 72.5], nan_ok=True)
    assert table.loc["r2", "efficiency_j_per_th"] == pytest.approx(40)
    assert list(table.index) == list(ROWS.index)
    assert table["client"].tolist() == ["a", "b", "b", "a"]
    alone = project(
        scenario(hashrate_ths=500, power_w=20_000, count=2, power_price_usd_per_kwh=0.1),
        Plan(months=12, outlay_usd=1000),
    )
    assert table.loc["r2", "payback_months"] == pytest.approx(float(alone.payback_months))
    assert table.loc["r2", "npv_usd"] == pytest.approx(float(alone.npv_usd))


def test_without_a_plan_there_is_no_projection() -> None:
    table = results(ROWS, COMMON)
    assert "npv_usd" not in table.columns
    assert table.loc["r1", "btc"] == pytest.approx(3.125)


def test_what_rows_do_not_say_is_what_they_have_in_common() -> None:
    table = results(ROWS[["model"]], COMMON, Plan(months=2))
    assert table["profit_usd"].tolist() == pytest.approx([daily(COMMON).profit_usd] * 4)
    assert table["payback_months"].tolist() == [0.0] * 4


def test_ranking_by_more_and_by_less_with_absent_rows_last() -> None:
    table = results(ROWS, COMMON, Plan(months=12))
    by_profit = ranked(table, "profit_usd")
    assert by_profit["model"].tolist() == ["big", "small", "dear", "unknown"]
    assert by_profit["rank"].tolist() == pytest.approx([1, 2, 3, np.nan], nan_ok=True)
    assert ranked(table, "break_even_price_usd")["model"].tolist() == ["big", "small", "dear", "unknown"]
    assert ranked(table, "payback_months")["model"].iloc[0] == "dear"


def test_ranking_per_machine() -> None:
    # Two machines earn 216.50 together, 108.25 each.
    rows = pd.DataFrame(
        {"model": ["pair", "one"], "count": [2.0, 1.0], "hashrate_ths": [500.0, 500.0], "power_w": [20_000.0, 10_000.0]}
    )
    table = results(rows, COMMON)
    assert ranked(table, "profit_usd")["model"].tolist() == ["pair", "one"]
    assert ranked(table, "profit_usd", each=True)["model"].tolist() == ["one", "pair"]


def test_equal_rows_share_a_rank_and_keep_their_order() -> None:
    rows = pd.concat([ROWS.iloc[[1]], ROWS.iloc[[0]], ROWS.iloc[[0]]])
    placed = ranked(results(rows, COMMON), "profit_usd")
    assert placed["rank"].tolist() == [1, 1, 3]


def test_totals_are_of_the_fleet_as_one() -> None:
    found = totals(results(ROWS, COMMON, Plan(months=12)))
    assert found["rows"] == 3
    assert found["rows_absent"] == 1
    assert found["btc"] == pytest.approx(9.375)
    assert found["cost_usd"] == pytest.approx(24 + 96 + 240)
    assert found["profit_usd"] == pytest.approx(577.5)
    assert found["hashrate_ths"] == pytest.approx(3000)
    assert found["power_kw"] == pytest.approx(150)
    assert found["margin"] == pytest.approx(577.5 / 937.5)
    assert found["break_even_price_usd"] == pytest.approx(360 / 9.375)
    assert found["hashcost_usd_per_ph_day"] == pytest.approx(120)


def test_the_best_of_each_result() -> None:
    table = results(ROWS, COMMON, Plan(months=12))
    assert best(table, ["profit_usd", "cost_usd", "payback_months"]) == {
        "profit_usd": "r1", "cost_usd": "r1", "payback_months": "r4",
    }  # fmt: skip
    assert best(table.loc[["r3"]], ["profit_usd"]) == {}


def test_no_row_at_all() -> None:
    table = results(ROWS.iloc[:0], COMMON, Plan(months=3))
    assert len(table) == 0
    found = totals(table)
    assert (found["rows"], found["profit_usd"]) == (0, 0)
    assert np.isnan(found["margin"])
    assert ranked(table, "profit_usd").empty


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        (lambda: results(ROWS.assign(count=[1, 2, 3, -4]), COMMON), "count -4"),
        (lambda: results(ROWS.assign(profit_usd=1.0), COMMON), "profit_usd would be overwritten"),
        (lambda: results(ROWS, scenario(price_usd=np.ones(4))), "not an array"),
        (lambda: ranked(results(ROWS, COMMON), "npv_usd"), "npv_usd"),
        (lambda: ranked(results(ROWS, COMMON), "model"), "model"),
    ],
)
def test_rows_that_cannot_be_are_refused(wrong: object, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        wrong()  # type: ignore[operator]
