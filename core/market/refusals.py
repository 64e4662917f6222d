"""Why a row, a point or a file is refused: a sentence and its values apart, so that each reader gets it in his language."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """Keys of gettext, with the values in braces."""

    NOT_WITHIN = "{name} {value} is not within {low} and {high}"
    NOT_TOGETHER = "open, high and low come together"
    HIGH_BELOW = "high {value} is below {other}"
    LOW_ABOVE = "low {value} is above {other}"
    NOT_A_NUMBER = "{text} is not a number"
    NOT_A_DATE = "{text} is not a date"
    TWO_WAYS_NUMBER = "{text} can be read in two ways; write it with a decimal point"
    TWO_WAYS_DATE = "{text} can be read in two ways; write dates as YYYY-MM-DD"
    NOT_A_START = "{at} is not the start of a bar of {interval}"
    NOT_ENDED = "the bar of {at} has not ended"
    TWICE = "{at} stands twice in the file; the first one counts"
    NO_CLOSE = "{at} has no closing price"
    SHORT_ROW = "the row has {found} columns, and {needed} are needed"
    MIXED_NUMBERS = "some numbers have a decimal comma and others a decimal point"
    MIXED_DATES = "some dates begin with the day and others with the month"
    NO_ROWS = "the file has a header and no rows"
    NO_TEXT = "the file is no text"
    EMPTY = "the file is empty"
    WIDE_LINE = "line {line} has {found} columns"
    MANY_ROWS = "the file has more than {most} rows"
    NOT_CSV = "line {line} is not CSV"
    NO_HEADER = "no header with a date and a closing price was found, and the rows are none that are known"
    BAD_NAME = "the name of a source has letters, digits, points and dashes, 60 at most"


class Refusal(ValueError):
    """Something is refused; as text it is the English sentence."""

    def __init__(self, reason: StrEnum, **values: object) -> None:
        super().__init__(reason.format(**values))
        self.reason = reason
        self.values = values
