"""The catalogue of SHA-256 machines, as makers and collections of data sheets have it, each with how sure it is.

A machine's own word comes before it: against one real fleet a table of models was 5 % off, and 23 % on one machine.
"""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from core.market.refusals import Refusal

FILE = Path(__file__).parent / "data" / "asic_models.csv"
COOLING = ("air", "hydro", "immersion")
GENESIS_YEAR = 2009


class Status(StrEnum):
    """How well a model's figures are sourced."""

    AGREE = "agree"  # all collections that have it say the same
    MAJORITY = "majority"  # most do
    DISPUTED = "disputed"  # they contradict each other, or the maker
    UNVERIFIED = "unverified"  # one collection only, or another bin of a known model


class Fault(StrEnum):
    """Why a model is none, as keys of gettext."""

    NO_FIGURES = "hashrate and power are numbers above 0"
    NO_COOLING = "{cooling} is no cooling of the catalogue"
    NO_NAME = "a model has a name and a maker"
    NO_YEAR = "the year is a whole number from 2009 on"


@dataclass(frozen=True, slots=True)
class Model:
    """A model of machine.

    Attributes
    ----------
    name, manufacturer, cooling : str
    hashrate_ths, power_w : float
        By the data sheet [TH/s, W]; the power is the machine's own, without the site's.
    status : Status
    release_year : int or None
    agreeing : int
        Further collections that say the same.
    notes : str
        What other collections say, and what to know.
    source : str

    Raises
    ------
    Refusal
        If it has no name or maker, its hashrate or power is not above 0, or its cooling is unknown.
    """

    name: str
    manufacturer: str
    cooling: str
    hashrate_ths: float
    power_w: float
    status: Status
    release_year: int | None
    agreeing: int
    notes: str
    source: str

    def __post_init__(self) -> None:
        if not (self.name and self.manufacturer):
            raise Refusal(Fault.NO_NAME)
        if not (0 < self.hashrate_ths < math.inf and 0 < self.power_w < math.inf):
            raise Refusal(Fault.NO_FIGURES)
        if self.cooling not in COOLING:
            raise Refusal(Fault.NO_COOLING, cooling=self.cooling)
        if self.release_year is not None and self.release_year < GENESIS_YEAR:
            raise Refusal(Fault.NO_YEAR)

    @property
    def efficiency_j_per_th(self) -> float:
        """Give power over hashrate [J/TH]."""
        return self.power_w / self.hashrate_ths


def read(text: str) -> tuple[Model, ...]:
    """Read a catalogue from CSV with the header of `FILE`.

    Raises
    ------
    ValueError
        If a column is missing, a value is none of its kind, or a name stands twice; the sentence says in which line.
    """
    found: dict[str, Model] = {}
    reader = csv.DictReader(io.StringIO(text))
    for row in reader:
        try:
            model = Model(
                name=row["name"],
                manufacturer=row["manufacturer"],
                cooling=row["cooling"],
                hashrate_ths=float(row["hashrate_ths"]),
                power_w=float(row["power_w"]),
                status=Status(row["status"]),
                release_year=int(row["release_year"]) if row["release_year"] else None,
                agreeing=int(row["agreeing"]),
                notes=row["notes"],
                source=row["source"],
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"line {reader.line_num}: {error}") from None
        if model.name in found:
            raise ValueError(f"line {reader.line_num}: {model.name} stands twice")
        found[model.name] = model
    return tuple(found.values())


@cache
def models() -> tuple[Model, ...]:
    """Give the catalogue that comes with the product, agreed models first."""
    return read(FILE.read_text(encoding="utf-8"))
