# make run       set up, and train the built-in policy on the built-in dataset
# make test-fast set up, and run the tests without a sandbox and without torch: within a minute
# make test      set up, and run the tests, but for those that take minutes
# make test-all  set up, and run all tests
# make lint      ruff and mypy
# make docs      the parts of docs/ that are generated from the code
# make site      the documentation as a site, in build/site; a warning is an error
# make check-plugins  wheels of the example and of new plugin packages, in a clean environment
# make check-hosts    HF evaluate, lm-eval, inspect-ai and verifiers call rltf, in an environment of their own
# make check-c   the C sources alone: every warning an error, and their tests under sanitizers
#                (FUZZ_SECONDS=60 for a longer look at the wire decoder)
#
# Set up means: .venv with rltf in it, once, and again when one of $(INPUTS) changes.

ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
ifndef PYTHON
PYTHON := $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
  $$python -c '$(ENOUGH)' 2>/dev/null && echo $$python && break; done)
endif
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
INPUTS := pyproject.toml setup.py constraints.txt csrc/build.py $(wildcard csrc/*.? csrc/*/*.?)
ANALYSES := $(patsubst csrc/%.c,analyze-%,$(wildcard csrc/*.c csrc/*/*.c))
# As csrc/build.py compiles them; without such a flag, they are compiled for any CPU.
VECTORS := -mavx2 -mavx512f
PYTHON_H := import sysconfig; print(sysconfig.get_path('include'))
# Python is asked once, and only where C is compiled.
PYTHON_FOLDER = $(eval PYTHON_FOLDER := $$(shell "$(PYTHON)" -c "$(PYTHON_H)"))$(PYTHON_FOLDER)
C_FLAGS = -std=gnu11 -O2 -fopenmp -Wall -Wextra -Werror -D_FORTIFY_SOURCE=2 -Icsrc -isystem $(PYTHON_FOLDER)

# PyPI's torch is built for CUDA, some gigabytes; without a GPU the CPU build does, where its index answers.
TORCH_CPU := https://download.pytorch.org/whl/cpu
ANSWERS := import urllib.request as u; u.urlopen('$(TORCH_CPU)/torch/', timeout=5)

# A worker more than cores: some always wait for a program that sleeps, or for another process.
WORKERS := $(shell echo $$(($$(nproc) + 1)))
# Bytecode is kept, even where the environment says not to: hundreds of processes start here.
PYTEST := PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n $(WORKERS) --maxprocesses 16 --dist worksteal

.PHONY: run test-fast test test-all lint docs site check-plugins check-hosts check-c $(ANALYSES)

run: $(STAMP)
	$(BIN)/rltf run

test-fast: $(STAMP)
	$(PYTEST) --fast

test: $(STAMP)
	$(PYTEST)

test-all: $(STAMP)
	RLTF_FUZZ=full $(PYTEST) -m ""

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

docs: $(STAMP)
	$(BIN)/python docs/generate.py

site: $(STAMP)
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict

check-plugins: $(STAMP)
	.ci/plugins $(BIN)/python

check-hosts: $(STAMP)
	.ci/hosts $(BIN)/python

check-c: $(ANALYSES)
	$(MAKE) -C tests/csrc

$(filter-out analyze-decode/%,$(ANALYSES)): analyze-%: csrc/%.c
	$(CC) $(C_FLAGS) -fanalyzer -c $< -o /dev/null

# Widths of vectors differ in numbers alone: the analyzer, which takes long here, reads one of them.
$(filter analyze-decode/%,$(ANALYSES)): analyze-%: csrc/%.c
	$(CC) $(C_FLAGS) -fanalyzer -c $< -o /dev/null
	if test "$$(uname -m)" = x86_64; then for vectors in $(VECTORS); do \
	  $(CC) $(C_FLAGS) $$vectors -mfma -c $< -o /dev/null || exit 1; done; fi

$(STAMP): $(INPUTS)
	@"$(PYTHON)" -c '$(ENOUGH)' 2>/dev/null || { \
	  echo "rltf needs Python 3.11 or newer: make $(MAKECMDGOALS) PYTHON=/path/to/python3.11"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet 'pip>=25'  # an older one takes twice the time for what follows
	if ! command -v nvidia-smi >/dev/null && $(BIN)/python -c "$(ANSWERS)" 2>/dev/null; then \
	  $(BIN)/pip install -c constraints.txt --extra-index-url $(TORCH_CPU) torch; fi
	$(BIN)/pip install -c constraints.txt -e '.[test]'
	touch $(STAMP)
