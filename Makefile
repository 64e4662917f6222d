# Two commands: `make run` and `make test`. Everything they need they set up, once; the second time costs nothing.
.POSIX:
.SUFFIXES:
SHELL = /bin/sh

BIN = .venv/bin
# A stamp is named after what is locked: a changed lock installs again, an unchanged one does not.
RUN_STAMP := .venv/.run-$(shell cat requirements.lock | cksum | tr -d ' ')
TEST_STAMP := .venv/.test-$(shell cat requirements-test.lock | cksum | tr -d ' ')

.PHONY: help run test install bench lint format lock chromium clean

help:
	@echo "make run      start HashInsight with a simulated farm (set HASHINSIGHT_* to change it)"
	@echo "make test     run all tests, browser ones included"
	@echo "make install  only build .venv, for both of them"
	@echo "make bench    measure, print one table and write bench.json"
	@echo "make lint     ruff, mypy, import-linter, translations"
	@echo "make lock     resolve the dependencies again"

run: $(RUN_STAMP)
	@exec $(BIN)/python app.py

test: $(TEST_STAMP) chromium
	@$(BIN)/python -m pytest $(ARGS)

install: $(RUN_STAMP) $(TEST_STAMP)

bench: $(TEST_STAMP)
	@$(BIN)/python -m tests.bench $(ARGS)

lint: $(TEST_STAMP)
	@echo "==> ruff" && $(BIN)/ruff check --quiet . && $(BIN)/ruff format --check --quiet .
	@echo "==> mypy" && $(BIN)/mypy
	@echo "==> import-linter" && $(BIN)/lint-imports --no-logo
	@echo "==> translations" && $(BIN)/python -m dashboard.i18n.check

format: $(TEST_STAMP)
	@$(BIN)/ruff check --quiet --fix . && $(BIN)/ruff format --quiet .

chromium:
	@sh setup/chromium.sh

lock:
	@sh setup/lock.sh

clean:
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

$(RUN_STAMP):
	@sh setup/install.sh requirements.lock $@

$(TEST_STAMP):
	@sh setup/install.sh requirements-test.lock $@
