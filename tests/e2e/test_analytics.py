"""The analytics page as an analyst uses it, in a browser, with the whole product running."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.e2e.test_machines import LONG_MS, sign_in
from tests.product import Product, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.live]
PLOT = "[data-chart='analytics'] .js-plotly-plot"


@pytest.fixture
def desk(page: Page, live_app: Product) -> Iterator[Page]:
    bars = "SELECT count(*) > 400 FROM market_candle WHERE interval = '1d'"
    wait_until(lambda: live_app.query(bars)[0][0], "daily bars", live_app.said)
    page.set_default_timeout(LONG_MS)
    expect.set_options(timeout=LONG_MS)
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on(
        "console",
        lambda said: faults.append(said.text) if said.type == "error" and "ReferenceError" in said.text else None,
    )
    sign_in(page, live_app, "user")
    yield page
    assert faults == []


def names(page: Page) -> list[str]:
    shown: list[str] = page.evaluate(
        f"""() => (document.querySelector("{PLOT}").data || []).map((trace) => trace.name)"""
    )
    return shown


def until(page: Page, script: str) -> None:
    # The page's policy lets no string be evaluated, so that the browser cannot be told to wait by itself.
    wait_until(lambda: page.evaluate(script), script, lambda: "")


def box(page: Page, name: str) -> str:
    return f"input[type=checkbox][id*='\"show-{name}\"']"


def test_indicators_come_and_go_and_the_address_keeps_them(desk: Page) -> None:
    desk.goto("/analytics?range=all")
    expect(desk.locator(".hi-rule__note").first).to_be_visible()
    until(desk, f'(document.querySelector("{PLOT}") || {{}}).data?.length > 1')
    assert "Relative strength index" in names(desk)
    desk.check(box(desk, "macd"))
    until(desk, f"""document.querySelector("{PLOT}").data.some((trace) => trace.name === "MACD")""")
    expect(desk).to_have_url(re.compile("show-macd=yes"))
    desk.uncheck(box(desk, "rsi"))
    expect(desk).to_have_url(re.compile("show-rsi=no"))
    desk.reload()
    until(desk, f"""(document.querySelector("{PLOT}") || {{}}).data?.some((trace) => trace.name === "MACD")""")
    assert "Relative strength index" not in names(desk)


def test_what_is_drawn_stays_until_it_is_cleared(desk: Page) -> None:
    desk.goto("/analytics?range=1y")
    until(desk, f'(document.querySelector("{PLOT}") || {{}}).data?.length > 1')
    drawn = f"""(document.querySelector("{PLOT}").layout.shapes || []).filter((shape) => shape.name !== "hi").length"""
    desk.get_by_role("button", name="Draw a line").click()
    area = desk.locator(f"{PLOT} .nsewdrag").first.bounding_box()
    assert area
    desk.mouse.move(area["x"] + 60, area["y"] + 60)
    desk.mouse.down()
    desk.mouse.move(area["x"] + 200, area["y"] + 120, steps=5)
    desk.mouse.up()
    until(desk, f"{drawn} === 1")
    desk.reload()
    until(desk, f'(document.querySelector("{PLOT}") || {{}}).layout && {drawn} === 1')
    desk.get_by_role("button", name="Clear drawings").click()
    until(desk, f"{drawn} === 0")


@pytest.mark.parametrize("language, width", [("EN", 1440), ("中文", 390), ("EN", 390), ("中文", 1440)])
def test_both_languages_without_overflow_and_nothing_serious_for_axe(desk: Page, language: str, width: int) -> None:
    desk.set_viewport_size({"width": width, "height": 900})
    desk.goto("/analytics")
    desk.get_by_role("button", name=language, exact=True).click()
    expect(desk.locator("h1")).to_have_text("Analytics" if language == "EN" else "分析")
    expect(desk.locator(".hi-rule__note").first).to_be_visible()
    assert desk.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    found = [v for v in Axe().run(desk).response["violations"] if v["impact"] in ("serious", "critical")]
    assert [(each["id"], [node["html"][:120] for node in each["nodes"][:3]]) for each in found] == []


def test_a_rule_of_ones_own_is_tried_kept_drawn_and_deleted(desk: Page) -> None:
    desk.goto("/analytics?range=all")
    expect(desk.locator(".hi-rule__note").first).to_be_visible()
    desk.get_by_text("Make a rule of your own").click()
    part = "[id*='rule-part'][id*='\"{}\"']"
    desk.fill(part.format("number1"), "")
    desk.get_by_role("button", name="Try it").click()
    expect(desk.locator("#rule-tried")).to_contain_text("condition 1 needs the number")
    desk.select_option(part.format("left1"), "sma.sma")
    desk.fill(part.format("length1"), "20")
    desk.select_option(part.format("right1"), "sma.sma")
    desk.fill(part.format("number1"), "50")
    desk.get_by_role("button", name="Try it").click()
    expect(desk.locator("#rule-tried")).to_contain_text("average (20) rises above")
    desk.fill(part.format("name"), "Short over long")
    desk.get_by_role("button", name="Keep the rule").click()
    kept = desk.locator("#analytics-signals tr", has_text="Short over long")
    expect(kept).to_contain_text("held for 20 days")
    desk.select_option("[id*='desk-field'][id*='\"rule\"']", label="Short over long")
    until(desk, f"""document.querySelector("{PLOT}").data.some((trace) => trace.name === "Short over long")""")
    expect(desk).to_have_url(re.compile(r"rule=own-\d+"))
    desk.get_by_role("button", name="Delete the rule Short over long").click()
    expect(desk.locator("#analytics-signals")).not_to_contain_text("Short over long")
