#!/bin/sh
# Chromium for the browser tests: by the system's package manager where that needs no password.
set -eu

have_chromium() {
    for name in chromium chromium-browser google-chrome google-chrome-stable; do
        command -v "$name" >/dev/null && return 0
    done
    [ -d /Applications/Chromium.app ] || [ -d "/Applications/Google Chrome.app" ]
}

have_chromium && exit 0
if command -v apt-get >/dev/null && { [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; }; then
    echo "==> Chromium and a Chinese font for the browser tests (apt)"
    root=""
    [ "$(id -u)" = 0 ] || root="sudo -n"
    $root apt-get update -qq >/dev/null || true
    $root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk >/dev/null || true
elif command -v brew >/dev/null; then
    echo "==> Chromium for the browser tests (brew)"
    brew install --quiet --cask chromium || true
fi
have_chromium && exit 0
echo "HashInsight: Chromium is not installed and could not be installed from here; the browser tests will be skipped." >&2
echo "             Install it with: sudo apt install chromium   (or: brew install --cask chromium)" >&2
[ "${CI:-}" != true ] # under CI the browser tests must run
