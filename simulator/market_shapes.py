"""The answers of the seven APIs, in their own shapes, units, order and with their own errors."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from simulator.market_world import DAY_S, EPOCH_BLOCKS, MARKET_BEGAN_S, MarketWorld

Params = dict[str, str]
# What a source answers: the status and the body.
Answer = tuple[int, Any]
Page = Callable[[MarketWorld, float, str, Params], Answer | None]

# How far each exchange is from the others [share], and its widest candle page.
OFFSET = {"coinbase": 0.0001, "kraken": -0.0002, "binance": 0.00005, "okx": -0.0001, "coingecko": 0.0002}


def _price(world: MarketWorld, at_s: float, name: str, *, in_usdt: bool = False) -> float:
    price = world.price_usd(at_s) * (1 + OFFSET.get(name, 0.0))
    return round(price / world.usdt_usd(at_s), 2) if in_usdt else round(price, 2)


def _bars(
    world: MarketWorld, now_s: float, name: str, first_s: float, last_s: float, width_s: int, most: int, *, newest: bool
) -> list[tuple[int, list[float]]]:
    """Give the bars of a window, oldest first, the running one too; a page is cut at its older or newer end."""
    first_s = max(first_s, MARKET_BEGAN_S)
    starts = list(range(int(-(-first_s // width_s) * width_s), int(min(last_s, now_s)) + 1, width_s))
    starts = starts[-most:] if newest else starts[:most]
    factor = 1 + OFFSET.get(name, 0.0)
    made = []
    for start in starts:
        bar = world.bar(start, min(width_s, max(int(now_s) - start, 1)))
        made.append((start, [round(value * factor, 4) for value in bar[:4]] + [round(bar[4], 8)]))
    return made


def binance(world: MarketWorld, now_s: float, path: str, params: Params) -> Answer | None:
    """Answer as Binance."""
    if params.get("symbol") != "BTCUSDT":
        return 400, {"code": -1121, "msg": "Invalid symbol."}
    if path == "/api/v3/ticker/24hr":
        price = f"{_price(world, now_s, 'binance', in_usdt=True):.8f}"
        return 200, {"symbol": "BTCUSDT", "lastPrice": price, "closeTime": int(now_s * 1000)}
    if path == "/api/v3/klines":
        width = {"1h": 3600, "1d": DAY_S}[params["interval"]]
        first, last = float(params.get("startTime", 0)) / 1000, float(params.get("endTime", now_s * 1000)) / 1000
        most = min(int(params.get("limit", 500)), 1000)
        bars = _bars(world, now_s, "binance", first, last, width, most, newest=False)
        return 200, [
            [s * 1000, *(f"{v:.8f}" for v in bar), (s + width) * 1000 - 1, "0", 1, "0", "0", "0"] for s, bar in bars
        ]
    return None


def okx(world: MarketWorld, now_s: float, path: str, params: Params) -> Answer | None:
    """Answer as OKX: newest first, and errors inside of a 200."""
    if params.get("instId") != "BTC-USDT":
        return 200, {"code": "51001", "msg": "Instrument ID does not exist", "data": []}
    if path == "/api/v5/market/ticker":
        row = {"instType": "SPOT", "instId": "BTC-USDT", "last": str(_price(world, now_s, "okx", in_usdt=True))}
        return 200, {"code": "0", "msg": "", "data": [{**row, "ts": str(int(now_s * 1000))}]}
    if path in ("/api/v5/market/candles", "/api/v5/market/history-candles"):
        width = {"1H": 3600, "1Dutc": DAY_S}.get(params.get("bar", ""))
        if width is None:
            return 200, {"code": "51000", "msg": "Parameter bar error", "data": []}
        first, last = float(params.get("before", 0)) / 1000, float(params.get("after", now_s * 1000 + 1)) / 1000
        most = min(int(params.get("limit", 100)), 100)
        bars = _bars(world, now_s, "okx", first + 0.001, last - 0.001, width, most, newest=True)
        rows = [
            [str(s * 1000), *(str(v) for v in bar), "0", "0", "1" if s + width <= now_s else "0"]
            for s, bar in reversed(bars)
        ]
        return 200, {"code": "0", "msg": "", "data": rows}
    return None


def kraken(world: MarketWorld, now_s: float, path: str, params: Params) -> Answer | None:
    """Answer as Kraken: errors inside of a 200, the newest 720 bars whatever was asked."""
    if not set(params.get("pair", "").split(",")) <= {"XBTUSD", "USDTUSD"}:
        return 200, {"error": ["EQuery:Unknown asset pair"]}
    if path == "/0/public/Ticker":
        prices = {"XXBTZUSD": _price(world, now_s, "kraken"), "USDTZUSD": world.usdt_usd(now_s)}
        return 200, {"error": [], "result": {pair: {"c": [f"{price:.5f}", "0.1"]} for pair, price in prices.items()}}
    if path == "/0/public/OHLC":
        width = int(params.get("interval", 1)) * 60
        since = max(float(params.get("since", 0)) + 1, now_s - 720 * width)
        bars = _bars(world, now_s, "kraken", since, now_s, width, 720, newest=True)
        rows = [[s, *(f"{v:.4f}" for v in bar[:4]), f"{bar[3]:.4f}", f"{bar[4]:.8f}", 100] for s, bar in bars]
        return 200, {"error": [], "result": {"XXBTZUSD": rows, "last": rows[-2][0] if len(rows) > 1 else 0}}
    return None


def coinbase(world: MarketWorld, now_s: float, path: str, params: Params) -> Answer | None:
    """Answer as Coinbase: time, LOW, HIGH, open, close, newest first; a window of more than 300 bars is refused."""
    if path in ("/products/BTC-USD/ticker", "/products/USDT-USD/ticker"):
        price = _price(world, now_s, "coinbase") if "BTC" in path else world.usdt_usd(now_s)
        time = dt.datetime.fromtimestamp(now_s, dt.UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        return 200, {"price": f"{price:.5f}", "size": "0.01", "time": time, "trade_id": 1}
    if path == "/products/BTC-USD/candles":
        width = int(params["granularity"])
        first, last = (dt.datetime.fromisoformat(params[name]).timestamp() for name in ("start", "end"))
        if (last - first) / width >= 300:
            return 400, {"message": "granularity too small for the requested time range. Count of aggregations 300"}
        bars = _bars(world, now_s, "coinbase", first, last, width, 300, newest=True)
        return 200, [[s, low, high, open_, close, volume] for s, (open_, high, low, close, volume) in reversed(bars)]
    return 404, {"message": "NotFound"}


def coingecko(world: MarketWorld, now_s: float, path: str, params: Params) -> Answer | None:
    """Answer as CoinGecko without a key: a price of the last minute, 365 days of history."""
    if path == "/simple/price":
        made_s = now_s // 30 * 30
        return 200, {"bitcoin": {"usd": _price(world, made_s, "coingecko"), "last_updated_at": int(made_s)}}
    if path == "/coins/bitcoin/market_chart/range":
        first, last = float(params["from"]), min(float(params["to"]), now_s)
        if first < now_s - 366 * DAY_S:
            return 401, {"error": {"status": {"error_code": 10012, "error_message": "limited to the past 365 days"}}}
        width = DAY_S if last - first > 90 * DAY_S else 3600
        times = [*range(int(-(-first // width) * width), int(last) + 1, width), int(last)]
        prices = [[s * 1000, _price(world, s, "coingecko")] for s in times]
        return 200, {"prices": prices, "market_caps": [], "total_volumes": []}
    return 404, {"error": "coin not found"}


def blockchain_info(world: MarketWorld, now_s: float, path: str, params: Params) -> Answer | None:
    """Answer as Blockchain.info: GH/s, satoshi, milliseconds here and seconds there."""
    height = world.height(now_s)
    if path == "/ticker":
        price = _price(world, now_s, "blockchain_info")
        return 200, {"USD": {"15m": price, "last": price, "buy": price, "sell": price, "symbol": "USD"}}
    if path == "/stats":
        blocks = height - world.height(now_s - DAY_S)
        return 200, {
            "timestamp": int(now_s * 1000),
            "market_price_usd": _price(world, now_s, "blockchain_info"),
            "hash_rate": blocks * world.difficulty(height) * 2**32 / DAY_S / 1e9,
            "total_fees_btc": world.fees_sat(height) * blocks,
            "n_blocks_mined": blocks,
            "n_blocks_total": height,
            "nextretarget": (height // EPOCH_BLOCKS + 1) * EPOCH_BLOCKS - 1,
            "difficulty": round(world.difficulty(height)),
        }
    if path == "/charts/market-price":
        timespan = params.get("timespan", "1year").removesuffix("days")
        first = int(now_s // DAY_S - int(timespan)) * DAY_S if timespan.isdigit() else 1_230_940_800
        days = range(first, int(now_s), DAY_S)
        values = [{"x": s, "y": _price(world, s, "blockchain_info") if s >= MARKET_BEGAN_S else 0.0} for s in days]
        return 200, {"status": "ok", "name": "Market Price (USD)", "unit": "USD", "period": "day", "values": values}
    return None


def _pace_s(world: MarketWorld, height: int) -> float:
    """Give the seconds of a block as mempool.space reckons them: of the last 504 blocks, from there on of the epoch."""
    within = height % EPOCH_BLOCKS
    blocks = 504 if within < 503 else within + 1
    return (world.block_s(height) - world.block_s(height - (504 if within < 503 else within))) / blocks


def mempool_space(world: MarketWorld, now_s: float, path: str, _params: Params) -> Answer | None:
    """Answer as mempool.space."""
    height = world.height(now_s)
    epoch = height // EPOCH_BLOCKS
    if path == "/blocks/tip/height":
        return 200, height
    if path == "/v1/prices":
        return 200, {"time": int(now_s // 300 * 300), "USD": round(world.price_usd(now_s // 300 * 300))}
    if path == "/v1/mining/hashrate/3d":
        rates = {"currentHashrate": world.hashrate_hs(now_s), "currentDifficulty": world.difficulty(height)}
        return 200, {"hashrates": [], "difficulty": [], **rates}
    if path == "/v1/mining/reward-stats/144":
        fees, subsidy = world.fees_sat(height) * 144, world.subsidy_sat(height) * 144
        return 200, {
            "startBlock": height - 143, "endBlock": height, "totalReward": str(fees + subsidy), "totalFee": str(fees),
            "totalTx": "500000",
        }  # fmt: skip
    if path == "/v1/difficulty-adjustment":
        following = (epoch + 1) * EPOCH_BLOCKS
        pace_s = _pace_s(world, height)
        return 200, {
            "difficultyChange": (600 / pace_s - 1) * 100, "nextRetargetHeight": following,
            "estimatedRetargetDate": int((now_s + (following - height) * pace_s) * 1000),
            "remainingBlocks": following - height,
        }  # fmt: skip
    if path == "/v1/mining/difficulty-adjustments/all":
        heights = [number * EPOCH_BLOCKS for number in range(epoch, 0, -1)]
        return 200, [
            [int(world.block_s(h)), h, world.difficulty(h), world.difficulty(h) / world.difficulty(h - 1)]
            for h in heights
        ]
    return None


PAGES: dict[str, Page] = {
    "binance": binance,
    "okx": okx,
    "kraken": kraken,
    "coinbase": coinbase,
    "coingecko": coingecko,
    "blockchain_info": blockchain_info,
    "mempool_space": mempool_space,
}
# Calls in so many seconds, and what one too many is answered: status, body, headers.
LIMITS: dict[str, tuple[int, float]] = {
    "binance": (3000, 60.0),
    "okx": (20, 2.0),
    "kraken": (15, 10.0),
    "coinbase": (15, 1.0),
    "coingecko": (15, 60.0),
    "blockchain_info": (30, 60.0),
    "mempool_space": (120, 60.0),
}
TOO_MANY: dict[str, tuple[int, Any, dict[str, str]]] = {
    "binance": (429, {"code": -1003, "msg": "Too much request weight used."}, {"Retry-After": "30"}),
    "okx": (429, {"code": "50011", "msg": "Too Many Requests", "data": []}, {}),
    "kraken": (200, {"error": ["EAPI:Rate limit exceeded"]}, {}),
    "coinbase": (429, {"message": "Public rate limit exceeded"}, {}),
    "coingecko": (
        429,
        {"status": {"error_code": 429, "error_message": "You've exceeded the Rate Limit."}},
        {"Retry-After": "60"},
    ),
    "blockchain_info": (429, {"error": "too many requests"}, {}),
    "mempool_space": (429, "Too Many Requests", {}),
}
