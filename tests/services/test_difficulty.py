"""The epoch that runs, read off what sources told, and the hashprice that price and difficulty make together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import numpy as np
import pytest

from core.access import Actor, Denied, Role
from core.forecasting import next_retarget
from services import difficulty
from services.difficulty import Epoch, HashpriceForecast
from services.forecasts import Missing
from settings import Settings
from tests.farm import make_place
from tests.market_rows import DAY, empty_market, midnight, store_closes, store_points, walk

pytestmark = pytest.mark.usefixtures("market")

NOW = dt.datetime.now(dt.UTC)
SEEN = NOW - dt.timedelta(minutes=5)
FIRST = 2016 * 460  # of the epoch, 927,360
HEIGHT = FIRST + 504
STARTED = SEEN - dt.timedelta(seconds=504 * 600)
DIFFICULTY = 1.5e14


@pytest.fixture
def market(app_settings: Settings) -> Iterator[None]:
    empty_market()
    yield
    empty_market()


@pytest.fixture
def olga(app_settings: Settings) -> Actor:
    return make_place().actor(Role.USER)


def tell_network(height: int = HEIGHT, at: dt.datetime = SEEN, **more: float) -> None:
    store_points(at, {"height": height, "difficulty": DIFFICULTY, "fees_btc_per_block": 0.03, **more})


def tell_epochs(count: int = 60, newest: dt.datetime = STARTED, growth: float = 1.01) -> None:
    for back in range(count):
        at = newest - back * dt.timedelta(days=14)
        store_points(at, {"epoch_difficulty": DIFFICULTY / growth**back})


def running(actor: Actor) -> Epoch:
    found = difficulty.epoch(actor, NOW)
    assert isinstance(found, Epoch)
    return found


def test_an_epoch_is_reckoned_from_its_first_block_to_the_newest_one_seen(olga: Actor) -> None:
    tell_network()
    tell_epochs()
    found = running(olga)
    assert (found.height, found.blocks, found.blocks_to_go) == (HEIGHT, 504, 1512)
    assert found.started_at == STARTED
    assert found.source == "mempool_space"
    expected = next_retarget(504, 504 * 600.0, DIFFICULTY)
    assert found.retarget.change == pytest.approx(expected.change)
    # Blocks came on time: what is to be expected of the rest is near nothing, and 1512 blocks are 10.5 days.
    assert abs(found.retarget.change) < 0.02
    assert found.retarget.remaining_s / 86_400 == pytest.approx(10.5, abs=0.3)
    assert len(found.past) == 60
    assert found.past.iloc[-1] == pytest.approx(DIFFICULTY)


def test_a_height_that_is_old_makes_no_slow_network(olga: Actor) -> None:
    tell_network()
    tell_epochs()
    late = difficulty.epoch(olga, NOW + dt.timedelta(hours=6))
    assert isinstance(late, Epoch)
    assert late.stale
    assert late.retarget.change == pytest.approx(running(olga).retarget.change)


def test_the_estimate_of_a_source_stands_beside_ours_while_it_is_of_this_retarget(olga: Actor) -> None:
    tell_network(retarget_change=0.0123, retarget_at_s=NOW.timestamp() + 9e5, retarget_height=FIRST + 2016)
    tell_epochs()
    found = running(olga)
    assert found.told_change is not None
    assert (float(found.told_change.value), found.told_change.source) == (0.0123, "mempool_space")


def test_the_estimate_of_the_retarget_before_is_not_shown(olga: Actor) -> None:
    tell_network(retarget_change=0.0123, retarget_at_s=NOW.timestamp(), retarget_height=FIRST)
    tell_epochs()
    assert running(olga).told_change is None
    assert running(olga).told_at is None


def test_after_a_retarget_that_no_source_has_told_the_start_is_read_off_the_heights(olga: Actor) -> None:
    tell_epochs(newest=STARTED - dt.timedelta(days=14))
    store_points(STARTED - dt.timedelta(minutes=10), {"height": FIRST - 2})
    store_points(STARTED + dt.timedelta(minutes=5), {"height": FIRST + 1})
    tell_network()
    found = running(olga)
    assert found.started_at == STARTED  # two of three blocks, ten of fifteen minutes behind the height before
    assert len(found.past) == 61
    assert found.past.iloc[-1] == DIFFICULTY


@pytest.mark.parametrize(
    "told, reason", [([], "no_network"), (["network"], "no_epoch"), (["network", "old"], "no_epoch")]
)
def test_what_is_not_known_is_said(olga: Actor, told: list[str], reason: str) -> None:
    if "network" in told:
        tell_network()
    if "old" in told:
        tell_epochs(newest=STARTED - dt.timedelta(days=14))
    assert difficulty.epoch(olga, NOW) == Missing(reason)


def test_a_difficulty_of_the_epoch_before_is_not_taken_for_this_ones(olga: Actor) -> None:
    store_points(STARTED - DAY, {"difficulty": 1.4e14})
    store_points(SEEN, {"height": HEIGHT})
    tell_epochs()
    assert difficulty.epoch(olga, NOW) == Missing("old_difficulty", since=STARTED - DAY)


def test_epochs_ahead_go_on_from_the_next_retarget(olga: Actor) -> None:
    tell_network()
    tell_epochs()
    found = running(olga)
    path = difficulty.ahead(olga, found, 90)
    assert len(path) == 7  # 90 days hold 6.4 epochs
    assert path["mean"].iloc[0] == pytest.approx(DIFFICULTY * (1 + found.retarget.change))
    assert (path["at"].iloc[0] - SEEN).total_seconds() == pytest.approx(found.retarget.remaining_s, abs=1)
    # Half of 1 % a fortnight as seen and half of the usual 1 %: ln 1.01 and 0.01 are the same to 5e-5.
    assert path["mean"].iloc[6] / path["mean"].iloc[0] == pytest.approx(np.exp(6 * (np.log(1.01) + 0.01) / 2))
    assert (np.diff(path["high95"] / path["low95"]) > 0).all()
    assert len(difficulty.ahead(olga, found, 7)) == 1


def test_hashprice_is_price_over_difficulty_and_halves_at_a_halving(olga: Actor) -> None:
    closes = walk(300)
    store_closes(closes, midnight(NOW))
    first = 2016 * 520  # 1,048,320: 1,680 blocks before the halving at 1,050,000
    store_points(SEEN, {"height": first, "difficulty": DIFFICULTY, "fees_btc_per_block": 0.03})
    tell_epochs(newest=SEEN)
    found = difficulty.hashprice(olga, "random_walk", 30, NOW)
    assert isinstance(found, HashpriceForecast)
    assert found.fees_btc_per_block == pytest.approx(0.03)
    # 86400e15 / (D 2^32) * reward * price, with 3.125 and 0.03 BTC a block.
    today = 86_400e15 / (DIFFICULTY * 2**32) * 3.155 * closes[-1]
    assert found.path["mean"].iloc[0] == pytest.approx(today)
    ratio = found.path["mean"].iloc[-1] / found.path["mean"].iloc[0]
    reward_and_difficulty = (1.5625 + 0.03) / 3.155 * DIFFICULTY
    hard = difficulty.ahead(olga, running(olga), 30)["mean"]
    assert ratio == pytest.approx(reward_and_difficulty / hard[2], rel=0.02)
    (halving,) = found.halvings
    assert 10 < (halving - NOW).total_seconds() / 86_400 < 12.5  # 1,680 blocks are 11.7 days at ten minutes
    assert found.past.iloc[-1] == pytest.approx(86_400e15 / (DIFFICULTY * 2**32) * 3.125 * closes[-1], rel=0.02)
    assert len(found.past) == 60


def test_without_a_halving_in_sight_none_is_shown(olga: Actor) -> None:
    store_closes(walk(300), midnight(NOW))
    tell_network()
    tell_epochs()
    found = difficulty.hashprice(olga, "random_walk", 30, NOW)
    assert isinstance(found, HashpriceForecast)
    assert found.halvings == ()


def test_without_fees_the_path_is_of_the_subsidy_and_says_so(olga: Actor) -> None:
    closes = walk(300)
    store_closes(closes, midnight(NOW))
    store_points(SEEN, {"height": HEIGHT, "difficulty": DIFFICULTY})
    tell_epochs()
    found = difficulty.hashprice(olga, "random_walk", 30, NOW)
    assert isinstance(found, HashpriceForecast)
    assert found.fees_btc_per_block is None
    assert found.path["mean"].iloc[0] == pytest.approx(86_400e15 / (DIFFICULTY * 2**32) * 3.125 * closes[-1])


def test_hashprice_says_which_half_is_missing(olga: Actor) -> None:
    assert difficulty.hashprice(olga, "arima", 30, NOW) == Missing("no_history", needed=150)
    store_closes(walk(300), midnight(NOW))
    assert difficulty.hashprice(olga, "arima", 30, NOW) == Missing("not_fitted")
    assert difficulty.hashprice(olga, "random_walk", 30, NOW) == Missing("no_network")


@pytest.mark.parametrize("role", [Role.CLIENT, Role.GUEST])
def test_the_difficulty_page_is_for_staff(olga: Actor, role: Role) -> None:
    tell_network()
    tell_epochs()
    found = running(olga)
    actor = make_place().actor(role)
    for ask in (
        lambda: difficulty.epoch(actor, NOW),
        lambda: difficulty.ahead(actor, found, 30),
        lambda: difficulty.hashprice(actor, "random_walk", 30, NOW),
    ):
        with pytest.raises(Denied):
            ask()
