"""MD5-crypt by the published steps, for the machine's side of the Whatsminer token."""

from __future__ import annotations

from hashlib import md5

_LETTERS = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def crypt(password: str, salt: str) -> str:
    """Give the part behind `$1$salt$`."""
    p, s = password.encode(), salt.encode()[:8]
    b = md5(p + s + p, usedforsecurity=False).digest()
    start = p + b"$1$" + s + (b * (len(p) // 16 + 1))[: len(p)]
    n = len(p)
    while n:
        start += b"\0" if n % 2 else p[:1]
        n //= 2
    a = md5(start, usedforsecurity=False).digest()
    for i in range(1000):
        a = md5(
            (p if i % 2 else a) + (s if i % 3 else b"") + (p if i % 7 else b"") + (a if i % 2 else p),
            usedforsecurity=False,
        ).digest()
    triples = [a[i] * 65536 + a[i + 6] * 256 + a[(i + 12) if i < 4 else 5] for i in range(5)]
    text = "".join(_LETTERS[value // 64**place % 64] for value in triples for place in range(4))
    return text + _LETTERS[a[11] % 64] + _LETTERS[a[11] // 64]
