"""Forecasts as they are kept: whole or not at all, never older than the newest close for long, scored on request."""

from __future__ import annotations

import datetime as dt
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from core.access import Actor, Denied, Role
from core.forecasting import MODELS, Verdict, forecast_price
from db.session import transaction
from services import forecasts, jobs
from services.forecasts import HORIZONS_DAYS, Missing, PriceForecast
from settings import Settings
from tests.farm import Place, make_place
from tests.market_rows import DAY, SOURCE, empty_market, midnight, store_closes, walk

pytestmark = pytest.mark.usefixtures("market")

NOW = dt.datetime.now(dt.UTC)
TODAY = midnight(NOW)


@pytest.fixture
def market(app_settings: Settings) -> Iterator[None]:
    empty_market()
    yield
    empty_market()


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs.queue, "send", lambda *_args, **_options: None)


@pytest.fixture
def place(sent: None, app_settings: Settings) -> Place:
    return make_place()


@pytest.fixture
def olga(place: Place) -> Actor:
    return place.actor(Role.USER)


def stored() -> dict[tuple[str, int], tuple[dt.datetime, dt.datetime]]:
    with transaction() as session:
        rows = session.execute(text("SELECT model, horizon_days, fitted_at, last_at FROM price_forecast"))
        return {(row.model, row.horizon_days): (row.fitted_at, row.last_at) for row in rows}


def test_a_refit_stores_every_model_at_every_horizon_its_history_bears(olga: Actor) -> None:
    closes = walk(800)
    store_closes(closes, TODAY)
    done = forecasts.refit(NOW)
    there = stored()
    assert done == len(there)
    # 20 + 100 bars and the horizon; trees want twice the horizon with its errors, and 60 bars for their widest window.
    bears = {"random_walk": 120 + 365, "arima": 120 + 365, "xgboost": 60 + 2 * 465}
    assert set(there) == {(name, days) for name in MODELS for days in (7, 30, 90)} | {
        (name, 365) for name, needed in bears.items() if needed <= 800
    }
    found = forecasts.price(olga, "arima", 30, NOW)
    assert isinstance(found, PriceForecast)
    assert (found.source, found.symbol, found.bars, found.last_at) == (SOURCE, "BTC-USD", 800, TODAY)
    assert found.last_price_usd == pytest.approx(closes[-1])
    assert found.path.index[0] == TODAY + DAY
    assert found.path.index[-1] == TODAY + 30 * DAY
    direct = forecast_price(forecasts.closes(NOW).prices, 30, "arima")
    assert found.path.to_numpy() == pytest.approx(direct.to_numpy())


def test_a_second_refit_has_nothing_to_do_until_a_day_has_closed() -> None:
    store_closes(walk(300), TODAY - DAY)
    assert forecasts.refit(NOW) > 0
    assert forecasts.refit(NOW) == 0
    store_closes([61_000.0], TODAY)
    assert forecasts.refit(NOW) == len(stored())
    assert {last_at for _fitted_at, last_at in stored().values()} == {TODAY}


def test_the_bar_of_the_day_that_runs_is_not_taken_for_a_close() -> None:
    store_closes(walk(300), TODAY + DAY)
    assert forecasts.closes(NOW).prices.index[-1] == TODAY


def test_what_stands_before_a_hole_is_left_out_and_nothing_is_filled(olga: Actor) -> None:
    store_closes(walk(500), TODAY - 101 * DAY)
    store_closes(walk(100, seed=2), TODAY)
    assert len(forecasts.closes(NOW).prices) == 100
    found = forecasts.price(olga, "random_walk", 30, NOW)
    assert found == Missing("too_short", 100, 150, TODAY - 99 * DAY)
    assert forecasts.refit(NOW) == 0


def test_a_longer_history_that_has_ended_gives_way_to_one_that_goes_on() -> None:
    store_closes(walk(2_000), TODAY - 40 * DAY, source="file:old")
    store_closes(walk(400), TODAY)
    assert forecasts.closes(NOW).source == SOURCE


