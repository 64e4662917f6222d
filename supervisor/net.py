"""Ports: which one is taken, which one is free."""

from __future__ import annotations

import errno
import socket

LOOPBACK = "127.0.0.1"
TAKEN = {errno.EADDRINUSE, errno.EACCES}


def is_free(port: int, host: str = LOOPBACK) -> bool:
    """Tell whether a server could listen on this port now; raises OSError when the host is not this machine's."""
    with _listening_socket(host) as tried:
        try:
            tried.bind((host, port))
            # Linux lets two sockets share a port until the second one listens.
            tried.listen(1)
        except OSError as error:
            if error.errno in TAKEN:
                return False
            raise
    return True


def free_port(wish: int | None = None, host: str = LOOPBACK) -> int:
    """Give the wished port when it is free, else one that the system chooses."""
    if wish and is_free(wish, host):
        return wish
    with _listening_socket(host) as tried:
        tried.bind((host, 0))
        return int(tried.getsockname()[1])


def answers(port: int, host: str = LOOPBACK, timeout_s: float = 0.3) -> bool:
    """Tell whether something accepts connections there."""
    try:
        with socket.create_connection((host, port), timeout_s):
            return True
    except OSError:
        return False


def _listening_socket(host: str) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    return made
