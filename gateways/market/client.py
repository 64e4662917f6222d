"""One HTTP client for all sources: time limits, retries with jitter, a circuit breaker and a pace for each of them.

Nothing is followed elsewhere (no redirects, no proxies of the environment) and no answer is read beyond its cap.
"""

from __future__ import annotations

import datetime as dt
import email.utils
import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import TracebackType
from typing import Any

import httpx
import orjson

from gateways.market.source import Source
from gateways.market.values import WrongShape
from settings import VERSION, settings

CONNECT_S, READ_S = 3.0, 5.0
DEADLINE_S = 12.0  # of one answer with its retries; a source that drips bytes is cut off by it
TRIES = 3
BACKOFF_S = 0.4
MAX_BYTES = 8 << 20
FAILURES_TO_OPEN = 3
REST_S, MAX_REST_S = 60.0, 300.0  # where the line was down, a price is back five minutes after it
LIMITED_REST_S = {429: 60.0, 418: 300.0, 403: 300.0}
MAX_RETRY_AFTER_S = 86_400.0


class Failure(StrEnum):
    """What kind of failure it was; pages have words for each."""

    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    DOWN = "down"  # it answers that it cannot
    REFUSED = "refused"  # it answers, and will not tell
    LIMITED = "limited"
    UNREADABLE = "unreadable"
    RESTING = "resting"


class SourceFailed(RuntimeError):
    """The source gave nothing that can be used; the sentence says why."""

    def __init__(self, sentence: str, kind: Failure = Failure.REFUSED) -> None:
        super().__init__(sentence)
        self.kind = kind


class RateLimited(SourceFailed):
    """The source wants to be left alone for a while [s]."""

    def __init__(self, sentence: str, rest_s: float = LIMITED_REST_S[429]) -> None:
        super().__init__(sentence, Failure.LIMITED)
        self.rest_s = rest_s


