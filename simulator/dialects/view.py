"""What one machine knows of itself at the moment it is asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from simulator.farm import SimMachine
from simulator.physics import Physics


@dataclass(slots=True)
class View:
    """Plain numbers of one machine, read once per request from the arrays of the physics."""

    physics: Physics
    machine: SimMachine
    secrets: dict[str, Any]  # tokens and sessions of this machine

    @property
    def index(self) -> int:
        """Place in the arrays."""
        return self.machine.index

    @property
    def now(self) -> int:
        """Seconds since 1970 by the machine's clock."""
        return int(self.physics.now_s)

    @property
    def asleep(self) -> bool:
        """Told to sleep."""
        return bool(self.physics.asleep[self.machine.index])

    @property
    def elapsed(self) -> int:
        """Seconds since it started."""
        return max(0, int(self.physics.now_s - self.physics.boot_s[self.machine.index]))

    @property
    def ths(self) -> float:
        """Its rate now [TH/s]."""
        return float(self.physics.hashrate_ths[self.machine.index])

    @property
    def average_ths(self) -> float:
        """Its rate over half an hour [TH/s]."""
        return float(self.physics.average_ths[self.machine.index])

    @property
    def watts(self) -> int:
        """What it draws."""
        return int(self.physics.power_w[self.machine.index])

    @property
    def chip_c(self) -> float:
        """Its hottest chip."""
        return float(self.physics.chip_c[self.machine.index])

    @property
    def inlet_c(self) -> float:
        """The air it draws in."""
        return float(self.physics.inlet_c[self.machine.index])

    def board_ths(self) -> list[float]:
        """Give the rate of each board; a lost one has none."""
        alive = self.physics.boards[self.machine.index]
        count = int(alive.sum())
        share = self.ths / count if count else 0.0
        tilt = self.physics.tilt[self.machine.index]
        return [share * (1 + float(tilt[place])) if alive[place] else 0.0 for place in range(3)]

    def alive(self) -> list[bool]:
        """Tell which boards answer."""
        return [bool(board) for board in self.physics.boards[self.machine.index]]

    def fans_rpm(self) -> list[int]:
        """Give the speed of each fan; a dead one stands."""
        model = self.machine.model
        base = 0 if self.asleep else model.fan_rpm * (0.78 + min(0.22, max(0.0, (self.chip_c - 50) / 120)))
        works = self.physics.fans[self.machine.index]
        return [int(base * (1 - 0.02 * place)) // 30 * 30 if works[place] else 0 for place in range(model.fans)]

    def shares(self) -> tuple[int, int, int]:
        """Give accepted and rejected shares and hardware errors."""
        at = self.machine.index
        physics = self.physics
        return int(physics.accepted[at]), int(physics.rejected[at]), int(physics.hardware_errors[at])

    @property
    def pool_alive(self) -> bool:
        """Tell whether its pool answers."""
        return not bool(self.physics.pool_dead[self.machine.index])


def status(code: int, message: str, description: str, when: int, letter: str = "S") -> list[dict[str, Any]]:
    """Give the STATUS section that every cgminer reply begins with."""
    return [{"STATUS": letter, "When": when, "Code": code, "Msg": message, "Description": description}]


def pools(view: View, *, stratum: bool = True) -> list[dict[str, Any]]:
    """Give three pools of which the first works."""
    accepted, rejected, _errors = view.shares()
    found = []
    for number in range(3):
        first = number == 0
        found.append(
            {
                "POOL": number,
                "URL": view.machine.pool_url,
                "Status": "Alive" if view.pool_alive else "Dead",
                "Priority": number,
                "Quota": 1,
                "Long Poll": "N",
                "Getworks": view.elapsed // 13 if first else 3,
                "Accepted": accepted if first else 0,
                "Rejected": rejected if first else 0,
                "Discarded": view.elapsed * 9 if first else 0,
                "Stale": 0,
                "Get Failures": 0,
                "Remote Failures": 0,
                "User": view.machine.worker,
                "Last Share Time": "0:00:04" if first else "0",
                "Diff": "262K" if first else "",
                "Diff1 Shares": 0,
                "Proxy Type": "",
                "Proxy": "",
                "Difficulty Accepted": accepted * 262144.0 if first else 0.0,
                "Difficulty Rejected": rejected * 262144.0 if first else 0.0,
                "Difficulty Stale": 0.0,
                "Last Share Difficulty": 262144.0 if first else 0.0,
                "Has Stratum": True,
                "Stratum Active": first and view.pool_alive and stratum,
                "Stratum URL": view.machine.pool_url.split("//")[1].split(":")[0] if first else "",
                "Has GBT": False,
                "Best Share": 12904207043.0 if first else 0.0,
                "Pool Rejected%": 0.0,
                "Pool Stale%": 0.0,
            }
        )
    return found