def test_a_refit_that_is_killed_in_the_middle_leaves_every_forecast_whole(app_settings: Settings) -> None:
    store_closes(walk(300), TODAY - DAY)
    forecasts.refit(NOW)
    before = stored()
    store_closes([61_000.0], TODAY)
    # It stops after its third fit, within the transaction that would store it, and is killed there.
    code = textwrap.dedent("""
        import datetime as dt, time
        from db.queries import forecasts as query
        from services import forecasts
        store, done = query.store_forecast, []
        def slow(session, values):
            store(session, values)
            done.append(values["model"])
            if len(done) == 3:
                print("storing", flush=True)
                time.sleep(120)
        query.store_forecast = slow
        forecasts.refit(dt.datetime.now(dt.UTC))
    """)
    working = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=app_settings.root, text=True)
    assert working.stdout is not None
    assert working.stdout.readline() == "storing\n"
    working.send_signal(signal.SIGKILL)
    working.wait()
    working.stdout.close()
    after = stored()
    assert set(after) == set(before)
    moved = sorted(key for key in after if after[key] != before[key])  # a table has no order of its own
    assert moved == [("arima", 7), ("random_walk", 7)]
    assert forecasts.refit(NOW) == len(before) - 2  # the next turn does the rest


def test_a_feed_that_stands_still_leaves_the_forecast_before_it_and_makes_none(olga: Actor) -> None:
    store_closes(walk(300), TODAY - DAY)
    forecasts.refit(NOW)
    before = stored()
    with transaction() as session:
        session.execute(text("UPDATE market_candle SET close = 60000"))
    store_closes([60_000.0], TODAY)
    assert forecasts.refit(NOW) == 0
    assert stored() == before
    with transaction() as session:
        session.execute(text("DELETE FROM price_forecast"))
    for model in MODELS:
        assert forecasts.price(olga, model, 7, NOW) == Missing("stands_still", 301, MODELS[model].needed(7))
    assert forecasts.evaluate_due(NOW) is None


def test_without_a_stored_one_no_change_is_told_at_once_and_others_say_so(olga: Actor) -> None:
    assert forecasts.price(olga, "random_walk", 30, NOW) == Missing("no_history", needed=150)
    store_closes(walk(300), TODAY)
    at_once = forecasts.price(olga, "random_walk", 30, NOW)
    assert isinstance(at_once, PriceForecast)
    assert at_once.path["mean"].to_numpy() == pytest.approx([at_once.last_price_usd] * 30)
    assert forecasts.price(olga, "arima", 30, NOW) == Missing("not_fitted")
    assert stored() == {}


def test_a_job_fits_what_is_missing(olga: Actor) -> None:
    store_closes(walk(300), TODAY)
    job = jobs.start(olga, "forecast_fit", {"model": "arima", "horizon_days": 30})
    open_now = jobs.newest_open(olga, ["forecast_fit"])
    assert open_now is not None
    assert open_now.id == job
    assert jobs.run(job) == "done"
    assert jobs.newest_open(olga, ["forecast_fit"]) is None
    assert set(stored()) == {("arima", 30)}
    with pytest.raises(jobs.NoSuchJob):
        jobs.content(olga, job)  # it makes no file


