"""What a machine earns and at which power price it stops earning."""

from core.calculator.hashprice import (
    break_even_power_price_usd_per_kwh,
    hashprice_usd_per_ph_day,
    hashvalue_btc_per_ph_day,
    subsidy_btc,
)

__all__ = [
    "break_even_power_price_usd_per_kwh",
    "hashprice_usd_per_ph_day",
    "hashvalue_btc_per_ph_day",
    "subsidy_btc",
]
