"""What the forecasts page is asked for, and the words that its parts share: dates, sources, reasons."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode
from zoneinfo import ZoneInfo

from babel.dates import format_datetime

from core.forecasting import MODELS
from dashboard import formats
from dashboard.i18n import _, language
from services.forecasts import HORIZONS_DAYS, USUAL_HORIZON_DAYS, Missing

SERIES = ("price", "difficulty", "hashprice")
FIRST = next(iter(MODELS))  # what the other models are measured by
UTC = "UTC"  # days of the market are days of UTC


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for."""

    series: str = "price"
    model: str = FIRST
    horizon_days: int = USUAL_HORIZON_DAYS


def read(search: Any) -> Asked:
    """Read an address; what it does not say, or says of things that there are not, is the usual."""
    said = dict(parse_qsl(search.lstrip("?"))) if isinstance(search, str) else {}
    usual = Asked()
    days = said.get("horizon", "")
    return Asked(
        said["series"] if said.get("series") in SERIES else usual.series,
        said["model"] if said.get("model") in MODELS else usual.model,
        int(days) if days in map(str, HORIZONS_DAYS) else usual.horizon_days,
    )


def search_of(asked: Asked) -> str:
    """Write an address; the usual is not said."""
    usual = Asked()
    given = (
        ("series", asked.series, usual.series),
        ("model", asked.model, usual.model),
        ("horizon", asked.horizon_days, usual.horizon_days),
    )
    written = urlencode([(name, value) for name, value, held in given if value != held])
    return f"?{written}" if written else ""


def reason(missing: Missing, asked: Asked) -> str:
    """Say why there is nothing to show."""
    days = asked.horizon_days
    since = day(missing.since) if missing.since else formats.DASH
    sentences = {
        "no_history": _("No daily closes are known yet. They come with the first collection of candles."),
        "too_short": _(
            "{bars} daily closes without a hole are known, since {day}; {needed} are needed to look {n} days ahead.",
            bars=formats.integer(missing.bars), day=since, needed=formats.integer(missing.needed), n=days,
        ),
        "stands_still": _("Fewer than a quarter of the newest closes moved: a feed that stands still is not forecast."),
        "not_fitted": _("This model has not been fitted at this horizon yet. That is done now and takes some seconds."),
        "no_network": _("No source has told height and difficulty yet."),
        "no_epoch": _("The time of this epoch's first block is not known yet. Sources are asked for it every day."),
        "old_difficulty": _("The difficulty was told last on {day}, before this epoch began.", day=since),
        "old_forecast": _("The stored forecast began on {day} and ends before today.", day=since),
    }  # fmt: skip
    return sentences[missing.reason]


def day(moment: dt.datetime, zone: str = UTC) -> str:
    """Give a date."""
    return _written(moment, zone, "yyyy年M月d日" if language() == "zh" else "d MMM yyyy")


def minute(moment: dt.datetime, zone: str = UTC, *, year: bool = True) -> str:
    """Give a date with hour and minute; with the zone where the year stands too."""
    if not year:
        return _written(moment, zone, "M月d日 HH:mm" if language() == "zh" else "d MMM HH:mm")
    pattern = "yyyy年M月d日 HH:mm" if language() == "zh" else "d MMM yyyy HH:mm"
    return f"{_written(moment, zone, pattern)} {zone_name(moment, zone)}"


def _written(moment: dt.datetime, zone: str, pattern: str) -> str:
    return str(format_datetime(moment, pattern, tzinfo=ZoneInfo(zone), locale=formats.locale()))


def zone_name(moment: dt.datetime, zone: str) -> str:
    """Give the short name of a zone at a time."""
    return str(moment.astimezone(ZoneInfo(zone)).tzname())
