"""Numbers and times as people read them, in their language. Absent is an en dash, never a zero."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from babel.numbers import format_compact_decimal, format_currency, format_decimal

from dashboard.i18n import LANGUAGES, _, language

DASH = "–"
Number = float | int | Decimal | None

_RATE = ((1e6, "EH/s"), (1e3, "PH/s"), (1.0, "TH/s"))
_POWER = ((1e6, "MW"), (1e3, "kW"), (1.0, "W"))
_ENERGY = ((1e6, "GWh"), (1e3, "MWh"), (1.0, "kWh"))


def locale() -> str:
    """Give Babel's locale of the reader."""
    return LANGUAGES[language()][2]


def absent(value: Number) -> bool:
    """Tell whether there is no number to show."""
    return value is None or (isinstance(value, float) and not math.isfinite(value))


@lru_cache(maxsize=50_000)
def _decimal(value: float, digits: int, place: str) -> str:
    return str(format_decimal(value, format=f"#,##0.{'0' * digits}" if digits else "#,##0", locale=place))


def decimal(value: Number, digits: int = 1) -> str:
    """Give a number with a fixed count of decimals."""
    return DASH if absent(value) else _decimal(round(float(value), digits), digits, locale())  # type: ignore[arg-type]


def integer(value: Number) -> str:
    """Give a whole number with its thousands apart."""
    return decimal(value, 0)


def unit_word(unit: str) -> str:
    """Write a unit: days and months are words, USD and kW are not."""
    words = {"day": _("day"), "days": _("days"), "month": _("month"), "months": _("months")}
    return "/".join(words.get(part, part) for part in unit.split("/"))


def compact(value: Number) -> str:
    """Give a large number in the short scale of the language: 1.24M, 124万."""
    if absent(value):
        return DASH
    return str(format_compact_decimal(value, locale=locale(), fraction_digits=2))  # type: ignore[arg-type]


def scaled(value: Number, steps: tuple[tuple[float, str], ...]) -> tuple[str, str]:
    """Give number and unit apart, in the largest unit that leaves a digit before the point."""
    if absent(value):
        return DASH, ""
    size = abs(float(value))  # type: ignore[arg-type]
    factor, unit = next((step for step in steps if size >= step[0]), steps[-1])
    amount = float(value) / factor  # type: ignore[arg-type]
    digits = (
        2 if abs(amount) < 10 and factor > 1 else 1 if abs(amount) < 1000 and (factor > 1 or abs(amount) < 1000) else 0
    )
    return decimal(amount, digits if unit not in ("W",) else 0), unit


def _joined(parts: tuple[str, str]) -> str:
    return " ".join(part for part in parts if part)


def hashrate_parts(value_ths: Number) -> tuple[str, str]:
    """Give hashrate [TH/s] as number and unit."""
    return scaled(value_ths, _RATE)


def hashrate(value_ths: Number) -> str:
    """Give hashrate [TH/s] as text: 842.3 PH/s."""
    return _joined(hashrate_parts(value_ths))


def power_parts(value_w: Number) -> tuple[str, str]:
    """Give power [W] as number and unit."""
    return scaled(value_w, _POWER)


def power(value_w: Number) -> str:
    """Give power [W] as text: 21.6 MW."""
    return _joined(power_parts(value_w))


def energy(value_kwh: Number) -> str:
    """Give energy [kWh] as text."""
    return _joined(scaled(value_kwh, _ENERGY))


def efficiency(value_j_per_th: Number) -> str:
    """Give efficiency [J/TH] as text."""
    return DASH if absent(value_j_per_th) else f"{decimal(value_j_per_th, 1)} J/TH"


def temperature(value_c: Number) -> str:
    """Give a temperature [deg C] as text."""
    return DASH if absent(value_c) else f"{decimal(value_c, 1)} °C"


def percent(share: Number, digits: int = 1) -> str:
    """Give a share (1 is all) in per cent."""
    return DASH if absent(share) else f"{decimal(float(share) * 100, digits)} %"  # type: ignore[arg-type]


def money(value_usd: Number, digits: int = 2) -> str:
    """Give US dollars."""
    if value_usd is None or absent(value_usd):
        return DASH
    pattern = f"¤#,##0.{'0' * digits}" if digits else "¤#,##0"
    return str(format_currency(value_usd, "USD", format=pattern, locale="en_US", currency_digits=False))


def btc(value_btc: Number) -> str:
    """Give bitcoin with eight places; below 0.0001 in satoshi."""
    if absent(value_btc):
        return DASH
    if 0 < abs(float(value_btc)) < 1e-4:  # type: ignore[arg-type]
        return f"{integer(float(value_btc) * 1e8)} sat"  # type: ignore[arg-type]
    return f"{decimal(value_btc, 8)} BTC"


def duration(seconds: Number) -> str:
    """Give a length of time in its two largest units."""
    if absent(seconds):
        return DASH
    left = int(float(seconds))  # type: ignore[arg-type]
    if left < 60:
        return _("{n} s", n=left)
    if left < 3600:
        return _("{n} min", n=left // 60)
    if left < 86_400:
        return _("{h} h {m} min", h=left // 3600, m=left % 3600 // 60)
    return _("{d} d {h} h", d=left // 86_400, h=left % 86_400 // 3600)


def ago(moment: dt.datetime | None, now: dt.datetime | None = None) -> str:
    """Give how long ago it was: 38 s ago."""
    if moment is None:
        return DASH
    seconds = ((now or dt.datetime.now(dt.UTC)) - moment).total_seconds()
    return _("{time} ago", time=duration(max(0.0, seconds)))


def instant(moment: dt.datetime | None, time_zone: str = "UTC") -> str:
    """Give the exact time at a place, with the zone's name."""
    if moment is None:
        return DASH
    local = moment.astimezone(ZoneInfo(time_zone))
    pattern = "yyyy年M月d日 HH:mm:ss" if language() == "zh" else "d MMM yyyy HH:mm:ss"
    return f"{format_datetime(local, pattern, locale=locale())} {local.tzname()}"
