#!/bin/sh
# install.sh LOCK STAMP: make .venv when there is none, install what is locked, leave the stamp.
set -eu
lock=$1 stamp=$2

say() { printf '==> %s\n' "$*"; }
give_up() { printf 'HashInsight: %s\n' "$*" >&2; exit 1; }

find_python() {
    for name in ${PYTHON:-} python3 python3.13 python3.12 python3.11 python3.14; do
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$name"
            return
        fi
    done
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

may_install() {
    command -v apt-get >/dev/null && { [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; }
}

if ! [ -x .venv/bin/python ] || ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    python=$(find_python)
    [ -n "$python" ] || give_up "Python 3.11 or newer is needed and none was found (looked for python3, python3.11 to python3.14)."
    if ! "$python" -c 'import ensurepip' 2>/dev/null; then
        # Debian and Ubuntu keep this part of Python in a package of its own.
        package=python$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')-venv
        may_install || give_up "$python has no 'venv'; install it with: sudo apt install $package"
        say "$package (apt)"
        as_root apt-get update -qq >/dev/null
        as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$package" >/dev/null ||
            give_up "apt could not install $package, which $python needs to make a virtual environment."
    fi
    say "virtual environment (.venv, $("$python" -V))"
    rm -rf .venv
    "$python" -m venv .venv || give_up "$python could not make the virtual environment .venv (see above)."
fi

say "dependencies ($lock; the first time takes a minute or two)"
.venv/bin/python -m pip install -qq --disable-pip-version-check --no-input --no-deps --require-hashes -r "$lock" ||
    give_up "pip could not install $lock (see above); is there a connection to PyPI?"
rm -f "${stamp%-*}"-*
touch "$stamp"
