# Needs make (GNU make 3.81 or newer), Python 3.11 or newer, and a network for the first `make setup`.
# Every target makes the environment first if it is missing or out of date.

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.instep-ready
# How many tests run at the same time.
JOBS := auto
# How many schedules make simulate tries.
N := 900
# More options for pytest: make test ARGS="-k merge".
ARGS :=

.PHONY: help setup demo demo-smartermail pages test trial simulate check format docs screenshots wheel requirements clean

help:
	@echo "make setup         make $(VENV) with instep in it (the other targets do this by themselves)"
	@echo "make demo          watch a desktop folder and a real CalDAV/CardDAV server being kept the same"
	@echo "make demo-smartermail   the same with a stand-in for a SmarterMail server; also with two-step login"
	@echo "make pages         the world of make demo in the browser, with a conflict to decide"
	@echo "make test          every test; JOBS=2 sets how many at a time, ARGS=\"-k merge\" goes to pytest"
	@echo "make trial         the tests, with every case of the families that make test only samples"
	@echo "make simulate      random people, stores and sudden ends around the engine; N=1000 schedules, JOBS=2 at a time"
	@echo "make check         style, types, layers, spelling, file length"
	@echo "make format        let ruff put the sources into shape"
	@echo "make docs          write the pages that are made from the program"
	@echo "make screenshots   pictures of every page into screenshots/ (needs chromium)"
	@echo "make wheel         build dist/instep-*.whl"
	@echo "make requirements  choose and pin the versions in requirements/ anew (needs uv)"
	@echo "make clean         remove what was built; $(VENV) stays"

setup: $(STAMP)

$(STAMP): pyproject.toml requirements/dev.txt tools/setup.sh
	@sh tools/setup.sh $(VENV)
	@touch $(STAMP)

demo: $(STAMP)
	@$(BIN)/instep demo

demo-smartermail: $(STAMP)
	@$(BIN)/instep demo --smartermail

pages: $(STAMP)
	@$(BIN)/instep demo --pages

test: $(STAMP)
	$(BIN)/python -m pytest -q -n $(JOBS) $(ARGS)

trial: $(STAMP)
	HYPOTHESIS_PROFILE=new INSTEP_EVERY=1 $(BIN)/python -m pytest -q -n $(JOBS) -m "" $(ARGS)

simulate: $(STAMP)
	$(BIN)/python -m instep.testing.simulate --count $(N) $(if $(filter auto,$(JOBS)),,--jobs $(JOBS))

check: $(STAMP)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy --strict
	$(BIN)/lint-imports --no-logo
	$(BIN)/codespell
	$(BIN)/python tools/file_length.py

format: $(STAMP)
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

docs: $(STAMP)
	$(BIN)/python tools/fields_page.py
	$(BIN)/python tools/smartermail_fields_page.py

screenshots: $(STAMP)
	$(BIN)/python tools/screenshots.py screenshots docs/pictures

wheel: $(STAMP)
	$(BIN)/python -m hatchling build -t wheel -d dist

requirements:
	sh tools/requirements.sh

clean:
	rm -rf build dist demo-run screenshots .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find src tests tools -name __pycache__ -type d -prune -exec rm -rf {} +
