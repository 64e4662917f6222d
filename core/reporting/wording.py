"""The few words that a file needs beside those of the figure; the caller gives them in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wording:
    """Words in one language; `exported` has the place `{time}`, `alt` the places `{title}` and `{series}`."""

    chart: str = "Chart"
    data: str = "Data"
    exported: str = "Exported {time}"
    alt: str = "{title}: {series}"
    source: str = "HashInsight"
