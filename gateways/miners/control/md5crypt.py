"""MD5-crypt, which the Whatsminer protocol builds its keys from (Poul-Henning Kamp's algorithm, as in FreeBSD's crypt).

It protects nothing here: it is the shape of the vendor's protocol, no choice of ours.
"""

from __future__ import annotations

import hashlib

_ALPHABET = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_ORDER = ((0, 6, 12), (1, 7, 13), (2, 8, 14), (3, 9, 15), (4, 10, 5))
ROUNDS = 1000


def md5crypt(password: str, salt: str) -> str:
    """Give the 22 characters that follow `$1$salt$`."""
    word, grain = password.encode(), salt.encode()[:8]
    inner = _md5(word + grain + word)
    context = bytearray(word + b"$1$" + grain)
    for place in range(len(word)):
        context.append(inner[place % 16])
    length = len(word)
    while length:
        context += b"\0" if length & 1 else word[:1]
        length >>= 1
    final = _md5(bytes(context))
    for number in range(ROUNDS):
        piece = word if number & 1 else final
        piece += grain if number % 3 else b""
        piece += word if number % 7 else b""
        piece += final if number & 1 else word
        final = _md5(piece)
    text = "".join(_letters(final[a] << 16 | final[b] << 8 | final[c], 4) for a, b, c in _ORDER)
    return text + _letters(final[11], 2)


def _md5(data: bytes) -> bytes:
    return hashlib.md5(data, usedforsecurity=False).digest()


def _letters(value: int, count: int) -> str:
    return "".join(_ALPHABET[value >> 6 * place & 63] for place in range(count))
