#!/bin/sh
# Resolve the dependencies for every platform and Python >= 3.11; uv lives in an environment that is thrown away.
set -eu
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place" && "$place/bin/pip" install -qq --disable-pip-version-check uv
compile() {
    "$place/bin/uv" pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 "$@"
}
compile --extra test pyproject.toml -o requirements-test.lock
compile --constraint requirements-test.lock pyproject.toml -o requirements.lock
