"""What machines would have earned on days that have been."""

from __future__ import annotations

from typing import Any

import numpy as np
from dash.development.base_component import Component

from core.calculator import (
    earned,
)
from dashboard import formats
from dashboard.components import figures
from dashboard.components.figures import Figure, Line
from dashboard.components.market_words import source_name
from dashboard.i18n import _, language
from dashboard.views.calculator.words import plain_tile, unknown_figure
from services.calculator import Days, Desk


def past(desk: Desk, days: Days, zone: str) -> tuple[list[Component], Figure, Figure, str]:
    """Give what the machines would have earned: the sums, two figures, and what is not known."""
    scenario = desk.asked.scenario
    if scenario is None or days.frame.empty:
        said = unknown_figure(desk) if desk.asked.absent else figures.words(_("No stored prices reach back so far."))
        return [], said, said, ""
    frame = days.frame
    at = frame["at"].astype("int64").to_numpy(float) / (1e9 if frame["at"].dt.unit == "ns" else 1e6)
    price = frame["price_usd"].to_numpy(float)
    found = earned(scenario, price, frame["difficulty"].to_numpy(float), frame["subsidy_btc"], frame["fees_btc"])
    cost = np.nancumsum(found.cost_usd, axis=0)
    known = price[np.isfinite(price)]
    held = found.cumulated_btc * np.where(np.isfinite(price), price, known[-1] if known.size else np.nan) - cost
    common: dict[str, Any] = {
        "at": at, "time_zone": zone, "time_title": _("Day"), "language": language(), "decimals": 0, "step_s": 86_400.0,
    }  # fmt: skip
    earned_so_far = figures.lines_over_time(
        title=_("Earned so far"),
        unit="USD",
        lines=[
            Line(_("coins sold each day"), found.cumulated_usd, 0),
            Line(_("coins kept, at each day's price"), held, 1, dashed=True),
        ],
        **common,
    )
    by_day = figures.lines_over_time(
        title=_("Revenue and cost by day"),
        unit=formats.unit_word("USD/day"),
        lines=[Line(_("Revenue"), found.revenue_usd, 0), Line(_("Cost"), found.cost_usd, 3)],
        **{**common, "decimals": 2},
    )
    last = len(found.cumulated_btc) - 1
    sums = [
        (_("Coins"), formats.decimal(float(found.cumulated_btc[last]), 5), "BTC"),
        (_("Revenue"), formats.money(float(np.nansum(found.revenue_usd)), 0)),
        (_("Cost"), formats.money(float(cost[last]), 0)),
        (_("Profit"), formats.money(float(found.cumulated_usd[last]), 0)),
        (_("All coins at the last price"), formats.money(float(found.held_value_usd), 0)),
    ]
    notes = [
        _(
            "Prices: {source}. {known} of {all} days are known.",
            source=source_name(days.source),
            known=int(found.days_known),
            all=len(frame),
        )
    ]
    if days.fees_since is None:
        notes.append(_("Fees are not known for these days and count as none."))
    elif days.fees_since > frame["at"].iloc[0]:
        notes.append(
            _("Fees are not known before {day} and count as none until then.", day=f"{days.fees_since:%Y-%m-%d}")
        )
    notes.append(_("Power price, pool and site as set on the left, the same on all days."))
    return [plain_tile(*each) for each in sums], earned_so_far, by_day, " ".join(notes)
