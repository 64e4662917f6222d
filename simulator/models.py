"""The machines that the simulated farm is made of, and what their makers say of them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SimModel:
    """A model: `name` as in the product's catalogue, `says` as the machine names itself; [TH/s, W, per board]."""

    name: str
    says: str
    family: str  # antminer, whatsminer, avalon
    hashrate_ths: float
    power_w: float
    chips: int
    fans: int
    fan_rpm: int
    frequency_mhz: int
    share: float  # of the farm
    firmwares: tuple[tuple[str, str, float], ...]  # dialect, version, share


_STOCK19 = ("antminer", "49.0.1.3", 1.0)
_STOCK21 = ("antminer", "uart_trans.1.3", 1.0)

# Hashrate and power: makers' data sheets as agreed by at least two public spec collections; chips a board from the same.
MODELS: tuple[SimModel, ...] = (
    SimModel(
        "Antminer S19j Pro (100 TH)", "Antminer S19j Pro", "antminer", 100, 3050, 126, 4, 5400, 545, 0.10, (_STOCK19,)
    ),
    SimModel(
        "Antminer S19 Pro (110 TH)", "Antminer S19 Pro", "antminer", 110, 3250, 114, 4, 5600, 525, 0.06, (_STOCK19,)
    ),
    SimModel(
        "Antminer S19k Pro (120 TH)",
        "Antminer S19k Pro",
        "antminer",
        120,
        2760,
        77,
        4,
        5100,
        585,
        0.14,
        (("luxos", "2025.4.8.220305", 1.0),),
    ),
    SimModel(
        "Antminer S19 XP (140 TH)",
        "Antminer S19 XP",
        "antminer",
        140,
        3010,
        110,
        4,
        5300,
        560,
        0.15,
        (("antminer", "49.0.1.3", 0.6), ("luxos", "2025.4.8.220305", 0.4)),
    ),
    SimModel(
        "Antminer S21 (200 TH)",
        "Antminer S21",
        "antminer",
        200,
        3500,
        108,
        4,
        4900,
        490,
        0.20,
        (("antminer", "uart_trans.1.3", 0.5), ("luxos", "2025.9.2.101500", 0.5)),
    ),
    SimModel(
        "Antminer S21 Pro (234 TH)", "Antminer S21 Pro", "antminer", 234, 3510, 65, 4, 4800, 505, 0.10, (_STOCK21,)
    ),
    SimModel(
        "Whatsminer M50S (126 TH)",
        "M50S_VH30",
        "whatsminer",
        126,
        3276,
        111,
        2,
        6300,
        620,
        0.08,
        (("whatsminer", "20230911.12.Rel", 1.0),),
    ),
    SimModel(
        "Whatsminer M60S (186 TH)",
        "M60S_VK30",
        "whatsminer",
        186,
        3441,
        117,
        2,
        6100,
        640,
        0.11,
        (("whatsminer", "20240918.13.Rel", 1.0),),
    ),
    SimModel(
        "Avalon A1566 (185 TH)",
        "15-194",
        "avalon",
        185,
        3420,
        160,
        2,
        4300,
        346,
        0.06,
        (("avalon", "24102401_25462b2_9ddf522", 1.0),),
    ),
)
