"""The grid's SQL against the same question answered by pandas, over any filters and any order."""

from __future__ import annotations

import datetime as dt
import ipaddress
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from core.hosting.columns import COLUMNS, STATES, Kind, Op
from core.hosting.filters import PAGE_SIZE, Filter, GridQuery, Sort, parse
from db.queries import miners
from db.session import transaction
from settings import Settings
from tests.farm import Place, make_miner, make_place, set_state

pytestmark = pytest.mark.usefixtures("app_settings")

NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)
PRICE = 0.0021
MACHINES = 90
SET_COLUMNS = ("state", "model", "client", "pool", "firmware", "mode", "alert")


@pytest.fixture(scope="module")
def farm(app_settings: Settings) -> tuple[Place, pd.DataFrame]:
    """Machines of every state with gaps in every column, and the same as pandas knows them, without the grid's SQL."""
    place = make_place()
    rng = np.random.default_rng(11)
    for number in range(MACHINES):
        state = ["online", "online", "online", "stale", "offline", "lost", "online"][number % 7]
        known: dict[str, Any] = {
            "state": state,
            "read_at": None if number % 31 == 5 else NOW - dt.timedelta(minutes=int(rng.integers(0, 90))),
            "mode": ["mining", "sleeping", "starting", None][number % 4],
            "hashrate_ths": None if number % 13 == 0 else float(np.float32(rng.choice([0.0, 88.5, 100.25, 120.0]))),
            "expected_hashrate_ths": 120.0,
            "power_w": None if number % 11 == 0 else float(rng.integers(2_000, 3_500)),
            "efficiency_j_per_th": None if number % 11 == 0 else float(np.float32(rng.uniform(15, 40))),
            "temp_max_c": None if number % 9 == 0 else float(rng.integers(50, 95)),
            "fans_rpm": None if number % 8 == 0 else [int(rng.integers(0, 3)) * 3_000, 6_000, 6_100],
            "reject_ratio": None if number % 6 == 0 else float(np.float32(rng.uniform(0, 0.05))),
            "uptime_s": None if number % 10 == 0 else int(rng.integers(0, 900_000)),
            "pool_url": [None, "stratum+tcp://a.example:3333", "stratum+tcp://B.example:3333"][number % 3],
            "firmware": [None, "LuxOS 2025.1", "Antminer 2024"][number % 5 % 3],
            "worker": f"acct.{number % 17}",
            "alerts": [[], ["overheating"], ["board_lost", "hashrate_low"], []][number % 4],
        }
        client = [None, place.client_id, place.other_client_id][number % 3]
        rack, position = f"C0{number % 3}-R01", number % 20 + 1
        make_miner(place, client_id=client, rack=rack, position=position, **known)
    make_miner(place, lifecycle="repair")
    make_miner(place)  # never read
    with transaction() as session:
        session.execute(
            text("UPDATE miner SET mac = '02:0A:' || upper(right(lpad(to_hex(id), 8, '0'), 2)) || ':00:00:' || lpad((id % 90)::text, 2, '0')"
                 " WHERE site_id = :site AND id % 3 = 0 AND id % 90 > 9"),
            {"site": place.site_id},
        )  # fmt: skip
        return place, _independent(session, place)


def _live(there: bool, value: Any) -> Any:
    return value if there else None


