"""Cash flow as a fan: the same plan along many seeded paths of price and difficulty, told by its quantiles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.calculator.inputs import Plan, Scenario
from core.calculator.markets import Spread, sampled_markets
from core.calculator.numbers import Array
from core.calculator.projection import project

LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
PATHS = 1_000


@dataclass(frozen=True, slots=True)
class Fan:
    """Quantiles over the paths, each at every month by itself: no line of the fan is a path.

    Attributes
    ----------
    levels : tuple of float
    cumulated_usd : array, shape (levels, months + 1)
        Cumulated cash flow [USD], as `Projection.cumulated_usd`.
    npv_usd, payback_months : array, shape (levels,)
        A payback that does not come is later than any: NaN from the level on at which it is missing.
    paid_back_share : float
        Share of the paths that pay back within the plan.
    paths : int
    """

    levels: tuple[float, ...]
    cumulated_usd: Array
    npv_usd: Array
    payback_months: Array
    paid_back_share: float
    paths: int


def fan(
    scenario: Scenario,
    plan: Plan,
    spread: Spread,
    *,
    seed: int,
    paths: int = PATHS,
    levels: tuple[float, ...] = LEVELS,
) -> Fan:
    """Project a plan along many paths.

    Parameters
    ----------
    scenario : Scenario
        Of scalars.
    plan : Plan
        Of scalars.
    spread : Spread
        How far the paths wander.
    seed : int
        The same seed gives the same fan.
    paths : int
    levels : tuple of float
        Quantiles, 0 to 1, rising.

    Returns
    -------
    Fan

    Raises
    ------
    ValueError
        If the levels do not rise within 0 and 1, or the scenario or the plan holds an array.
    """
    if not levels or list(levels) != sorted(set(levels)) or not 0 <= levels[0] <= levels[-1] <= 1:
        raise ValueError(f"levels {levels} do not rise within 0 and 1")
    found = project(scenario, plan, sampled_markets(scenario, plan, spread, paths=paths, seed=seed))
    # One of the paths' own values, not one between two: there is nothing halfway to "never".
    late = np.where(np.isnan(found.payback_months), np.inf, found.payback_months)
    payback = np.quantile(late, levels, method="inverted_cdf")
    return Fan(
        levels=levels,
        cumulated_usd=np.quantile(found.cumulated_usd, levels, axis=1),
        npv_usd=np.quantile(found.npv_usd, levels),
        payback_months=np.where(np.isinf(payback), np.nan, payback),
        paid_back_share=float(np.isfinite(late).mean()),
        paths=paths,
    )
