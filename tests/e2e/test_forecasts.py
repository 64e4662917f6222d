"""The forecasts page as an analyst uses it, in a browser, on a phone and a desk, with the whole product running."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.product import Product

pytestmark = [pytest.mark.browser, pytest.mark.live, pytest.mark.timeout(400)]

# The jobs' worker fetches the history of the market when it starts, and what is asked of it waits until then.
WORK_MS = 150_000
WORDS = {
    "en": {
        "title": "Forecasts", "bands": ["95 % range", "80 % range"], "change": "Next change",
        "theirs": "mempool.space estimates", "halving": "halving", "done": "The evaluation is stored",
        "table": "Epochs ahead", "verdict": re.compile(r"beats? “no change”"),
    },
    "zh": {
        "title": "预测", "bands": ["95 % 区间", "80 % 区间"], "change": "下次调整幅度",
        "theirs": "mempool.space 的估计", "halving": "减半", "done": "评估已保存",
        "table": "未来各周期", "verdict": re.compile("优于“保持不变”"),
    },
}  # fmt: skip


def sign_in(page: Page, product: Product) -> None:
    email, password = product.accounts()["user"]
    page.goto("/login")
    page.fill("input[type=email]", email)
    page.fill("input[type=password]", password)
    page.click("button[type=submit]")
    page.wait_for_url(re.compile(r"/(hosting.*)?$"))


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def serious(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [rule["id"] for rule in found if rule["impact"] in ("serious", "critical")]


@pytest.mark.parametrize("language, width", [("en", 1440), ("zh", 390)])
def test_an_analyst_reads_forecasts_has_one_fitted_and_the_models_scored(
    page: Page, live_app: Product, language: str, width: int
) -> None:
    words = WORDS[language]
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.set_default_timeout(30_000)
    page.set_viewport_size({"width": width, "height": 900})
    sign_in(page, live_app)
    page.goto("/forecasts?horizon=7")
    page.locator(f"#language-{language}").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(str(words["title"]))
    chart = page.locator("[data-chart=forecast]")
    for band in words["bands"]:
        expect(chart.locator(".annotation-text", has_text=band)).to_be_visible(timeout=WORK_MS)
    assert fits(page)

    # A model that nobody has fitted is fitted while one waits; the address holds what is looked at.
    page.locator(".hi-forecast__model", has_text="ARIMA").click()
    expect(page.locator("#forecast-told")).to_contain_text("ARIMA", timeout=WORK_MS)
    assert parse_qs(urlsplit(page.url).query) == {"horizon": ["7"], "model": ["arima"]}

    page.select_option("#forecast-origins", "30")
    page.click("#forecast-run")
    panel = page.locator("#forecast-job-panel")
    expect(panel.locator("progress")).to_be_visible()
    expect(panel).to_contain_text(str(words["done"]), timeout=WORK_MS)
    expect(page.locator("#forecast-verdict")).to_have_text(words["verdict"])
    expect(page.locator("#forecast-score-table tbody tr")).to_have_count(3)
    expect(page.locator("[data-chart=forecast-skill] .scatterlayer .trace")).to_have_count(2)
    assert serious(page) == []

    page.locator(".hi-forecast__choice").nth(1).click()
    facts = page.locator("#forecast-facts")
    for told in ("change", "theirs"):
        expect(facts).to_contain_text(str(words[told]))
    expect(page.get_by_role("region", name=str(words["table"]))).to_be_visible()
    expect(page.locator("#forecast-scores")).to_be_hidden()
    assert fits(page)
    assert serious(page) == []

    page.go_back()
    expect(page.locator("#forecast-told")).to_contain_text("ARIMA")
    page.goto("/forecasts?series=hashprice&horizon=730")
    expect(chart.locator(".annotation-text", has_text=str(words["halving"]))).to_be_visible()
    assert fits(page)
    assert faults == []
