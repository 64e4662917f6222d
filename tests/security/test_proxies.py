"""Behind a proxy: whose word on the caller's address and scheme counts."""

from __future__ import annotations

import pytest
from flask import Flask, request

from dashboard.guard import trust_proxies

TOLD = {"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "farm.example"}


@pytest.mark.parametrize(
    ("count", "seen"),
    [(0, "127.0.0.1 http localhost"), (1, "203.0.113.7 https farm.example")],
)
def test_headers_count_only_from_proxies_of_ours(count: int, seen: str) -> None:
    server = Flask("behind")
    server.add_url_rule("/", view_func=lambda: f"{request.remote_addr} {request.scheme} {request.host}")
    trust_proxies(server, count)
    assert server.test_client().get("/", headers=TOLD).get_data(as_text=True) == seen


def test_a_stranger_cannot_add_himself_in_front() -> None:
    server = Flask("behind")
    server.add_url_rule("/", view_func=lambda: str(request.remote_addr))
    trust_proxies(server, 1)
    headers = {**TOLD, "X-Forwarded-For": "6.6.6.6, 203.0.113.7"}
    assert server.test_client().get("/", headers=headers).get_data(as_text=True) == "203.0.113.7"
