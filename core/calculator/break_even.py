"""Where mining stops to pay: hashcost, the cost of a coin, and the power price at which a machine earns nothing."""

from __future__ import annotations

from core.calculator.hashprice import Number, hashvalue_btc_per_ph_day
from core.calculator.numbers import Numeric, number

HOURS_PER_DAY = 24.0
MWH_PER_DAY_AT_1_J_PER_TH = 0.024  # 1 PH/s at 1 J/TH draws 1 kW, 24 kWh a day


def hashcost_usd_per_ph_day(efficiency_j_per_th: Number, power_price_usd_per_mwh: Number, pue: Numeric = 1.0) -> Number:
    """Give what the energy of 1 PH/s costs a day.

    Parameters
    ----------
    efficiency_j_per_th : float or array
        The machine's efficiency [J/TH], above 0.
    power_price_usd_per_mwh : float or array
        Power price [USD/MWh].
    pue : float or array
        Power usage effectiveness of the site, 1 or more.

    Returns
    -------
    float or array
        ``0.024 * efficiency * pue * power_price`` [USD/PH/day]: 1 PH/s at 1 J/TH draws 1 kW, 0.024 MWh a day.

    Raises
    ------
    ValueError
        If an efficiency is not above 0 or the PUE below 1.
    """
    energy: Number = MWH_PER_DAY_AT_1_J_PER_TH * number("efficiency_j_per_th", efficiency_j_per_th, above=0)
    found: Number = energy * number("pue", pue, low=1) * number("power_price_usd_per_mwh", power_price_usd_per_mwh)
    return found


def cost_to_mine_usd_per_btc(
    hashrate_ths: Number,
    power_w: Number,
    power_price_usd_per_kwh: Number,
    difficulty: Number,
    block_reward_btc: Number,
    pool_fee: Numeric,
) -> Number:
    """Give what the energy of one coin costs.

    Parameters
    ----------
    hashrate_ths : float or array
        Hashrate of the machine [TH/s], above 0.
    power_w : float or array
        What it draws at the wall [W].
    power_price_usd_per_kwh : float or array
        Power price [USD/kWh].
    difficulty : float or array
        Network difficulty, above 0.
    block_reward_btc : float or array
        Subsidy and fees of a block [BTC], above 0.
    pool_fee : float or array
        Share that the pool keeps, 0 to below 1.

    Returns
    -------
    float or array
        Cost of a day's energy over the coins of the day [USD/BTC]:
        ``(power / 1000 * 24 * power_price) / (hashrate / 1000 * hashvalue * (1 - fee))``.

    Raises
    ------
    ValueError
        If a hashrate, difficulty or reward is not above 0, or a fee is out of its bounds.
    """
    reward: Number = number("block_reward_btc", block_reward_btc, above=0)
    kept = 1.0 - number("pool_fee", pool_fee, low=0, high=1 - 1e-9)
    coins = number("hashrate_ths", hashrate_ths, above=0) / 1e3 * hashvalue_btc_per_ph_day(difficulty, reward) * kept
    energy_kwh = number("power_w", power_w, low=0) / 1e3 * HOURS_PER_DAY
    found: Number = energy_kwh * number("power_price_usd_per_kwh", power_price_usd_per_kwh) / coins
    return found


def break_even_power_price_usd_per_kwh(
    hashprice_usd_per_ph_day: Number, efficiency_j_per_th: Number, pool_fee: Numeric = 0.0, pue: Numeric = 1.0
) -> Number:
    """Give the power price at which a machine earns exactly what its energy costs.

    Parameters
    ----------
    hashprice_usd_per_ph_day : float or array
        What hashrate earns [USD/PH/day].
    efficiency_j_per_th : float or array
        The machine's efficiency [J/TH], above 0.
    pool_fee : float or array
        Share that the pool keeps, 0 to 1.
    pue : float or array
        Power usage effectiveness of the site, 1 or more.

    Returns
    -------
    float or array
        ``hashprice * (1 - fee) / (24 * efficiency * pue)`` [USD/kWh]: 1 PH/s at 1 J/TH draws 1 kW, 24 kWh a day.

    Raises
    ------
    ValueError
        If an efficiency is not above 0, the PUE below 1 or the fee no share.
    """
    earned: Number = number("hashprice_usd_per_ph_day", hashprice_usd_per_ph_day)
    kept = 1.0 - number("pool_fee", pool_fee, low=0, high=1)
    energy = HOURS_PER_DAY * number("efficiency_j_per_th", efficiency_j_per_th, above=0) * number("pue", pue, low=1)
    found: Number = earned * kept / energy
    return found


def strike_price_usd_per_mwh(
    hashprice_usd_per_ph_day: Number,
    efficiency_j_per_th: Number,
    pool_fee: Numeric,
    pue: Numeric,
    adders_usd_per_mwh: Numeric = 0,
) -> Number:
    """Give the market's power price above which it pays to stop.

    Parameters
    ----------
    hashprice_usd_per_ph_day : float or array
        What hashrate earns [USD/PH/day].
    efficiency_j_per_th : float or array
        The machine's efficiency [J/TH], above 0.
    pool_fee : float or array
        Share that the pool keeps, 0 to 1.
    pue : float or array
        Power usage effectiveness of the site, 1 or more.
    adders_usd_per_mwh : float or array
        What every MWh costs on top of the market's price: delivery, fees, taxes [USD/MWh].

    Returns
    -------
    float or array
        ``hashprice * (1 - fee) / (0.024 * efficiency * pue) - adders`` [USD/MWh].

    Raises
    ------
    ValueError
        If an efficiency is not above 0, the PUE below 1 or the fee no share.
    """
    worth: Number = 1e3 * break_even_power_price_usd_per_kwh(
        hashprice_usd_per_ph_day, efficiency_j_per_th, pool_fee, pue
    )
    found: Number = worth - number("adders_usd_per_mwh", adders_usd_per_mwh)
    return found