def _independent(session: Any, place: Place) -> pd.DataFrame:
    result = session.execute(
        text(
            "SELECT miner.id, miner.asset_id, miner.serial, coalesce(miner.mac, s.mac) AS mac, miner.host, miner.rack, miner.position, miner.lifecycle,"
            " miner.client_id, client.code AS client, client.name AS client_name, model.name AS model,"
            " model.hashrate_ths AS nameplate, site.pue, s.* FROM miner JOIN site ON site.id = miner.site_id"
            " LEFT JOIN client ON client.id = miner.client_id LEFT JOIN miner_model model ON model.id = miner.model_id"
            " LEFT JOIN miner_state s ON s.miner_id = miner.id WHERE miner.site_id = :site"
        ),
        {"site": place.site_id},
    )
    names = list(result.keys())
    rows = []
    for record in result.all():
        row: dict[str, Any] = {}
        for name, value in zip(names, record, strict=True):
            row.setdefault("device_" + name if name in row else name, value)
        active = row["lifecycle"] == "active"
        state = (row["state"] or "lost") if active else row["lifecycle"]
        there = active and row["state"] in ("online", "stale")
        live = partial(_live, there)
        efficiency = live(row["efficiency_j_per_th"])
        hashrate = live(row["hashrate_ths"])
        expected = row["expected_hashrate_ths"] or row["nameplate"]
        fans = live(row["fans_rpm"])
        rows.append(
            {
                "id": row["id"],
                "state": state,
                "asset_id": row["asset_id"],
                "model": row["model"],
                "site": place.code,
                "place": row["rack"],
                "position": row["position"],
                "client": row["client"],
                "client_name": row["client_name"],
                "hashrate_ths": hashrate,
                "hashrate_share": None if hashrate is None else hashrate / expected,
                "efficiency_j_per_th": efficiency,
                "power_w": live(row["power_w"]),
                "temp_max_c": live(row["temp_max_c"]),
                "fan_min_rpm": min(fans) if fans else None,
                "reject_ratio": live(row["reject_ratio"]),
                "uptime": live(row["uptime_s"]),
                "pool": row["pool_url"],
                "firmware": row["firmware"],
                "mode": live(row["mode"]),
                "last_seen": None if row["read_at"] is None else row["read_at"].timestamp(),
                "earning_usd_per_h": None if hashrate is None else hashrate * PRICE,
                "break_even_usd_per_kwh": None if not efficiency else PRICE * 1000 / (efficiency * float(row["pue"])),
                "alert": (row["alerts"] or None) if active else None,
                "ip": row["host"],
                "mac": row["mac"],
                "serial": row["serial"],
                "worker": row["worker"],
            }
        )
    return pd.DataFrame(rows, dtype=object)


def _matches(row: dict[str, Any], item: Filter) -> bool:
    value = row[item.column]
    if item.op is Op.ABSENT:
        return value is None
    if item.op is Op.PRESENT:
        return value is not None
    if item.op is Op.ANY_OF:
        if item.column == "client" and "unassigned" in item.values and value is None:
            return True
        if item.column == "alert":
            return value is not None and ("any" in item.values or bool(set(value) & set(item.values)))
        return value in item.values
    if value is None:
        return False
    if item.op is Op.CONTAINS:
        return item.text.lower() in value.lower()
    if item.op is Op.EQUALS:
        return item.text.lower() == value.lower()
    if item.op is Op.WITHIN:
        return ipaddress.ip_address(value) in ipaddress.ip_network(item.text)
    unit = COLUMNS[item.column].per_unit
    measured = NOW.timestamp() - value if item.column == "last_seen" else value
    low = -np.inf if item.low is None else item.low * unit
    high = np.inf if item.high is None else item.high * unit
    return bool(low <= measured <= high)


def _searched(row: dict[str, Any], term: str) -> bool:
    fields = [row[name] for name in ("asset_id", "serial", "mac", "ip", "model", "client", "client_name")]
    return any(term in field.lower() for field in fields if field is not None)


def _order(row: dict[str, Any], column: str) -> Any:
    value = row[column]
    if column == "place":
        return (row["site"], row["place"], row["position"])
    if column == "client":
        return row["client_name"]
    if column == "state":
        return STATES.index(value)
    if column == "alert":
        return None if value is None else len(value)
    if column == "ip":
        return int(ipaddress.ip_address(value))
    if isinstance(value, str):
        return value.encode()
    return value


def expected_ids(rows: pd.DataFrame, query: GridQuery) -> list[int]:
    kept = [
        row
        for row in rows.to_dict("records")
        if all(_matches(row, item) for item in query.filters)
        and all(_searched(row, term) for term in query.q.lower().split())
    ]
    kept.sort(key=lambda row: row["id"])
    for sort in reversed(query.sort or (Sort("asset_id"),)):
        keyed = [(row, _order(row, sort.column)) for row in kept]
        known = sorted(
            (pair for pair in keyed if pair[1] is not None), key=lambda pair: pair[1], reverse=sort.descending
        )
        kept = [row for row, _key in known] + [row for row, key in keyed if key is None]
    return [row["id"] for row in kept]


