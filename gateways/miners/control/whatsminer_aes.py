"""Whatsminer API v2: a token from a salted password, the command encrypted by AES-256-ECB under a key of it."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass

import orjson
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from gateways.miners.control import Action, CommandFailed
from gateways.miners.control.md5crypt import md5crypt
from gateways.miners.control.wire import must_succeed, say
from gateways.miners.target import Target
from gateways.miners.wire import parse

CREDENTIALS = ("admin", "admin")  # the maker's default; the name is not asked for
_WORDS = {
    Action.STOP: {"cmd": "power_off", "respbefore": "true"},
    Action.START: {"cmd": "power_on"},
    Action.REBOOT: {"cmd": "reboot"},
}
BLOCK = 16


@dataclass(frozen=True, slots=True)
class Token:
    """The signature of our commands and the AES key they travel under."""

    sign: str
    key: bytes


def token(password: str, time_: str, salt: str, newsalt: str) -> Token:
    """Make the token of one session from what `get_token` answered."""
    key = md5crypt(password, salt)
    return Token(md5crypt(key + time_, newsalt), bytes.fromhex(hashlib.sha256(key.encode()).hexdigest()))


def encrypt(key: bytes, text: bytes) -> str:
    """Pad with zeros to whole blocks, as the firmware does, and encrypt."""
    padded = text + b"\0" * (-len(text) % BLOCK)
    cipher = Cipher(algorithms.AES(key), modes.ECB()).encryptor()  # the vendor's protocol
    return base64.b64encode(cipher.update(padded) + cipher.finalize()).decode()


def decrypt(key: bytes, text: str) -> bytes:
    """Undo `encrypt`."""
    cipher = Cipher(algorithms.AES(key), modes.ECB()).decryptor()
    return (cipher.update(base64.b64decode(text)) + cipher.finalize()).rstrip(b"\0")


async def control(target: Target, action: Action) -> str:
    """Get a token and send the command under it."""
    reply = await say(target.host, target.port, {"cmd": "get_token"}, sent=False)
    said = reply.get("Msg")
    if not isinstance(said, dict):
        raise CommandFailed(f"the machine gives no token: {said or 'API write access is off'}")
    _name, password = target.credentials or CREDENTIALS
    made = token(password, str(said.get("time", "")), str(said.get("salt", "")), str(said.get("newsalt", "")))
    inner = orjson.dumps({**_WORDS[action], "token": made.sign})
    reply = await say(target.host, target.port, {"enc": 1, "data": encrypt(made.key, inner)}, sent=True)
    if "enc" in reply:
        try:
            reply, _problem = parse(decrypt(made.key, str(reply["enc"])))
        except ValueError:
            raise CommandFailed("the machine's answer cannot be decrypted", sent=True) from None
    return must_succeed(reply if isinstance(reply, dict) else {}, action.value)
