"""What the farm page shows, made once for each data version, site and language."""

from __future__ import annotations

import datetime as dt
import logging
from typing import Any

import numpy as np
import pandas as pd
from dash import no_update
from sqlalchemy.exc import SQLAlchemyError

from core.access import Actor, Permission, require
from dashboard import formats
from dashboard.cache import under_version
from dashboard.components import attention, figures, heatmap
from dashboard.components.figures import Figure, Line
from dashboard.components.kpi import kpi, value_and_unit
from dashboard.i18n import _, language
from services import charts as chart_service
from services import fleet

log = logging.getLogger(__name__)

TERA_IN_PETA = 1e3
WATTS_IN_MEGA = 1e6
NOTABLE_SHARE = 0.005  # a change below half a per cent is said and not coloured: it is the weather, not a fault
NOTABLE_C = 2.0
STEPS_S = {"1h": 60, "24h": 300, "7d": 3600, "30d": 3600, "90d": 7200}


def kpis(actor: Actor, site: str | None, now: dt.datetime) -> list[Any]:
    """Give the six tiles."""
    require(actor, Permission.FARM_READ)
    overview = under_version("overview", site, make=lambda: fleet.overview(actor, site, now))
    row, hour = overview.now, overview.hour
    machines, online = row.get("machines") or 0, row.get("online") or 0
    share = online / machines if machines else None
    efficiency = _ratio(row.get("hashing_w"), row.get("measured_ths"))
    shares = (hour["online"] / hour["machines"]).to_numpy(dtype=float)
    hottest = row.get("hottest_id")
    alerts, alerts_hour = int(row.get("alerts") or 0), _column(overview.alerts, "alerts")
    no_reading = _("No machine has answered yet.")
    rates, watts = _column(hour, "hashrate_ths"), _column(hour, "power_w")
    answered = {"online": formats.integer(online), "machines": formats.integer(machines)}
    return [
        _tile(
            _("Online"),
            formats.percent(share),
            _relative(share, shares, points=True),
            shares,
            attention.grid(state="online", site=site),
            _("%(online)s of %(machines)s machines answer") % answered,
            rising_is_good=True,
        ),
        _tile(
            _("Hashrate"),
            formats.hashrate(row.get("hashrate_ths")),
            _relative(row.get("hashrate_ths"), rates),
            rates,
            attention.grid(sort="-hashrate_ths", site=site),
            _("Sum of all machines that answer, by their own word") if online else no_reading,
            rising_is_good=True,
        ),
        _tile(
            _("Power"),
            formats.power(row.get("power_w")),
            _relative(row.get("power_w"), watts),
            watts,
            attention.grid(sort="-power_w", site=site),
            _("Sum of all machines that answer: meter, machine or data sheet") if online else no_reading,
        ),
        _tile(
            _("Efficiency"),
            formats.efficiency(efficiency),
            _relative(efficiency, watts / rates),
            watts / rates,
            attention.grid(sort="-efficiency_j_per_th", site=site),
            _("Power divided by hashrate, of the machines that tell both") if online else no_reading,
            rising_is_good=False,
        ),
        _tile(
            _("Hottest machine"),
            formats.temperature(row.get("hottest_c")),
            _degrees(row.get("hottest_c"), _column(hour, "temp_max_c")),
            _column(hour, "temp_max_c"),
            f"/hosting/machine/{int(hottest)}" if hottest else attention.grid(sort="-temp_max_c", site=site),
            str(row.get("hottest_asset_id") or no_reading),
            rising_is_good=False,
            notable=NOTABLE_C,
        ),
        _tile(
            _("Open alerts"),
            formats.integer(alerts),
            _more(alerts, alerts_hour),
            alerts_hour,
            attention.grid(alert="any", site=site),
            _("Alerts that are open now"),
            rising_is_good=False,
            notable=1,
        ),
    ]


def lists(actor: Actor, site: str | None, now: dt.datetime) -> tuple[Any, Any]:
    """Give what needs attention, and what changed in the last hour."""
    require(actor, Permission.FARM_READ)
    machines, price = under_version("attention", site, make=lambda: fleet.attention(actor, site))
    changed = under_version("changes", site, make=lambda: fleet.changes(actor, site, now))
    return attention.attention_list(machines, price), attention.changes_list(changed, site)


def heat(actor: Actor, site: str | None, plan: Any) -> tuple[Any, Any]:
    """Give plan and values of the heat map; no plan where the browser has it already."""
    require(actor, Permission.FARM_READ)
    made, values = under_version("heat", site, make=lambda: _heat(actor, site))
    known = isinstance(plan, dict) and plan.get("ids") == made["ids"] and plan.get("positions") == made["positions"]
    return (no_update if known else made), values


