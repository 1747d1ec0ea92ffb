# `make demo` plays the first recipe on a sample; `make test` runs everything that CI runs.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
PIP = $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: demo test lint types unit bench clean

demo: $(VENV)/installed-demo
	$(BIN)/tunesmith demo

test: lint types unit

lint: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/installed-dev
	$(BIN)/mypy

unit: $(VENV)/installed-dev
	$(BIN)/python -m pytest --numprocesses auto

bench: $(VENV)/installed-dev
	$(BIN)/python benchmarks/teacher_throughput.py --quick

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed-demo: $(VENV)/bin/python pyproject.toml constraints.txt
	$(PIP) --editable '.[parquet]'
	touch $@

$(VENV)/installed-dev: $(VENV)/bin/python pyproject.toml constraints.txt
	$(PIP) --editable '.[dev]'
	touch $@ $(VENV)/installed-demo

clean:
	rm -rf $(VENV) build dist