def test_an_evaluation_is_a_job_with_progress_whose_scores_are_kept(
    olga: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    store_closes(walk(500), TODAY)
    told: list[float] = []
    work = jobs.KINDS["forecast_evaluation"]

    def watched(actor, params, progress):  # type: ignore[no-untyped-def]
        return work.work(actor, params, lambda share: (told.append(share), progress(share)))

    monkeypatch.setitem(jobs.KINDS, "forecast_evaluation", jobs.Kind(work.permission, work.action, watched))
    assert forecasts.scores(olga, 7) is None
    job = jobs.start(olga, "forecast_evaluation", {"horizon_days": 7, "origins": 30})
    assert jobs.run(job) == "done"
    assert jobs.status(olga, job).progress == 1.0
    assert told == pytest.approx([0.0, *(number / 30 for number in range(1, 31))])
    found = forecasts.scores(olga, 7)
    assert found is not None
    assert (found.origins, found.horizon_days, found.nightly) == (30, 7, False)
    assert found.verdict is Verdict.NO_MODEL  # nothing can be known of a random walk
    assert set(found.models) == set(MODELS)
    assert found.models["random_walk"].skill == 0
    assert list(found.models["arima"].steps.index) == list(range(1, 8))
    assert 0.5 < found.models["random_walk"].coverage80 < found.models["random_walk"].coverage95 <= 1


def test_an_evaluation_that_is_cancelled_stops_between_two_origins_and_keeps_the_one_before(
    olga: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    store_closes(walk(500), TODAY)
    forecasts._evaluate(7, 30, None, lambda _step: None)
    before = forecasts.scores(olga, 7)
    work = jobs.KINDS["forecast_evaluation"]
    told: list[float] = []

    def impatient(actor, params, progress):  # type: ignore[no-untyped-def]
        def tell(share: float) -> None:
            told.append(share)
            if len(told) == 4:
                jobs.cancel(olga, job)
            progress(share)

        return work.work(actor, params, tell)

    monkeypatch.setitem(jobs.KINDS, "forecast_evaluation", jobs.Kind(work.permission, work.action, impatient))
    job = jobs.start(olga, "forecast_evaluation", {"horizon_days": 7, "origins": 60})
    assert jobs.run(job) == "cancelled"
    assert len(told) == 4
    after = forecasts.scores(olga, 7)
    assert before is not None
    assert after is not None
    assert after.evaluated_at == before.evaluated_at


@pytest.mark.parametrize("params", [{"horizon_days": 8, "origins": 30}, {"horizon_days": 7, "origins": 10**9}])
def test_an_evaluation_of_what_is_not_offered_fails(olga: Actor, params: dict[str, int]) -> None:
    store_closes(walk(500), TODAY)
    job = jobs.start(olga, "forecast_evaluation", params)
    assert jobs.run(job) == "failed"
    assert forecasts.scores(olga, 7) is None


def test_at_night_the_usual_horizon_is_evaluated_first_and_then_the_one_that_waits_longest(olga: Actor) -> None:
    assert forecasts.evaluate_due(NOW) is None
    store_closes(walk(400), TODAY)
    assert forecasts.evaluate_due(NOW) == 30
    assert forecasts.evaluate_due(NOW) == 7
    assert forecasts.evaluate_due(NOW) is None  # 90 days need more closes: 60 + 2 (90 + 100) and the outcome
    found = forecasts.scores(olga, 30)
    assert found is not None
    assert found.nightly
    assert (
        found.origins == 51
    )  # from the 320th close, the first that trees can do with, to the 370th, the last with an outcome
    assert isinstance(forecasts.evaluable(olga, 90, NOW), Missing)
    assert forecasts.evaluable(olga, 30, NOW) is None


@pytest.mark.parametrize("role", [Role.CLIENT, Role.GUEST])
def test_forecasts_are_for_staff(place: Place, role: Role) -> None:
    actor = place.actor(role)
    for ask in (
        lambda: forecasts.price(actor, "arima", 30, NOW),
        lambda: forecasts.past(actor, SOURCE, NOW, NOW),
        lambda: forecasts.scores(actor, 30),
        lambda: forecasts.evaluable(actor, 30, NOW),
        lambda: jobs.start(actor, "forecast_fit", {"model": "arima", "horizon_days": 30}),
        lambda: jobs.start(actor, "forecast_evaluation", {"horizon_days": 7, "origins": 30}),
    ):
        with pytest.raises(Denied):
            ask()


def test_a_horizon_or_a_model_that_is_not_offered_is_refused(olga: Actor) -> None:
    assert 8 not in HORIZONS_DAYS
    with pytest.raises(ValueError, match="8 days"):
        forecasts.price(olga, "arima", 8, NOW)
    with pytest.raises(ValueError, match="oracle"):
        forecasts.price(olga, "oracle", 7, NOW)
