"""A machine with round figures: 1 PH/s finds one block a day, so that everything can be reckoned by hand."""

from __future__ import annotations

from typing import Any

from core.calculator import Scenario

ONE_BLOCK_A_DAY = 1e15 * 86_400 / 2**32  # the difficulty at which 1 PH/s does
HEIGHT = 840_000  # subsidy 3.125
DAYS_PER_MONTH = 365.25 / 12
MONTHLY_THS = 1000 / DAYS_PER_MONTH  # finds one block a month


def scenario(**more: Any) -> Scenario:
    return Scenario(
        **{
            "hashrate_ths": 1000.0,
            "power_w": 10_000.0,
            "price_usd": 100.0,
            "difficulty": ONE_BLOCK_A_DAY,
            "block_height": HEIGHT,
            **more,
        }
    )


def one_block_a_month(**more: Any) -> Scenario:
    """3.125 BTC a month at 1,000 USD, without any cost."""
    return scenario(**{"hashrate_ths": MONTHLY_THS, "power_w": 0.0, "price_usd": 1000.0, **more})
