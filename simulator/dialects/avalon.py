"""Avalon on 4028: one line of bracket text a module, writes by `ascset`. Field for field like an A1566's reply."""

from __future__ import annotations

from typing import Any

from simulator.dialects.view import View, pools, status

DESCRIPTION = "cgminer 4.11.1"


def answer(view: View, command: str, parameter: str) -> dict[str, Any] | None:
    """Answer one command, or None for one it does not know."""
    if command == "ascset":
        return ascset(view, parameter)
    found = _ANSWERS.get(command)
    return found(view) if found else None


def version(view: View) -> dict[str, Any]:
    """Give VERSION."""
    says = view.machine.model.says
    entry = {
        "CGMiner": "4.11.1",
        "API": "3.7",
        "STM8": "20.08.01",
        "PROD": f"AvalonMiner {says}",
        "MODEL": says,
        "HWTYPE": "MM4v2_X3",
        "SWTYPE": "MM319",
        "VERSION": view.machine.firmware,
        "LOADER": "d0d779de.00",
        "DNA": view.machine.serial,
        "MAC": view.machine.mac.replace(":", "").lower(),
        "UPAPI": "2",
    }
    return {"STATUS": status(22, "CGMiner versions", DESCRIPTION, view.now), "VERSION": [entry], "id": 1}


def summary(view: View) -> dict[str, Any]:
    """Give SUMMARY."""
    accepted, rejected, errors = view.shares()
    entry = {
        "Elapsed": view.elapsed,
        "MHS av": round(view.average_ths * 1e6, 2),
        "MHS 30s": round(view.ths * 1e6, 2),
        "MHS 1m": round(view.ths * 1e6, 2),
        "MHS 5m": round(view.average_ths * 1e6, 2),
        "MHS 15m": round(view.average_ths * 1e6, 2),
        "Found Blocks": 0,
        "Getworks": view.elapsed // 30,
        "Accepted": accepted,
        "Rejected": rejected,
        "Hardware Errors": errors,
        "Utility": 9.61,
        "Discarded": 0,
        "Stale": 0,
        "Get Failures": 0,
        "Local Work": view.elapsed * 700,
        "Remote Failures": 0,
        "Network Blocks": view.elapsed // 600,
        "Total MH": round(view.average_ths * 1e6 * view.elapsed, 1),
        "Work Utility": 2570548.05,
        "Difficulty Accepted": accepted * 262144.0,
        "Difficulty Rejected": rejected * 262144.0,
        "Difficulty Stale": 0.0,
        "Best Share": 1000000,
        "Device Hardware%": 0.0,
        "Device Rejected%": 0.6,
        "Pool Rejected%": 0.6,
        "Pool Stale%": 0.0,
        "Last getwork": view.now,
    }
    return {"STATUS": status(11, "Summary", DESCRIPTION, view.now), "SUMMARY": [entry], "id": 1}


def devs(view: View) -> dict[str, Any]:
    """Give DEVS, whose temperature the firmware never fills."""
    accepted, rejected, _errors = view.shares()
    entry = {
        "ASC": 0,
        "Name": "AVA10",
        "ID": 0,
        "Enabled": "Y",
        "Status": "Alive",
        "Temperature": -273.0,
        "MHS av": round(view.average_ths * 1e6, 2),
        "MHS 30s": round(view.ths * 1e6, 2),
        "MHS 1m": round(view.ths * 1e6, 2),
        "MHS 5m": round(view.average_ths * 1e6, 2),
        "MHS 15m": round(view.average_ths * 1e6, 2),
        "Accepted": accepted,
        "Rejected": rejected,
        "Hardware Errors": 0,
        "Device Elapsed": view.elapsed,
    }
    return {"STATUS": status(9, "1 ASC(s)", DESCRIPTION, view.now), "DEVS": [entry], "id": 1}


def pools_reply(view: View) -> dict[str, Any]:
    """Give POOLS."""
    return {"STATUS": status(7, "3 Pool(s)", DESCRIPTION, view.now), "POOLS": pools(view), "id": 1}


def estats(view: View) -> dict[str, Any]:
    """Give the module's line and a few of the pool entries behind it."""
    entry = {
        "STATS": 0,
        "ID": "AVA100",
        "Elapsed": view.elapsed,
        "Calls": 0,
        "Wait": 0.0,
        "Max": 0.0,
        "Min": 99999999.0,
        "MM ID0": module(view),
        "MM Count": 1,
        "Smart Speed": 1,
        "Voltage Level Offset": 0,
        "Nonce Mask": 25,
    }
    return {"STATUS": status(70, "CGMiner stats", DESCRIPTION, view.now), "STATS": [entry], "id": 1}


