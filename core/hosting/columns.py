"""The columns of the machine grid: one table that the query string, the SQL, the page and the exports all read."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from core.hosting.alerts import RULES
from core.hosting.reading import Mode
from core.hosting.states import State


class Kind(StrEnum):
    """What a column holds, which decides its filter and its alignment."""

    TEXT = "text"
    NUMBER = "number"
    ENUM = "enum"
    TIME = "time"
    IP = "ip"


class Op(StrEnum):
    """How a filter compares."""

    CONTAINS = "contains"
    EQUALS = "equals"
    RANGE = "range"  # low <= value <= high, either side open
    ANY_OF = "any_of"
    WITHIN = "within"  # an address in a network
    ABSENT = "absent"
    PRESENT = "present"


_PRESENCE = (Op.ABSENT, Op.PRESENT)
OPS: dict[Kind, tuple[Op, ...]] = {
    Kind.TEXT: (Op.CONTAINS, Op.EQUALS, *_PRESENCE),
    Kind.NUMBER: (Op.RANGE, *_PRESENCE),
    Kind.ENUM: (Op.ANY_OF, *_PRESENCE),
    Kind.TIME: (Op.RANGE, *_PRESENCE),
    Kind.IP: (Op.WITHIN, *_PRESENCE),
}

# The order in which states sort, from well to gone; a machine that is not active shows its lifecycle instead.
STATES = (*(state.value for state in State), "new", "repair", "retired")
UNASSIGNED = "unassigned"  # the value of `client` for a machine that is nobody's
ANY_ALERT = "any"


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes
    ----------
    key : str
        Its name in the query string, in rows and in files.
    kind : Kind
    unit : str
        Unit in which people read and filter it.
    per_unit : float
        How much of the stored quantity one unit is: an uptime [s] is filtered in hours, so 3600.
    decimals : int
        Decimals shown.
    default : bool
        Shown until somebody chooses otherwise.
    values : tuple of str
        The values that an ENUM can take, where they are known beforehand; others are asked of the database.
    needs_market : bool
        It has no value until price, difficulty and reward of a block are known.
    """

    key: str
    kind: Kind
    unit: str = ""
    per_unit: float = 1.0
    decimals: int = 0
    default: bool = True
    values: tuple[str, ...] = field(default=())
    needs_market: bool = False
    sortable: bool = True

    @property
    def ops(self) -> tuple[Op, ...]:
        """Give how it can be filtered."""
        return OPS[self.kind]

    @property
    def align(self) -> str:
        """Give on which side its values stand."""
        return "end" if self.kind is Kind.NUMBER else "start"


_COLUMNS = (
    Column("state", Kind.ENUM, values=STATES),
    Column("asset_id", Kind.TEXT),
    Column("model", Kind.ENUM),
    Column("site", Kind.ENUM),
    Column("place", Kind.TEXT),
    Column("client", Kind.ENUM),
    Column("hashrate_ths", Kind.NUMBER, "TH/s", decimals=1),
    Column("hashrate_share", Kind.NUMBER, "%", per_unit=0.01, decimals=1),
    Column("efficiency_j_per_th", Kind.NUMBER, "J/TH", decimals=1),
    Column("power_w", Kind.NUMBER, "W"),
    Column("temp_max_c", Kind.NUMBER, "°C", decimals=1),
    Column("fan_min_rpm", Kind.NUMBER, "rpm"),
    Column("reject_ratio", Kind.NUMBER, "%", per_unit=0.01, decimals=2),
    Column("uptime", Kind.NUMBER, "h", per_unit=3600.0, decimals=1),
    Column("pool", Kind.ENUM),
    Column("firmware", Kind.ENUM),
    Column("mode", Kind.ENUM, values=tuple(mode.value for mode in Mode)),
    Column("last_seen", Kind.TIME, "min", per_unit=60.0),
    Column("earning_usd_per_h", Kind.NUMBER, "USD/h", decimals=3, needs_market=True),
    Column("break_even_usd_per_kwh", Kind.NUMBER, "USD/kWh", decimals=4, needs_market=True),
    Column("alert", Kind.ENUM, default=False, values=(ANY_ALERT, *RULES)),
    Column("ip", Kind.IP, default=False),
    Column("mac", Kind.TEXT, default=False),
    Column("serial", Kind.TEXT, default=False),
    Column("worker", Kind.TEXT, default=False),
)

COLUMNS: dict[str, Column] = {column.key: column for column in _COLUMNS}
DEFAULT_COLUMNS: tuple[str, ...] = tuple(column.key for column in _COLUMNS if column.default)
DEFAULT_SORT = "asset_id"