@st.composite
def questions(draw: st.DrawFn) -> GridQuery:
    found = []
    for key in draw(st.lists(st.sampled_from([key for key in COLUMNS if key != "site"]), max_size=3, unique=True)):
        column = COLUMNS[key]
        op = draw(st.sampled_from(column.ops))
        if op is Op.RANGE:
            spans = {"uptime": (0, 250), "last_seen": (0, 90), "hashrate_share": (0, 110), "reject_ratio": (0, 5), "power_w": (2000, 3500),
                     "fan_min_rpm": (0, 6000), "temp_max_c": (50, 95), "hashrate_ths": (0, 120), "efficiency_j_per_th": (15, 40)}  # fmt: skip
            least, most = spans.get(key, (0, 1))
            # A bound between two values that floats can hold: equality in real is tried by its own test.
            low, high = sorted(draw(st.tuples(st.integers(least, most), st.integers(least, most))))
            found.append(Filter(key, op, low=low + 0.013, high=high + 1.017))
        elif op is Op.ANY_OF:
            known = {
                "model": ["no such model"], "client": ["unassigned", "nobody"], "pool": ["stratum+tcp://a.example:3333", "x"],
                "firmware": ["LuxOS 2025.1", "Antminer 2024"],
            }  # fmt: skip
            found.append(
                Filter(
                    key,
                    op,
                    values=tuple(
                        draw(
                            st.lists(st.sampled_from(column.values or known[key]), min_size=1, max_size=3, unique=True)
                        )
                    ),
                )
            )
        elif op is Op.WITHIN:
            found.append(
                Filter(
                    key, op, text=draw(st.sampled_from(["127.16.250.0/28", "127.16.250.9/32", "10.0.0.0/8", "::/0"]))
                )
            )
        elif op in (Op.CONTAINS, Op.EQUALS):
            found.append(
                Filter(key, op, text=draw(st.sampled_from(["a", "C01-R01", "02:0a", "%", "_", "acct.3", "sn", "\\"])))
            )
        else:
            found.append(Filter(key, op))
    sorts = draw(st.lists(st.sampled_from(list(COLUMNS)), max_size=2, unique=True))
    return GridQuery(
        q=draw(st.sampled_from(["", "", "", "sn", "127.16.250.1", "client b", "02:0a:", "100%"])),
        filters=tuple(found),
        sort=tuple(Sort(key, draw(st.booleans())) for key in sorts),
    )


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=questions())
def test_any_question_has_pandas_answer_on_every_page(farm: tuple[Place, pd.DataFrame], query: GridQuery) -> None:
    place, rows = farm
    scope = miners.Scope(NOW, site=place.code, usd_per_th_hour=PRICE)
    wanted = expected_ids(rows, query)
    with transaction() as session:
        counted = miners.totals(session, query, scope).iloc[0]
        pages = max(1, -(-int(counted["machines"]) // PAGE_SIZE))
        found: list[int] = []
        for number in range(1, pages + 1):
            asked = GridQuery(query.q, query.filters, query.sort, number)
            found += miners.page(session, asked, scope, int(counted["machines"]))["miner_id"].tolist()
        exported = [key for chunk in miners.everything(session, query, scope) for key in chunk["miner_id"]]
    assert counted["machines"] == len(wanted)
    assert found == wanted
    assert exported == wanted
    kept = rows[rows["id"].isin(wanted)]
    if kept["hashrate_ths"].notna().any():
        assert counted["hashrate_ths"] == pytest.approx(kept["hashrate_ths"].dropna().astype(float).sum(), rel=1e-6)
    else:
        assert counted["hashrate_ths"] is None or np.isnan(counted["hashrate_ths"])


def test_the_rows_of_a_page_say_what_the_tables_hold(farm: tuple[Place, pd.DataFrame]) -> None:
    place, rows = farm
    scope = miners.Scope(NOW, site=place.code, usd_per_th_hour=PRICE)
    with transaction() as session:
        found = pd.concat(list(miners.everything(session, GridQuery(), scope)))
    joined = found.merge(rows, left_on="miner_id", right_on="id", suffixes=("", "_wanted"))
    assert len(joined) == MACHINES + 2
    for name in (
        "hashrate_ths",
        "hashrate_share",
        "power_w",
        "temp_max_c",
        "earning_usd_per_h",
        "break_even_usd_per_kwh",
        "uptime",
    ):
        np.testing.assert_allclose(
            joined[name].astype(float), pd.to_numeric(joined[name + "_wanted"]).astype(float), rtol=1e-5, err_msg=name
        )
    assert [STATES[state - 1] for state in joined["state"]] == joined["state_wanted"].tolist()


def test_without_a_price_earning_is_absent_and_still_sorts(farm: tuple[Place, pd.DataFrame]) -> None:
    place, _rows = farm
    with transaction() as session:
        found = miners.page(session, parse("sort=-earning_usd_per_h"), miners.Scope(NOW, site=place.code), MACHINES + 2)
    assert found["earning_usd_per_h"].isna().all()
    assert found["miner_id"].is_monotonic_increasing


def test_a_value_given_as_it_is_shown_is_found(farm: tuple[Place, pd.DataFrame]) -> None:
    place, rows = farm
    with transaction() as session:
        found = miners.totals(session, parse("hashrate_ths=100.25..100.25"), miners.Scope(NOW, site=place.code))
    assert found["machines"].iloc[0] == (rows["hashrate_ths"] == 100.25).sum() > 0


def test_a_client_finds_his_own_even_when_the_question_names_anothers(farm: tuple[Place, pd.DataFrame]) -> None:
    place, rows = farm
    own = rows.loc[rows["client"] == f"{place.code}-a", "id"].tolist()
    query = parse(f"client={place.code}-b&client={place.code}-a&client=unassigned")
    for scope_id, row_security in (
        (place.client_id, None),
        (None, place.client_id),
        (place.client_id, place.client_id),
    ):
        scope = miners.Scope(NOW, client_id=scope_id, site=place.code)
        with transaction(row_security) as session:
            found = [key for chunk in miners.everything(session, query, scope) for key in chunk["miner_id"]]
            assert set(miners.values(session, "client", scope)["value"]) == {f"{place.code}-a"}
        assert sorted(found) == sorted(own)


def test_the_grid_follows_every_change_in_its_transaction(app_settings: Settings) -> None:
    place = make_place()
    miner_id = make_miner(place, state="online", hashrate_ths=100.0, pool_url="stratum+tcp://first:1")
    scope = miners.Scope(NOW, site=place.code)

    def row() -> dict[str, Any]:
        with transaction() as session:
            return miners.page(session, GridQuery(), scope, 1).iloc[0].to_dict()

    assert row()["hashrate_ths"] == 100.0
    with transaction() as session:
        session.execute(
            text(
                "UPDATE miner_state SET hashrate_ths = 50, pool_url = 'stratum+tcp://never heard:2' WHERE miner_id = :id"
            ),
            {"id": miner_id},
        )
        assert miners.page(session, parse("sort=pool"), scope, 1).iloc[0]["hashrate_ths"] == 50.0
        assert miners.totals(session, parse("pool=stratum%2Btcp://never+heard:2"), scope)["machines"].iloc[0] == 1
    with transaction() as session:
        session.execute(
            text("UPDATE miner SET client_id = :client WHERE id = :id"), {"client": place.client_id, "id": miner_id}
        )
    assert row()["client"] == f"{place.code}-a"
    with transaction() as session:
        session.execute(text("UPDATE miner_state SET state = 'offline' WHERE miner_id = :id"), {"id": miner_id})
    assert pd.isna(row()["hashrate_ths"])
    assert row()["last_hashrate_ths"] == 50.0
    with transaction() as session:
        session.execute(text("UPDATE miner SET lifecycle = 'repair' WHERE id = :id"), {"id": miner_id})
    assert STATES[row()["state"] - 1] == "repair"
    with transaction() as session:
        session.execute(text("DELETE FROM miner WHERE id = :id"), {"id": miner_id})
        assert miners.totals(session, GridQuery(), scope)["machines"].iloc[0] == 0


def test_a_mac_is_found_however_it_is_written(app_settings: Settings) -> None:
    place = make_place()
    miner_id = make_miner(place)
    set_state(place, miner_id, mac="02:00:00:01:AD:12")
    scope = miners.Scope(NOW, site=place.code)
    for written in ("02:00:00:01:ad:12", "0200.0001.AD12", "02-00-00-01-AD-12", "02000001AD12", "01:ad"):
        with transaction() as session:
            assert miners.totals(session, GridQuery(q=written), scope)["machines"].iloc[0] == 1, written


def test_a_host_that_is_no_address_breaks_nothing(app_settings: Settings) -> None:
    place = make_place()
    miner_id = make_miner(place)
    with transaction() as session:
        session.execute(text("UPDATE miner SET host = 'miner-7.lan' WHERE id = :id"), {"id": miner_id})
        found = miners.page(session, parse("q=miner-7.lan&sort=ip"), miners.Scope(NOW, site=place.code), 1)
    assert found["host"].tolist() == ["miner-7.lan"]


def test_all_kinds_of_columns_have_a_sort_and_a_condition() -> None:
    assert set(miners._VALUES) == set(COLUMNS)
    assert set(miners._SETS) == {key for key, column in COLUMNS.items() if column.kind is Kind.ENUM}
