"""The market page as an analyst uses it, in a browser, with the whole product running on simulated sources."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.product import Product, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.live]

LONG_MS = 60_000
PRICE = "[data-chart=market-price]"
WORDS = {
    "en": {"title": "Market", "candles": "Candles", "week": "7 d", "line": "'minus' is not a number", "large": "5 MiB"},
    "zh": {"title": "市场行情", "candles": "K 线", "week": "7 天", "line": "'minus' 不是数字", "large": "5 MiB"},
}


@pytest.fixture
def market(page: Page, live_app: Product) -> Iterator[Page]:
    """The page in front of staff, with the market collected."""
    page.set_default_timeout(LONG_MS)
    expect.set_options(timeout=LONG_MS)
    wait_until(
        lambda: (
            live_app.query("SELECT 1 FROM market_candle WHERE interval = '1d' LIMIT 1")
            and live_app.query("SELECT 1 FROM market_point WHERE kind = 'block_reward_btc' LIMIT 1")
        ),
        "the first market",
    )
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    email, password = live_app.accounts()["user"]
    page.goto("/login")
    page.fill("input[type=email]", email)
    page.fill("input[type=password]", password)
    page.click("button[type=submit]")
    page.wait_for_url(re.compile(r"/(hosting.*)?$"))
    yield page
    assert [fault for fault in faults if "ERR_FAILED" not in fault] == []


def asked(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.evaluate("location.href")).query)


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_is_whole_in_both_languages_at_both_widths(
    market: Page, live_app: Product, language: str, width: int
) -> None:
    words = WORDS[language]
    market.set_viewport_size({"width": width, "height": 900})
    market.goto("/market")
    expect(market.locator(".hi-market__tile")).to_have_count(6)
    market.evaluate("window.notReloaded = true")
    market.locator(f"#language-{language}").click()
    expect(market.locator("h1")).to_have_text(words["title"])
    expect(market.locator(".hi-market__tile .hi-kpi__value").first).to_have_text(re.compile(r"^\$[\d,]+$"))
    expect(market.locator(".hi-market__tile time").first).to_have_attribute("title", re.compile("UTC"))

    # Every control stands in the address, and the back button takes it back.
    expect(market.locator(f"{PRICE} .scatterlayer .trace").first).to_be_attached()
    market.get_by_role("button", name=words["candles"], exact=True).click()
    expect(market.locator(f"{PRICE} .boxlayer .trace").first).to_be_attached()
    market.get_by_role("button", name=words["week"], exact=True).click()
    market.select_option("#market-source", "okx")
    expect(market.locator("#market-note-price")).to_contain_text("OKX")
    assert asked(market) == {"series": ["candles"], "range": ["7d"], "source": ["okx"]}
    market.evaluate("history.go(-1); history.go(-1)")  # in one breath
    expect(market.locator("#market-source")).to_have_value("*")
    expect(market.locator("#market-range, [data-store=market-range] [data-value='30d']").last).to_have_attribute(
        "aria-pressed", "true"
    )
    assert asked(market) == {"series": ["candles"]}
    market.reload()
    expect(market.locator(f"{PRICE} .boxlayer .trace").first).to_be_attached()

    # Each source stands there, and nothing is wider than the screen.
    expect(market.locator(".hi-records tbody tr")).to_have_count(7)
    assert market.evaluate("document.scrollingElement.scrollWidth") <= width
    found = Axe().run(market).response["violations"]
    assert [rule["id"] for rule in found if rule["impact"] in ("serious", "critical")] == []
    market.locator("#language-en").click()
    expect(market.locator("h1")).to_have_text("Market")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_history_is_brought_shown_and_refused_line_by_line(
    market: Page, live_app: Product, tmp_path: Path, language: str
) -> None:
    words = WORDS[language]
    market.goto("/market")
    market.locator(f"#language-{language}").click()
    expect(market.locator("h1")).to_have_text(words["title"])
    field, report = market.locator("#market-upload input[type=file]"), market.locator("#market-report")
    large = tmp_path / "large.csv"
    large.write_bytes(b"2020-01-01,1\n" * 500_000)
    field.set_input_files(large)
    expect(report).to_contain_text(words["large"])
    name = f"prices-{language}"
    good = tmp_path / f"{name}.csv"
    good.write_text("Date,Close\n2020-01-01,7210\n2020-01-02,minus\n2020-01-03,7300\n")
    field.set_input_files(good)
    expect(report).to_contain_text(words["line"])
    expect(report).to_contain_text(name)
    assert live_app.query(f"SELECT count(*) FROM market_candle WHERE source = 'file:{name}'") == [(2,)]
    assert live_app.query(f"SELECT outcome FROM audit_log WHERE object = 'file:{name}'") == [("ok",)]
    report.get_by_role("link").click()
    expect(market.locator("#market-note-price")).to_contain_text(name)
    expect(market.locator("#market-source")).to_have_value(f"file:{name}")
    market.locator("#language-en").click()
    expect(market.locator("h1")).to_have_text("Market")


def test_a_number_that_nobody_renews_becomes_stale_before_the_reader_s_eyes(market: Page) -> None:
    market.clock.install()
    market.goto("/market")
    tile = market.locator(".hi-market__tile").first
    expect(tile.locator("time")).to_have_text(re.compile(r"^\d+ s ago|1 min ago"))
    expect(tile.locator(".hi-stale")).to_be_hidden()
    shown = tile.locator(".hi-kpi__value").inner_text()
    market.route("**/live", lambda route: route.abort())
    market.clock.fast_forward("10:00")
    expect(tile.locator(".hi-stale")).to_be_visible()
    expect(tile.locator(".hi-stale")).to_have_text("stale")
    expect(tile.locator("time")).to_have_text(re.compile(r"^1\d min ago$"))
    expect(tile.locator(".hi-kpi__value")).to_have_text(shown)
    expect(market.locator("#chip-btc .hi-chip__old")).to_contain_text("stale")
    expect(market.locator("#chip-btc .hi-chip__since")).to_have_text(re.compile(r"^1\d min ago$"))
    edges = [market.locator(place).bounding_box() for place in (".hi-chips > :last-child", ".hi-lang")]
    assert edges[0] is not None
    assert edges[1] is not None
    assert edges[0]["x"] + edges[0]["width"] <= edges[1]["x"]


def test_a_guest_reads_the_market_and_brings_nothing(page: Page, live_app: Product) -> None:
    page.goto("/login")
    page.locator("form[action='/guest'] button").click()
    expect(page.locator("h1")).to_have_text("Market", timeout=LONG_MS)
    expect(page.locator(".hi-market__tile")).to_have_count(6)
    assert page.locator("#market-upload").count() == 0
    page.locator(f"{PRICE} summary").click()
    expect(page.locator(f"{PRICE} .hi-chart__menu-list")).to_contain_text("PNG")
    assert "Excel" not in page.locator(f"{PRICE} .hi-chart__menu-list").inner_text()