def rack_table(actor: Actor, site: str | None) -> Any:
    """Give the heat map in words and numbers."""
    require(actor, Permission.FARM_READ)
    return heatmap.rack_table(fleet.heat(actor, site))


def charts(actor: Actor, site: str | None, window: str, now: dt.datetime) -> list[Figure]:
    """Give the three charts of the farm; one that cannot be read says so."""
    require(actor, Permission.FARM_READ)
    try:
        return under_version("fleet-charts", site, window, language(), make=lambda: _charts(actor, site, window, now))
    except SQLAlchemyError:
        log.exception("the charts of the farm could not be read")
        return [figures.words(_("The chart could not be read. It is asked for again with the next data."))] * 3


def _heat(actor: Actor, site: str | None) -> tuple[Any, Any]:
    cells = fleet.heat(actor, site)
    return heatmap.plan(cells), heatmap.values(cells)


def _charts(actor: Actor, site: str | None, window: str, now: dt.datetime) -> list[Figure]:
    series = chart_service.fleet_series(actor, window, site, now)
    if series.empty:
        reason = _("No sweep has been stored in this range yet.")
        return [figures.words(reason)] * 3
    zone = fleet.time_zone(actor, site)
    common: dict[str, Any] = {
        "at": series["at"].to_numpy(dtype=float),
        "time_zone": zone,
        "time_title": _("Time (%s)") % zone,
        "language": language(),
        "span": (now - chart_service.FLEET[window].span, now),
        "step_s": STEPS_S[window],
        "revision": f"{site}:{window}",
    }
    return [
        figures.lines_over_time(
            title=_("Hashrate of the farm"),
            unit="PH/s",
            lines=[
                Line(_("Hashrate"), _column(series, "hashrate_ths") / TERA_IN_PETA, 0, filled=True),
                Line(_("Expected"), _column(series, "expected_hashrate_ths") / TERA_IN_PETA, 7, dashed=True),
            ],
            **common,
        ),
        figures.lines_over_time(
            title=_("Power of the farm"),
            unit="MW",
            decimals=2,
            lines=[Line(_("Power"), _column(series, "power_w") / WATTS_IN_MEGA, 1, filled=True)],
            **common,
        ),
        figures.lines_over_time(
            title=_("Machine temperature"),
            unit="°C",
            lines=[
                Line(_("Hottest"), _column(series, "temp_max_c"), 0),
                Line(_("Mean"), _column(series, "temp_avg_c"), 4),
            ],
            **common,
        ),
    ]


def _tile(
    label: str,
    value: str,
    change: tuple[float, str] | None,
    spark: Any,
    href: str,
    explained: str,
    *,
    rising_is_good: bool | None = None,
    notable: float = NOTABLE_SHARE,
) -> Any:
    number, unit = value_and_unit(value)
    moved = change[0] if change else 0.0
    good = None if rising_is_good is None or abs(moved) < notable else (moved > 0) == rising_is_good
    return kpi(
        label=label,
        value=number,
        unit=unit,
        change=change[1] if change else None,
        good=good,
        spark=spark,
        href=href,
        explained=explained,
    )


def _relative(now: float | None, hour: Any, *, points: bool = False) -> tuple[float, str] | None:
    """Say the change against an hour ago, in per cent, or in percentage points where the value is a share."""
    before = _first(hour)
    if now is None or before is None or before == 0:
        return None
    change = (now - before) if points else (now / before - 1.0)
    rounded = round(change, 3)
    words = _("%s points in an hour") if points else _("%s in an hour")
    shown = formats.percent(abs(change)).removesuffix("%").rstrip() if points else formats.percent(abs(change))
    return rounded, words % _signed(shown, rounded)


def _degrees(now: float | None, hour: Any) -> tuple[float, str] | None:
    before = _first(hour)
    if now is None or before is None:
        return None
    change = round(now - before, 1)
    return change, _("%s in an hour") % _signed(formats.temperature(abs(change)), change)


def _more(now: int, hour: Any) -> tuple[float, str] | None:
    """Say how many more there are than an hour ago; nothing where an hour ago nobody looked."""
    if not len(hour) or not np.isfinite(hour[0]):
        return None
    change = now - int(hour[0])
    return change, _("%s in an hour") % _signed(formats.integer(abs(change)), change)


def _signed(text: str, value: float) -> str:
    return f"{'+' if value > 0 else '−' if value < 0 else '±'}{text}"


def _first(values: Any) -> float | None:
    finite = np.asarray(values, dtype=float)
    finite = finite[np.isfinite(finite)]
    return float(finite[0]) if len(finite) > 1 else None


def _column(rows: pd.DataFrame, name: str) -> Any:
    return rows[name].to_numpy(dtype=float)


def _ratio(part: float | None, whole: float | None) -> float | None:
    return None if part is None or not whole else part / whole