def module(view: View) -> str:
    """Give the line of brackets."""
    model, machine = view.machine.model, view.machine
    boards = view.board_ths()
    fans = view.fans_rpm()
    chip, inlet, watts = int(view.chip_c), int(view.inlet_c), view.watts
    idle = view.asleep
    work = "In Idle" if idle else "In Work"
    per_board = [rate * 1000 for rate in boards]
    hot = [chip - place % 2 if rate or idle else -273 for place, rate in enumerate(boards)]
    mean = [value - 8 for value in hot]
    chips = " ".join(str(chip - place * 7 % 16) for place in range(model.chips))
    sensors = " ".join(f"PVT_T{place}[ {chips}]" for place, rate in enumerate(boards) if rate or idle)
    volts = 0 if idle else 1187
    return (
        f"Ver[{model.says}-{machine.firmware}] DNA[{machine.serial}] MEMFREE[1392832.1381104] NETFAIL[0 0 0 0 0 0 0 0] "
        f"SYSTEMSTATU[Work: {work}, Hash Board: {sum(view.alive())} ] Elapsed[{view.elapsed}] BOOTBY[0x04.00000000] "
        f"LW[714031] MH[0 0 0] DHW[0] HW[0] DH[1.299%] Temp[{inlet}] TMax[{chip}] TAvg[{chip - 8}] "
        f"Fan1[{fans[0]}] Fan2[{fans[1]}] FanR[49%] Vo[296] "
        f"PS[0 {volts + 22} {volts} {watts // 12} {int(watts * 0.945)} {volts + 1} {watts}] WALLPOWER[{watts}] "
        f"GHSspd[{view.ths * 1000:.2f}] DHspd[1.299%] GHSmm[{model.hashrate_ths * 1010:.2f}] "
        f"GHSavg[{view.average_ths * 1000:.2f}] WU[2570548.05] Freq[{0 if idle else model.frequency_mhz:.2f}] Led[0] "
        f"MGHS[{' '.join(f'{rate:.2f}' for rate in per_board)}] MTmax[{' '.join(map(str, hot))}] "
        f"MTavg[{' '.join(map(str, mean))}] MVavg[285.7 286.3 285.8] TA[{model.chips * 3}] Core[A3197S] PING[131] "
        f"POWS[0] EEPROM[160 160 160] HASHS[0 0 0] POOLS[0] SoftOFF[{int(idle)}] ECHU[0 0 0] ECMM[0] {sensors} "
        f"CRC[0 0 0] COMCRC[0 0 0] ADJ[1] COP[0 0 0] MPO[{int(model.power_w * 1.03)}] MVL[87] WORKMODE[1]"
    )


def ascset(view: View, parameter: str) -> dict[str, Any]:
    """Take an order: soft-off, soft-on, reboot, work mode."""
    words = parameter.split(",")
    order = words[1] if len(words) > 1 else ""
    if order in ("softoff", "softon"):
        _one, _colon, at = (words[2] if len(words) > 2 else "").partition(":")
        # The firmware acts at the time it is given, and ignores one that has passed.
        if not at.isdigit() or int(at) < view.now - 1:
            return {"STATUS": status(120, "ASC 0 set failed: time has passed", DESCRIPTION, view.now, "E"), "id": 1}
        view.physics.order(int(at), view.index, asleep=order == "softoff")
        return {
            "STATUS": status(118, f"ASC 0 set info: success {order} {words[2]}", DESCRIPTION, view.now, "I"),
            "id": 1,
        }
    if order == "reboot":
        view.physics.reboot(view.index)
    elif order == "workmode" and words[2:3] == ["set"] and words[3:] and words[3] in ("0", "1", "2"):
        view.physics.mode[view.index] = {"0": 1, "1": 0, "2": 2}[words[3]]
    else:
        return {"STATUS": status(118, "ASC 0 set help: unknown option", DESCRIPTION, view.now, "E"), "id": 1}
    return {"STATUS": status(119, "ASC 0 set OK", DESCRIPTION, view.now), "id": 1}


def restart(view: View) -> dict[str, Any]:
    """Restart, which cgminer answers without a STATUS section."""
    view.physics.reboot(view.index)
    return {"STATUS": "RESTART"}


_ANSWERS = {
    "restart": restart,
    "version": version,
    "summary": summary,
    "devs": devs,
    "pools": pools_reply,
    "estats": estats,
    "stats": estats,
}
