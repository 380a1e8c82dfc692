# `make course` and `make test` are the two commands; `make help` lists the rest.

SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
SIZE ?= normal
# Lessons and solutions. The exercises themselves (notebooks/exercises/NN-*) raise by design and are never run.
NOTEBOOKS := $(shell find notebooks -name '*.ipynb' -not -path '*/.ipynb_checkpoints/*' \
	-not -path 'notebooks/exercises/[0-9]*' | sort)
# One thread a process: two kernels with two threads each on two cores are several times slower than this.
export OMP_NUM_THREADS ?= 1

.PHONY: course test test-all help install quickstart book serve lessons exercises bench lint tests notebooks clean

help:  ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "make %-12s %s\n", $$1, $$2}'

course: install quickstart book  ## install, train a first GAN on real digits, build the book
	@echo "Your first samples: $$(ls runs/quickstart/samples/*.png | tail -1)"

test: install lint book tests notebooks  ## everything that guards a change: lint, book, tests, lessons

test-all: install lint book  ## the exhaustive half too (all kills, full experiments); slow
	$(BIN)/pytest tests -n 2 --dist loadfile --no-loadscope-reorder -m ""
	$(MAKE) notebooks

install: .venv/installed  ## make .venv and install the pinned environment and the package

.venv/installed: requirements.txt pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@if ! $(BIN)/python -c 'import torch' 2>/dev/null && ! command -v nvidia-smi >/dev/null; then \
		echo "No GPU seen: trying PyTorch's CPU wheels first."; \
		$(BIN)/python -m pip install -q --no-deps --timeout 10 --retries 0 \
			--index-url https://download.pytorch.org/whl/cpu torch==2.13.0 2>/dev/null \
			|| echo "They are out of reach: taking torch from the default index."; \
	fi
	$(BIN)/python -m pip install -q -r requirements.txt
	$(BIN)/python -m pip install -q --no-deps --no-build-isolation -e .
	@touch $@

quickstart: install  ## train the quickstart GAN (or go on with it)
	@if [ -e runs/quickstart/config.json ]; then resume=--resume; fi; \
	$(BIN)/ganlab train dcgan --data digits --steps 3000 --out runs/quickstart $$resume

book: install  ## build the book to _build/html, warnings as errors
	$(BIN)/python book/build.py

serve: book  ## show the book at http://127.0.0.1:8000
	$(BIN)/python -m http.server --bind 127.0.0.1 --directory _build/html 8000

lessons: install  ## run every notebook anew and store its outputs: make lessons SIZE=normal
	GANLAB_SIZE=$(SIZE) $(BIN)/python notebooks/execute.py $(NOTEBOOKS)

exercises: install  ## make the exercises and their solutions anew from notebooks/exercises/sources, and prove their checks
	$(BIN)/python notebooks/exercises/build.py
	$(BIN)/python notebooks/exercises/prove.py

bench: install  ## training speed as ratios to a plain loop
	$(BIN)/ganlab bench gan
	$(BIN)/ganlab bench dcgan

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python book/links.py --check
	$(BIN)/python notebooks/exercises/build.py --check

tests: install book
	GANLAB_SIZE=small $(BIN)/pytest tests -n 2 --dist loadfile --no-loadscope-reorder -m "not slow"

notebooks: install
	GANLAB_SIZE=small GANLAB_PROGRESS=off $(BIN)/pytest --nbval-lax --nbval-current-env --nbval-cell-timeout 300 \
		-n 2 --dist loadfile $(NOTEBOOKS)

clean:  ## remove what was built; runs and the environment stay
	rm -rf _build build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
