# Needs Python 3.11+, make and a C compiler; everything else comes from the package index.
PYTHON ?= python3
ROUNDS ?= 1000
VENV := .venv
BIN := $(VENV)/bin

.PHONY: serve test soak lint bench binary clean

serve: $(VENV)/installed ## install, create a box in ./roughy-box-data on the first run, serve it
	@$(BIN)/roughy-box init --if-needed --credits 100
	@exec $(BIN)/roughy-box serve

test: $(VENV)/tests-installed tests/clients/node_modules/installed ## run all tests, on real servers and real media
	$(BIN)/python -m pytest --numprocesses 4 --dist worksteal

soak: $(VENV)/tests-installed ## inject faults for hours: ROUNDS=1000 kills, others in proportion; ROWS="kills or clock" for some
	ROUGHY_BOX_TESTS_ROUNDS=$(ROUNDS) $(BIN)/python -m pytest tests/faults $(if $(ROWS),-k "$(ROWS)")

lint: $(VENV)/tests-installed ## check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy --platform darwin
	$(BIN)/mypy bench

bench: $(VENV)/installed ## compare with other servers, into bench/RESULTS.md; BENCH=--quick for a short run
	$(BIN)/python -m bench $(BENCH)

binary: $(VENV)/binary-installed ## pack the program for this kind of machine, as a folder and as one file, into dist
	$(BIN)/python -m roughy_box.packaging

clean: ## remove build output; never the data folder
	rm -rf $(VENV) tests/clients/node_modules bench/node_modules build dist *.egg-info .cache

$(VENV)/installed: setup.cfg pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/tests-installed: $(VENV)/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test,binary]'
	@touch $@

$(VENV)/binary-installed: $(VENV)/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[binary]'
	@touch $@

# The JavaScript clients need Node; without it their tests are skipped with a reason.
tests/clients/node_modules/installed: tests/clients/package.json
	@if cd $(<D) && npm install --no-audit --no-fund --loglevel=error; \
	then touch node_modules/installed; \
	else echo "npm did not install the JavaScript clients: their tests will be skipped"; fi
