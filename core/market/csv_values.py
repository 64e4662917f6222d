"""Numbers and dates as people's files write them; what can be read in two ways is refused, never guessed."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from core.market.refusals import Reason, Refusal

ABSENT = {"", "-", "–", "null", "none", "nan", "n/a", "na"}
UNITS = {"K": Decimal(10) ** 3, "M": Decimal(10) ** 6, "B": Decimal(10) ** 9, "T": Decimal(10) ** 12}
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# Seconds, milliseconds and microseconds since 1970 of the years 2001 to 2286 share no digit count.
EPOCH_DIGITS = {10: 1, 13: 1_000, 16: 1_000_000, 19: 1_000_000_000}

_MONEY_SIGNS = re.compile(r"[$€£¥₿\s]|USDT?|US\$", re.IGNORECASE)
_ENGLISH = re.compile(r"[-+]?(\d{1,3}(,\d{3})+|\d+)?(\.\d*)?(e[-+]?\d{1,2})?", re.IGNORECASE)
_CONTINENTAL = re.compile(r"[-+]?(\d{1,3}(\.\d{3})+|\d+)?(,\d*)?", re.IGNORECASE)
_ISO = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?"
    r"(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?)?\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2})?",
    re.IGNORECASE,
)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_NUMERIC = re.compile(
    r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4})(?:[T ,]+(\d{1,2}):(\d{2})(?::(\d{2}))?)?\s*(?:Z|UTC|GMT)?", re.IGNORECASE
)
_NAMED = (
    re.compile(r"(?P<month>[a-z]{3,9})\.?\s+(?P<day>\d{1,2})(?:st|nd|rd|th)?,?\s+(?P<year>\d{4})", re.IGNORECASE),
    re.compile(r"(?P<day>\d{1,2})[\s-](?P<month>[a-z]{3,9})\.?,?[\s-](?P<year>\d{4})", re.IGNORECASE),
)


@dataclass(frozen=True, slots=True)
class Style:
    """How a file writes numbers and dates.

    Parameters
    ----------
    continental : bool
        Comma before the decimals, point between the thousands.
    day_first : bool or None
        Whether 01/02/2024 is the first of February; None where no row of the file tells.
    """

    continental: bool = False
    day_first: bool | None = None


def number(text: str, style: Style) -> Decimal | None:
    """Read a number; absent ones are None.

    Raises
    ------
    Refusal
        If it is no number.
    """
    bare = _MONEY_SIGNS.sub("", text.strip().strip("'\""))
    if bare.lower() in ABSENT:
        return None
    unit = UNITS.get(bare[-1].upper())
    digits = bare[:-1] if unit else bare
    pattern = _CONTINENTAL if style.continental else _ENGLISH
    if not pattern.fullmatch(digits) or not any(char.isdigit() for char in digits):
        raise Refusal(Reason.NOT_A_NUMBER, text=repr(text.strip()))
    plain = digits.replace(".", "").replace(",", ".") if style.continental else digits.replace(",", "")
    try:
        return Decimal(plain) * (unit or 1)
    except InvalidOperation:
        raise Refusal(Reason.NOT_A_NUMBER, text=repr(text.strip())) from None


def reads_continental(cells: Iterable[str]) -> bool:
    """Tell whether the numbers of a file have a decimal comma.

    Raises
    ------
    Refusal
        If some rows say yes and others no, or if 12,345 may be twelve or twelve thousand and no row tells.
    """
    votes: set[bool] = set()
    open_question = None
    for cell in cells:
        bare = _MONEY_SIGNS.sub("", cell.strip().strip("'\"")).upper().rstrip("KMBT%").lstrip("+-")
        commas, points = bare.count(","), bare.count(".")
        if commas and points:
            votes.add(bare.rfind(",") > bare.rfind("."))
        elif commas > 1 or points > 1:
            votes.add(points > 1)
        elif commas or points:
            before, _mark, after = bare.partition("," if commas else ".")
            if len(after) == 3 and 0 < len(before) <= 3 and before != "0":
                open_question = cell.strip()
            else:
                votes.add(bool(commas))
    if len(votes) == 2:
        raise Refusal(Reason.MIXED_NUMBERS)
    if not votes and open_question is not None:
        raise Refusal(Reason.TWO_WAYS_NUMBER, text=repr(open_question))
    return votes == {True}


def puts_day_first(cells: Iterable[str]) -> bool | None:
    """Tell whether dates like 01/02/2024 begin with the day: where any row has a number above 12, or by their points.

    Returns
    -------
    bool or None
        None where no row tells.

    Raises
    ------
    Refusal
        If some rows begin with the day and others with the month.
    """
    votes = set()
    for cell in cells:
        found = _NUMERIC.fullmatch(cell.strip().strip("'\""))
        if not found:
            continue
        first, separator, second = int(found[1]), found[2], int(found[3])
        if separator == "." or (first > 12 >= second):
            votes.add(True)
        elif second > 12 >= first:
            votes.add(False)
    if len(votes) == 2:
        raise Refusal(Reason.MIXED_DATES)
    return votes.pop() if votes else None


def instant(text: str, style: Style) -> dt.datetime:
    """Read a time as UTC: epochs, ISO 8601, and the dates of Europe and the USA.

    Raises
    ------
    Refusal
        If it is no time, or one that can be read in two ways.
    """
    bare = text.strip().strip("'\"").strip()
    for read in (_epoch, _iso, _compact, _named):
        found = read(bare)
        if found is not None:
            return found
    numeric = _NUMERIC.fullmatch(bare)
    if not numeric:
        raise Refusal(Reason.NOT_A_DATE, text=repr(bare))
    first, second = int(numeric[1]), int(numeric[3])
    if style.day_first is None and first != second:
        raise Refusal(Reason.TWO_WAYS_DATE, text=repr(bare))
    day, month = (first, second) if style.day_first else (second, first)
    return _made(bare, int(numeric[4]), month, day, numeric[5], numeric[6], numeric[7])


def _epoch(bare: str) -> dt.datetime | None:
    whole = bare.partition(".")[0]
    scale = (
        EPOCH_DIGITS.get(len(whole))
        if whole.isascii() and whole.isdigit() and bare.replace(".", "", 1).isdigit()
        else None
    )
    if scale is None:
        return None
    seconds, rest = divmod(int(whole), scale)
    return dt.datetime.fromtimestamp(seconds, dt.UTC) + dt.timedelta(microseconds=rest * 1_000_000 // scale)


def _iso(bare: str) -> dt.datetime | None:
    found = _ISO.fullmatch(bare)
    if not found:
        return None
    made = _made(bare, int(found[1]), int(found[2]), int(found[3]), found[4], found[5], found[6])
    zone = (found[7] or "").replace(":", "")
    if zone[:1] in ("+", "-"):
        offset = dt.timedelta(hours=int(zone[1:3]), minutes=int(zone[3:5]))
        try:
            return made - offset if zone[0] == "+" else made + offset
        except OverflowError:  # of the years 1 and 9999
            raise Refusal(Reason.NOT_A_DATE, text=repr(bare)) from None
    return made


def _compact(bare: str) -> dt.datetime | None:
    found = _COMPACT.fullmatch(bare)
    return _made(bare, int(found[1]), int(found[2]), int(found[3])) if found else None


def _named(bare: str) -> dt.datetime | None:
    for pattern in _NAMED:
        found = pattern.fullmatch(bare)
        month = found["month"][:3].lower() if found else ""
        if found and month in MONTHS:
            return _made(bare, int(found["year"]), MONTHS.index(month) + 1, int(found["day"]))
    return None


def _made(bare: str, year: int, month: int, day: int, *clock: str | None) -> dt.datetime:
    hour, minute, second = (int(part) if part else 0 for part in (*clock, None, None, None)[:3])
    try:
        return dt.datetime(year, month, day, hour, minute, second, tzinfo=dt.UTC)
    except ValueError:
        raise Refusal(Reason.NOT_A_DATE, text=repr(bare)) from None
