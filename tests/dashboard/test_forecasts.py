"""The forecasts page as each role gets it: whole in both languages, honest about what is not known, for staff alone."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
from dash import Patch
from plotly.utils import PlotlyJSONEncoder
from sqlalchemy import text

from core.access import Denied, Role
from core.forecasting import MODELS
from core.reporting import read_figure
from core.reporting.table import array
from dashboard import i18n
from dashboard.components import figures
from dashboard.components.forecast_parts import job_panel, signed
from dashboard.components.forecast_words import Asked, read, search_of
from dashboard.views import forecasts as views
from db.session import transaction
from services import forecasts, jobs
from services.forecasts import HORIZONS_DAYS
from tests.farm import Place, make_place
from tests.market_rows import DAY, empty_market, midnight, store_closes, store_points, walk
from tests.security.conftest import SignIn, app, body_of, cookie, people, show, sign_in

__all__ = ["app", "people", "sign_in"]  # fixtures

NOW = dt.datetime.now(dt.UTC)
SEEN = NOW - dt.timedelta(minutes=5)
FIRST = 2016 * 460
FIT = "forecast-job.data"


@pytest.fixture(autouse=True)
def market(app: Any) -> Iterator[None]:
    empty_market()
    yield
    empty_market()


@pytest.fixture(params=["en", "zh"])
def language(request: pytest.FixtureRequest) -> Iterator[str]:
    with i18n.using(request.param):
        yield request.param


@pytest.fixture
def place(app: Any) -> Place:
    return make_place("America/Chicago")


@pytest.fixture
def known() -> None:
    """A market of 800 days, 60 epochs and the block that is 1,512 before a retarget."""
    store_closes(walk(800), midnight(NOW))
    started = SEEN - dt.timedelta(seconds=504 * 600)
    store_points(SEEN, {"height": FIRST + 504, "difficulty": 1.5e14, "fees_btc_per_block": 0.03, "btc_usd": 70_000})
    store_points(
        SEEN, {"retarget_change": 0.0123, "retarget_height": FIRST + 2016, "retarget_at_s": NOW.timestamp() + 9e5}
    )
    for back in range(60):
        store_points(started - back * 14 * DAY, {"epoch_difficulty": 1.5e14 / 1.01**back})


def said(*parts: Any) -> str:
    return json.dumps(list(parts), cls=PlotlyJSONEncoder, ensure_ascii=False)


def traces(figure: Any) -> dict[str, Any]:
    return {trace["name"]: trace for trace in figure["data"]}


@pytest.mark.parametrize(
    "search, asked",
    [
        ("", Asked()),
        (None, Asked()),
        ("?series=hashprice&model=arima&horizon=365", Asked("hashprice", "arima", 365)),
        ("?series=oracle&model=x&horizon=12", Asked()),
        ("?horizon=1e9&model=%00", Asked()),
    ],
)
def test_an_address_is_read_and_what_it_says_of_nothing_is_the_usual(search: Any, asked: Asked) -> None:
    assert read(search) == asked
    assert read(search_of(asked)) == asked


def test_a_price_is_drawn_with_a_solid_past_a_dashed_centre_and_two_named_bands(
    place: Place, known: None, language: str
) -> None:
    found = views.answer(place.actor(Role.USER), Asked(horizon_days=7), None, NOW)
    go.Figure({"data": found.figure["data"], "layout": found.figure["layout"]})
    past, expected = ("Close of the day", "Expected") if language == "en" else ("日收盘价", "预期")
    drawn = traces(found.figure)
    assert drawn[past]["line"]["dash"] == "solid"
    assert drawn[expected]["line"]["dash"] == "dash"
    bands = ["95 % range", "80 % range"] if language == "en" else ["95 % 区间", "80 % 区间"]
    written = [note["text"] for note in found.figure["layout"]["annotations"]]
    assert [word for word in bands if word in written] == bands
    assert sum("fill" in trace for trace in found.figure["data"]) == 2
    assert len(array(drawn[expected]["y"])) == 8  # seven days from the last close on
    assert "Coinbase BTC-USD" in found.told
    assert f"{midnight(NOW).day}" in found.told
    assert len(found.facts) == 4
    assert "$70,000" in said(found.facts)
    assert "nan" not in said(found.facts, found.told).lower()


def test_a_forecast_leaves_as_a_table_with_its_ranges(place: Place, known: None) -> None:
    found = views.answer(place.actor(Role.USER), Asked(horizon_days=7), None, NOW)
    table = read_figure(found.figure)
    names = {column.name for column in table.columns}
    assert {"80 % range, low", "80 % range, high", "95 % range, low", "95 % range, high", "Expected"} < names
    assert {column.unit for column in table.columns} == {"USD"}


def test_the_bands_lie_around_the_centre_and_the_outer_one_around_the_inner(place: Place, known: None) -> None:
    for series in ("price", "difficulty", "hashprice"):
        drawn = traces(views.answer(place.actor(Role.USER), Asked(series, horizon_days=90), None, NOW).figure)
        values = [
            array(drawn[name]["y"]).astype(float)
            for name in ("95 % range, low", "80 % range, low", "Expected", "80 % range, high", "95 % range, high")
        ]
        assert (np.diff(values, axis=0)[:, -1] > 0).all(), series
        assert (np.diff(values, axis=0) >= 0).all(), series


def test_the_difficulty_tells_the_retarget_at_the_sites_time_beside_the_estimate_of_a_source(
    place: Place, known: None, language: str
) -> None:
    actor = place.actor(Role.USER)
    found = views.answer(actor, Asked("difficulty", horizon_days=90), place.code, NOW)
    shown = said(found.facts)
    assert "1,512" in shown
    assert "+1.23" in shown
    assert "mempool.space" in shown
    assert "America/Chicago" in found.figure["layout"]["xaxis"]["title"]["text"]
    assert ("CST" in shown) or ("CDT" in shown)
    assert said(found.table).count('"Tr"') == 8  # the heading and seven retargets
    assert views.verdict(actor, Asked("difficulty")) is None


def test_the_hashprice_marks_the_halving_and_says_what_it_counts(place: Place, language: str) -> None:
    store_closes(walk(800), midnight(NOW))
    store_points(SEEN, {"height": 2016 * 520, "difficulty": 1.5e14, "fees_btc_per_block": 0.03})
    store_points(SEEN, {"epoch_difficulty": 1.5e14})
    found = views.answer(place.actor(Role.USER), Asked("hashprice", horizon_days=30), None, NOW)
    words = [note["text"] for note in found.figure["layout"]["annotations"]]
    assert {"en": "halving", "zh": "减半"}[language] in words
    assert len(found.figure["layout"]["shapes"]) == 2
    assert "0.03000000 BTC" in found.told


@pytest.mark.parametrize("series", ["price", "difficulty", "hashprice"])
def test_with_nothing_known_each_series_says_why(place: Place, series: str, language: str) -> None:
    actor = place.actor(Role.USER)
    found = views.answer(actor, Asked(series), None, NOW)
    assert found.figure["data"] == []
    (note,) = found.figure["layout"]["annotations"]
    reasons = {
        "en": {"difficulty": "No source has told height and difficulty yet."},
        "zh": {"difficulty": "尚无数据源给出区块高度和难度。"},
    }
    closes = {"en": "No daily closes are known yet.", "zh": "尚无日收盘价。"}
    assert reasons[language].get(series, closes[language]) in note["text"].replace(
        "<br>", {"en": " ", "zh": ""}[language]
    )
    assert views.scores(actor, Asked(series)) is None
    assert views.why_not_evaluable(actor, Asked(), NOW) != ""
    assert not views.to_be_fitted(actor, Asked(model="arima"), NOW)


def test_every_model_stands_beside_its_record_and_the_page_says_that_none_is_better(
    place: Place, known: None, language: str
) -> None:
    actor, asked = place.actor(Role.USER), Asked(model="arima", horizon_days=7)
    before = said(views.controls(actor, asked), views.verdict(actor, asked))
    assert {"en": "not measured yet", "zh": "尚未评估"}[language] in before
    forecasts._evaluate(7, 30, None, lambda _step: None)
    measured = forecasts.scores(actor, 7)
    assert measured is not None
    shown = said(views.controls(actor, asked))
    for model in MODELS.values():
        assert i18n._(model.title) in shown
    assert signed(measured.models["arima"].skill) in shown
    assert f"{measured.models['xgboost'].coverage80 * 100:.0f} %" in shown
    verdict = said(views.verdict(actor, asked))
    assert {"en": "No model beats “no change”.", "zh": "没有任何模型优于“保持不变”。"}[language] in verdict
    found = views.scores(actor, asked)
    assert found is not None
    table, skill, coverage = found
    assert said(table).count('"Tr"') == 1 + len(MODELS)
    assert len(skill["data"]) == len(MODELS) - 1
    assert [shape["y0"] for shape in coverage["layout"]["shapes"]] == [80.0, 95.0]
    for figure in (skill, coverage):
        go.Figure({"data": figure["data"], "layout": figure["layout"]})
        assert read_figure(figure).x_kind == "number"


def test_newer_data_moves_the_lines_and_another_horizon_draws_them_anew(place: Place, known: None) -> None:
    actor = place.actor(Role.USER)
    forecasts.refit(NOW)  # a stored one has its time; one that is fitted at once is always new
    first = views.answer(actor, Asked(horizon_days=7), None, NOW)
    drawn = figures.drawn_or_moved([first.figure], first.what, None)
    again = views.answer(actor, Asked(horizon_days=7), None, NOW)
    assert isinstance(figures.drawn_or_moved([again.figure], again.what, drawn[-1])[0], Patch)
    other = views.answer(actor, Asked(horizon_days=30), None, NOW)
    assert isinstance(figures.drawn_or_moved([other.figure], other.what, drawn[-1])[0], dict)


@pytest.mark.parametrize("share, text", [(0.0123, "+1.2 %"), (-0.0123, "−1.2 %"), (0.0, "±0.0 %"), (-1e-17, "±0.0 %")])
def test_a_change_has_a_sign_and_nothing_has_none(share: float, text: str) -> None:
    assert signed(share) == text


@pytest.mark.parametrize("role", [Role.CLIENT, Role.GUEST])
def test_clients_and_guests_get_nothing(place: Place, known: None, app: Any, sign_in: SignIn, role: Role) -> None:
    actor = place.actor(role)
    for ask in (
        lambda: views.controls(actor, Asked()),
        lambda: views.verdict(actor, Asked()),
        lambda: views.scores(actor, Asked()),
        lambda: views.to_be_fitted(actor, Asked(), NOW),
        *(lambda key=key: views.answer(actor, Asked(key), None, NOW) for key in ("price", "difficulty", "hashprice")),
    ):
        with pytest.raises(Denied):
            ask()
    client = sign_in(role)
    assert "Not for your role" in show(client, app, "/forecasts")
    ours = [output for output in app.callback_map if "forecast" in output]
    assert len(ours) == 7
    for output in ours:
        assert post(client, app, output, {}).status_code == 403, output


def post(client: Any, app: Any, output: str, values: dict[str, Any]) -> Any:
    """Call a callback with these values of inputs and states, by id."""
    body = body_of(app, output)
    for part in (*body["inputs"], *body["state"]):
        if part["id"] in values:
            part["value"] = values[part["id"]]
    return client.post("/_dash-update-component", json=body, headers={"X-CSRFToken": cookie(client, "_csrf_token")})


def output_of(app: Any, trigger: str) -> str:
    """Give the output of the callback that a component sets off first."""
    return next(
        output for output, known in app.callback_map.items() if known["inputs"] and known["inputs"][0]["id"] == trigger
    )


def test_what_nobody_has_fitted_is_fitted_by_a_job_once(
    app: Any, known: None, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    monkeypatch.setattr(jobs.queue, "send", lambda _name, job, **_options: sent.append(job))
    client = sign_in(Role.USER)
    assert post(client, app, FIT, {"url": "?horizon=7"}).get_json()["response"] == {}  # no change needs no job
    first = post(client, app, FIT, {"url": "?model=arima&horizon=7"})
    job = first.get_json()["response"]["forecast-job"]["data"]
    assert sent == [job]
    again = post(client, app, FIT, {"url": "?model=arima&horizon=7"})
    assert again.get_json()["response"]["forecast-job"]["data"] == job
    assert jobs.run(job) == "done"
    assert post(client, app, FIT, {"url": "?model=arima&horizon=7"}).get_json()["response"] == {}
    watch = output_of(app, "forecast-job")
    told = post(client, app, watch, {"forecast-job": job}).get_json()["response"]
    assert told["forecast-stored"]["data"] == job  # the page reads anew
    assert told["forecast-job-poll"]["disabled"]


def test_an_evaluation_is_started_watched_and_cancelled_from_the_page(
    app: Any, known: None, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs.queue, "send", lambda *_args, **_options: None)
    client = sign_in(Role.USER)
    start, watch = output_of(app, "forecast-run"), output_of(app, "forecast-job")
    for clicks, origins in ((0, 30), (1, 31), (1, "x"), (1, None)):
        answer = post(client, app, start, {"forecast-run": clicks, "forecast-origins": origins, "url": "?horizon=7"})
        assert answer.status_code == 204
    values = {"forecast-run": 1, "forecast-origins": "30", "url": "?horizon=7"}
    job = post(client, app, start, values).get_json()["response"]["forecast-job"]["data"]
    assert post(client, app, start, values).get_json()["response"]["forecast-job"]["data"] == job
    with transaction() as session:
        kind, params = session.execute(text("SELECT kind, params FROM job WHERE id = :id"), {"id": job}).one()
    assert (kind, params) == ("forecast_evaluation", {"horizon_days": 7, "origins": 30})
    told = post(client, app, watch, {"forecast-job": job}).get_json()["response"]
    assert "The work waits for its turn" in said(told)
    assert not told["forecast-job-poll"]["disabled"]
    cancelled = post(
        client, app, output_of(app, "forecast-job-cancel"), {"forecast-job-cancel": 1, "forecast-job": job}
    )
    assert "Cancelled. What was there before still stands." in cancelled.get_data(as_text=True)
    assert jobs.run(job) is None


def test_another_persons_job_is_not_there(app: Any, known: None, place: Place, sign_in: SignIn) -> None:
    job = str(jobs.start(place.actor(Role.USER), "forecast_evaluation", {"horizon_days": 7, "origins": 30}))
    told = post(sign_in(Role.ADMIN), app, output_of(app, "forecast-job"), {"forecast-job": job}).get_json()["response"]
    assert told["forecast-job-panel"]["children"] is None


@pytest.mark.parametrize("state, error", [("failed", "failed"), ("failed", "worker_lost"), ("cancelled", None)])
def test_a_job_that_ended_otherwise_says_so(state: str, error: str | None, language: str) -> None:
    status = jobs.Status(None, "forecast_evaluation", state, 0.4, error, None, None, False)  # type: ignore[arg-type]
    assert len(said(job_panel(status))) > 80


def test_the_web_process_loads_no_model_library_when_it_starts_and_shows_what_is_stored(app: Any) -> None:
    code = (
        "import sys; from dashboard import create_app; create_app();"
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "pandas" in loaded
    assert not {"statsmodels", "xgboost", "sklearn"} & set(loaded)


def test_horizons_of_the_page_are_those_of_the_service() -> None:
    assert [read(f"?horizon={days}").horizon_days for days in HORIZONS_DAYS] == list(HORIZONS_DAYS)
