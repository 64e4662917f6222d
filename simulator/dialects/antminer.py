"""Stock Antminer on 4028: GH/s, chains as strings, reads only. Field for field like an S19 Pro's replies."""

from __future__ import annotations

from typing import Any
from zlib import crc32

from simulator.dialects.view import View, pools, status

DESCRIPTION = "cgminer 1.0.0"
BUILT = "Tue Dec  6 16:12:30 CST 2022"


def answer(view: View, command: str, _parameter: str) -> dict[str, Any] | None:
    """Answer one command, or None for one it does not know."""
    found = _ANSWERS.get(command)
    return found(view) if found else None


def version(view: View) -> dict[str, Any]:
    """Give VERSION."""
    return {
        "STATUS": status(22, "CGMiner versions", DESCRIPTION, view.now),
        "VERSION": [
            {
                "BMMiner": "1.0.0",
                "API": "3.1",
                "Miner": view.machine.firmware,
                "CompileTime": BUILT,
                "Type": view.machine.model.says,
            }
        ],
        "id": 1,
    }


def summary_entry(view: View) -> dict[str, Any]:
    """Give the object of SUMMARY."""
    accepted, rejected, errors = view.shares()
    return {
        "Elapsed": view.elapsed,
        "GHS 5s": round(view.ths * 1000, 2),
        "GHS av": round(view.average_ths * 1000, 2),
        "GHS 30m": round(view.average_ths * 1000, 2),
        "Found Blocks": 0,
        "Getwork": view.elapsed // 13,
        "Accepted": accepted,
        "Rejected": rejected,
        "Hardware Errors": errors,
        "Utility": 4.82,
        "Discarded": view.elapsed * 9,
        "Stale": 0,
        "Get Failures": 1,
        "Local Work": view.elapsed * 90,
        "Remote Failures": 0,
        "Network Blocks": view.elapsed // 600,
        "Total MH": round(view.average_ths * 1e6 * view.elapsed, 1),
        "Work Utility": 1554353.85,
        "Difficulty Accepted": accepted * 262144.0,
        "Difficulty Rejected": rejected * 262144.0,
        "Difficulty Stale": 0.0,
        "Best Share": 12904207043,
        "Device Hardware%": 0.0,
        "Device Rejected%": 0.0,
        "Pool Rejected%": 0.0,
        "Pool Stale%": 0.0,
        "Last getwork": view.now,
    }


def summary(view: View) -> dict[str, Any]:
    """Give SUMMARY."""
    return {"STATUS": status(11, "Summary", DESCRIPTION, view.now), "SUMMARY": [summary_entry(view)], "id": 1}


def stats_entry(view: View) -> dict[str, Any]:
    """Give the second object of STATS: the chains."""
    model = view.machine.model
    boards, alive = view.board_ths(), view.alive()
    fans = view.fans_rpm()
    asleep = view.asleep
    frequency = 0 if asleep else model.frequency_mhz
    chip, inlet = int(view.chip_c), int(view.inlet_c)
    entry: dict[str, Any] = {
        "STATS": 0,
        "ID": "BTM_SOC0",
        "Elapsed": view.elapsed,
        "Calls": 0,
        "Wait": 0,
        "Max": 0,
        "Min": 99999999,
        "GHS 5s": round(view.ths * 1000, 2),
        "GHS av": round(view.average_ths * 1000, 2),
        "rate_30m": round(view.average_ths * 1000, 2),
        "Mode": 2,
        "miner_count": sum(alive),
        "frequency": frequency,
        "fan_num": len(fans),
        **{f"fan{place + 1}": rpm for place, rpm in enumerate(fans)},
        "temp_num": sum(alive),
        "temp_max": 0,
        "total_rateideal": model.hashrate_ths * 1000.0,
        "rate_unit": "GH",
        "total_freqavg": frequency,
        "total_acn": model.chips * sum(alive),
        "total rate": round(view.average_ths * 1000, 2),
        "no_matching_work": view.shares()[2],
        "miner_version": view.machine.firmware,
        "miner_id": f"{crc32(view.machine.serial.encode()):016x}",
    }
    asics = _asics(model.chips)
    for place in range(4):
        number = place + 1
        there = place < 3 and alive[place]
        hot, cold = (chip - 2 * (place % 3), (chip + inlet) // 2) if there else (0, 0)
        entry[f"chain_acn{number}"] = model.chips if there else 0
        entry[f"chain_acs{number}"] = asics if there else ""
        entry[f"chain_hw{number}"] = view.shares()[2] // 3 if there else 0
        entry[f"chain_rate{number}"] = f"{boards[place] * 1000:.2f}" if there else ""
        entry[f"freq{number}"] = frequency if there else 0
        entry[f"temp{number}"] = hot - 5 if there else 0
        entry[f"temp2_{number}"] = hot
        entry[f"temp_pcb{number}"] = f"{hot - 5}-{cold - 5}-{hot - 9}-{hot - 8}" if there else "0-0-0-0"
        entry[f"temp_chip{number}"] = f"{hot}-{cold}-{hot - 4}-{hot - 3}" if there else "0-0-0-0"
        entry[f"temp_pic{number}"] = f"{hot - 15}-{cold - 15}-{hot - 19}-{hot - 18}" if there else "0-0-0-0"
    return entry


_ASICS: dict[int, str] = {}


def _asics(chips: int) -> str:
    if chips not in _ASICS:
        _ASICS[chips] = " " + " ".join("o" * min(3, chips - place) for place in range(0, chips, 3))
    return _ASICS[chips]


def stats(view: View) -> dict[str, Any]:
    """Give STATS: who it is, then its chains."""
    head = {
        "BMMiner": "1.0.0",
        "Miner": view.machine.firmware,
        "CompileTime": BUILT,
        "Type": view.machine.model.says,
    }
    return {
        "STATUS": status(70, "CGMiner stats", DESCRIPTION, view.now),
        "STATS": [head, stats_entry(view)],
        "id": 1,
    }


def pools_reply(view: View) -> dict[str, Any]:
    """Give POOLS."""
    return {"STATUS": status(7, "3 Pool(s)", DESCRIPTION, view.now), "POOLS": pools(view), "id": 1}


def devs(view: View) -> dict[str, Any]:
    """Give DEVS, which stock firmware fills with next to nothing."""
    accepted, rejected, _errors = view.shares()
    device = {
        "ASC": 0,
        "Name": "BTM_SOC",
        "ID": 0,
        "Enabled": "Y",
        "Status": "Alive",
        "Tenperature": 0.0,
        "MHS av": 0.0,
        "MHS 5s": 0.0,
        "Accepted": accepted,
        "Rejected": rejected,
        "Hardware Errors": 0,
        "Device Elapsed": view.elapsed,
    }
    return {"STATUS": status(9, "1 ASC(s)", DESCRIPTION, view.now), "DEVS": [device], "id": 1}


_ANSWERS = {"version": version, "summary": summary, "stats": stats, "pools": pools_reply, "devs": devs}
