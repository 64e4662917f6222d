"""Always on against off when power is dear."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from dash.development.base_component import Component

from core.calculator import (
    HOSTING_SCHEMES,
    curtail,
)
from dashboard import formats
from dashboard.components import desk_figures as drawn
from dashboard.components import figures
from dashboard.components.figures import Figure, Line
from dashboard.i18n import _
from dashboard.views.calculator.words import parts, plain_tile, unknown_figure
from services.calculator import Desk


def is_priced(desk: Desk) -> bool:
    """Tell whether the question itself has a price for each hour."""
    return desk.asked.scenario is not None and desk.asked.scenario.power_deviation_usd_per_kwh is not None


def curtailment(desk: Desk, prices: Sequence[float] | None) -> tuple[list[Component], Figure, Figure, str]:
    """Give always on against off when power is dear."""
    scenario = desk.asked.scenario
    if scenario is None:
        said = unknown_figure(desk)
        return [], said, said, ""
    if HOSTING_SCHEMES[scenario.hosting_scheme].replaces_power:
        said = figures.words(_("An all-in price of energy is the same in every hour: there is nothing to curtail."))
        return [], said, said, ""
    if prices is None and not is_priced(desk):
        said = figures.words(_("Paste hourly prices above, or choose a power price by the time of the day."))
        return [], said, said, ""
    adders, restart = desk.question.number("adders_usd_per_mwh") or 0.0, desk.question.number("restart_minutes") or 0.0
    found = curtail(
        scenario,
        None if prices is None else np.asarray(prices, dtype=float),
        adders_usd_per_mwh=adders,
        restart_minutes=restart,
    )
    hours = found.hours_known
    if prices is None:
        base = float(np.asarray(scenario.power_price_usd_per_kwh))
        shown = (base + np.asarray(scenario.power_deviation_usd_per_kwh)) * 1e3
    else:
        shown = np.asarray(prices, dtype=float)
    at = np.arange(len(shown), dtype=float)
    by_hour = drawn.lines_over_numbers(
        title=_("Power price by the hour"),
        x_title=_("Hour"),
        unit="USD/MWh",
        x=at,
        lines=[Line(_("Power price"), shown, 1)],
        # Dots and not a piece of the line: a single dear hour has no length.
        dots=[Line(_("switched off"), np.where(found.runs, np.nan, shown), 5)],
        levels=[(found.strike_usd_per_mwh, _("strike price"))] if math.isfinite(found.strike_usd_per_mwh) else (),
    )
    sides = drawn.bars(
        title=_("Profit: always on against curtailed"),
        unit=_("USD in {hours} h", hours=hours),
        names=[_("Always on"), _("Curtailed")],
        values=np.array([found.always_on.profit_usd, found.curtailed.profit_usd]),
        name=_("Profit"),
        written=[formats.money(found.always_on.profit_usd), formats.money(found.curtailed.profit_usd)],
    )
    tone = " hi-tone-good" if found.gain_usd > 0 else " hi-tone-bad" if found.gain_usd < 0 else ""
    sums = [
        plain_tile(_("Strike price"), *parts(found.strike_usd_per_mwh, "USD/MWh")),
        plain_tile(
            _("Hours off"),
            formats.integer(found.hours_stopped),
            _(
                "of {hours} ({share})",
                hours=formats.integer(hours),
                share=formats.percent(found.hours_stopped / hours, 0),
            )
            if hours
            else "",
        ),
        plain_tile(_("Always on"), formats.money(found.always_on.profit_usd)),
        plain_tile(_("Curtailed"), formats.money(found.curtailed.profit_usd)),
        plain_tile(_("Gain"), formats.money(found.gain_usd), "", tone),
        plain_tile(_("Gain without the best week"), formats.money(found.gain_without_best_week_usd)),
    ]
    note = _(
        "Of {hours} known hours. An hour is run where its price is not above the strike price; demand charges and costs "
        "by size are the same in both.",
        hours=formats.integer(hours),
    )
    return sums, by_hour, sides, note