class Resting(SourceFailed):
    """The source is not asked now: it failed too often, or it asked for a pause."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, Failure.RESTING)


@dataclass(slots=True)
class Breaker:
    """What is remembered of one source, in seconds of the monotonic clock."""

    failures: int = 0
    closed_until: float = 0.0
    next_call: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def check(self, now: float) -> None:
        """Refuse while the source rests."""
        if now < self.closed_until:
            raise Resting(f"it rests for {self.closed_until - now:.0f} s more")

    def succeeded(self) -> None:
        """Forget the failures."""
        self.failures = 0

    def failed(self, now: float) -> None:
        """Count a failure; after three in a row it rests, twice as long after each further one."""
        self.failures += 1
        if self.failures >= FAILURES_TO_OPEN:
            rest_s = min(REST_S * 2.0 ** min(self.failures - FAILURES_TO_OPEN, 10), MAX_REST_S)
            self.closed_until = now + rest_s

    def rest(self, now: float, rest_s: float) -> None:
        """Leave the source alone for as long as it asks."""
        self.closed_until = max(self.closed_until, now + rest_s)


class Client:
    """The way to all sources; one a process, closed at its end."""

    def __init__(
        self,
        bases: Mapping[str, str] | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        read_s: float = READ_S,
    ) -> None:
        self._bases = settings().market_bases if bases is None else bases
        self._all = settings().market_url
        self._clock = clock
        self._sleep = sleep
        self._breakers: dict[str, Breaker] = {}
        self._http = httpx.Client(
            timeout=httpx.Timeout(read_s, connect=CONNECT_S),
            follow_redirects=False,
            trust_env=False,
            headers={"User-Agent": f"HashInsight/{VERSION}", "Accept": "application/json"},
        )

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def breaker(self, source: Source) -> Breaker:
        """Give what is remembered of a source."""
        return self._breakers.setdefault(source.name, Breaker())

    def rest_s(self, source: Source) -> float:
        """Give how long a source is left alone from now [s]."""
        return max(self.breaker(source).closed_until - self._clock(), 0.0)

    def ask(self, source: Source) -> Ask:
        """Give the hand that a source's module asks with."""
        return Ask(self, source)

    def call(self, source: Source, question: Callable[[Ask], Any]) -> Any:
        """Put one question of a source's module; raises `SourceFailed` for whatever went wrong.

        A wrong shape counts as a failure like silence does: a source that answers nonsense is left alone as well.
        """
        breaker = self.breaker(source)
        breaker.check(self._clock())
        try:
            answer = question(self.ask(source))
        except RateLimited as error:
            breaker.rest(self._clock(), error.rest_s)
            raise
        except SourceFailed:
            breaker.failed(self._clock())
            raise
        except WrongShape as error:
            breaker.failed(self._clock())
            raise SourceFailed(str(error), Failure.UNREADABLE) from error
        breaker.succeeded()
        return answer

    def get(self, source: Source, host: str, path: str, params: Mapping[str, str | int]) -> bytes:
        """Give the body of an answer; transport errors and 5xx are tried again, refusals are not."""
        base = self._bases.get(source.name) or (f"{self._all}/{source.name}" if self._all else source.bases[host])
        began = self._clock()
        said, kind = f"no answer within {DEADLINE_S:.0f} s", Failure.TIMEOUT
        for attempt in range(TRIES):
            if attempt:
                # Full jitter: workers that failed together must not come back together.
                self._sleep(random.uniform(0, BACKOFF_S * 2**attempt))
            if self._clock() - began > DEADLINE_S:
                break
            self._pace(source)
            try:
                status, headers, body = self._fetch(base.rstrip("/") + path, params, began)
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                said = f"{type(error).__name__}: {error}".rstrip(": ")
                kind = Failure.TIMEOUT if isinstance(error, httpx.TimeoutException) else Failure.UNREACHABLE
                continue
            if status in (429, 418) or (status == 403 and "retry-after" in headers):
                rest_s = _retry_after(headers.get("retry-after"), LIMITED_REST_S[status])
                raise RateLimited(f"HTTP {status}: it wants to be left alone for {rest_s:.0f} s", rest_s)
            if status >= 500:
                said, kind = f"HTTP {status}", Failure.DOWN
                if "retry-after" in headers:
                    raise RateLimited(said, _retry_after(headers["retry-after"], LIMITED_REST_S[429]))
                continue
            if status != 200:
                raise SourceFailed(f"HTTP {status}: {body[:120].decode('utf-8', 'replace')}")
            return body
        raise SourceFailed(said, kind)

    def _fetch(self, url: str, params: Mapping[str, str | int], began: float) -> tuple[int, httpx.Headers, bytes]:
        with self._http.stream("GET", url, params=dict(params)) as response:
            gathered = bytearray()
            for chunk in response.iter_bytes():
                gathered += chunk
                if len(gathered) > MAX_BYTES:
                    raise SourceFailed(f"the answer is longer than {MAX_BYTES >> 20} MiB", Failure.UNREADABLE)
                if self._clock() - began > DEADLINE_S:
                    raise SourceFailed(f"the answer did not end within {DEADLINE_S:.0f} s", Failure.TIMEOUT)
            return response.status_code, response.headers, bytes(gathered)

    def _pace(self, source: Source) -> None:
        """Keep the distance between two calls that the source's rate limit asks for."""
        breaker = self.breaker(source)
        with breaker.lock:
            now = self._clock()
            wait_s = breaker.next_call - now
            breaker.next_call = max(now, breaker.next_call) + source.spacing_s
        if wait_s > 0:
            self._sleep(wait_s)


@dataclass(frozen=True, slots=True)
class Ask:
    """What a source's module asks with: paths of that source and nothing else."""

    client: Client
    source: Source

    def json(self, path: str, host: str = "", **params: str | int) -> Any:
        """Give an answer in JSON."""
        body = self.client.get(self.source, host, path, params)
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError:
            raise WrongShape("the answer is no JSON") from None

    def now(self) -> dt.datetime:
        """Give the time of an answer that does not tell its own."""
        return dt.datetime.now(dt.UTC)


def _retry_after(said: str | None, otherwise_s: float) -> float:
    """Read Retry-After, which is seconds or a date."""
    if said is None:
        return otherwise_s
    try:
        rest_s = float(said)
    except ValueError:
        try:
            rest_s = (email.utils.parsedate_to_datetime(said) - dt.datetime.now(dt.UTC)).total_seconds()
        except (TypeError, ValueError):
            return otherwise_s
    return min(max(rest_s, 1.0), MAX_RETRY_AFTER_S) if rest_s == rest_s else otherwise_s
