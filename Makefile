# Every command of the project; the workflows call these same targets. `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

PYTHON ?= python3
BIN := .venv/bin
LOCK := requirements/dev.txt
# One lock for every Python and system, with hashes; uv writes no address of an index unless it is told to.
UV_LOCK := --quiet --universal --fork-strategy fewest --python-version 3.11 --generate-hashes --no-annotate --custom-compile-command "make lock"
IMAGE ?= model:latest
METRICS := artifacts/evaluation/metrics.json
# DVC removes what a stage made before it runs the stage: after a failure the last good results come back.
RESTORE := cp -p .dvc/tmp/data.dvc data.dvc; $(if $(SCRATCH),cp -p .dvc/tmp/dvc.lock dvc.lock 2>/dev/null || true;) dvc checkout --quiet $$(dvc stage list --name-only) 2>/dev/null || true; cp -pn .dvc/tmp/metrics.json $(METRICS) 2>/dev/null || true
# `dvc repro` takes a hand edit of data/ for the new data; without its objects in the store nobody could clone it.
PUSH_DATA := { echo "data/ was edited: its new state goes to .dvc/store; commit it with data.dvc"; dvc push --quiet data.dvc; }
NO_DATA := error: data.dvc: its data could not be fetched; a DVC remote may need credentials, which forks do not have: docs/workflows.md
# KEY=value as it was given on the command line: an ID or TIME of the shell's environment is not meant.
GIVEN = $(if $(filter command,$(origin $(1))),'$(1)=$(subst ','\'',$($(1)))')
# DVC starts the stages with `python`, which must be the locked one, activated or not.
export PATH := $(CURDIR)/$(BIN):$(PATH)
export UV_PYTHON_DOWNLOADS := never
# Each command starts Python several times: packages that are compiled anew each time cost more than all the training.
unexport PYTHONDONTWRITEBYTECODE
# Neither BentoML nor onnxruntime reports home.
QUIET := BENTOML_DO_NOT_TRACK=True ORT_DISABLE_TELEMETRY=1
# A copied package survives the cache it came from and works on every file system.
export UV_LINK_MODE := copy

##@ The two commands to begin with

.PHONY: pipeline
pipeline: .venv/synced .dvc/tmp/pulled ## Set up, get the data, preprocess → train → evaluate, print the metrics
	@cp -p data.dvc dvc.lock $(METRICS) .dvc/tmp/ 2>/dev/null || true
	@$(if $(SCRATCH),rm -f dvc.lock)  # what is published believes no record; SCRATCH=cached believes the cache
	@dvc repro $(if $(filter-out cached,$(SCRATCH)),--force --no-run-cache) || { $(RESTORE); exit 1; }
	@cmp -s data.dvc .dvc/tmp/data.dvc || ! grep -q 'remote: store' data.dvc || $(PUSH_DATA)
	@python -m harness.report.metrics_terminal

.PHONY: test
test: .venv/synced ## Run all the tests (ARGS="-k name" runs some)
	@OMP_NUM_THREADS=1 python -m pytest --ignore=tests/harness/engine $(ARGS)  # a process a core: threads that wait for one another would spin

.PHONY: test-image
test-image: .venv/synced ## Build the image and run it in a container engine of its own (Debian, root; else skipped)
	@OMP_NUM_THREADS=1 python -m pytest -n 0 tests/harness/engine $(ARGS)

##@ While you work

.PHONY: report
report: .venv/synced .dvc/tmp/pulled ## Compare the work tree with the commit where it left BASE=main: metrics, data, code, gate
	@python -m harness.commands.report $(if $(PUBLISHED),--published "$(PUBLISHED)") $(if $(OVERRIDDEN_BY),--overridden-by "$(OVERRIDDEN_BY)") "$(or $(BASE),main)"

.PHONY: gate
gate: .venv/synced ## Fail if the last report's gate failed
	@python -m harness.commands.gate

.PHONY: comment
comment: .venv/synced ## Render REPORT=report.json, whoever wrote it, to OUT=folder (report.md and pictures)
	@python -m harness.report.markdown "$(REPORT)" "$(OUT)"

.PHONY: check
check: .venv/synced ## Format, lint, types and workflows
	@ruff format --check --quiet . || { echo "run: make format"; exit 1; }
	@ruff check --quiet .
	@mypy
	@python -m pytest -n 0 tests/harness/workflows/test_static.py

.PHONY: audit
audit: .venv/synced ## Report known vulnerabilities of the locked packages (AUDIT=block fails if there are any)
	@python -m harness.project.audit --block "$(AUDIT)"

.PHONY: format
format: .venv/synced ## Format the code and mend what the linter can mend
	@ruff check --fix --quiet . || true
	@ruff format .

.PHONY: bench
bench: .venv/synced ## Measure speed, memory, parity and the intervals' coverage (ARGS="coverage" runs one)
	@python -m bench $(ARGS)

.PHONY: bench-serve
bench-serve: .venv/synced ## Measure the service beside MLflow, FastAPI and plain BentoML (ARGS=--quick: in a minute)
	@python -m bench serve $(ARGS)

##@ Use the model

.PHONY: serve
serve: .venv/synced ## Answer requests on PORT=3000: the Swagger page is at its root
	@PORT="$(PORT)" python -m harness.serve.server

.PHONY: predict
predict: .venv/synced ## Score IN=rows.csv (or .parquet), of any size, to OUT=scores.csv (ARGS="--help" tells more)
	@python -m harness.commands.predict "$(IN)" "$(OUT)" $(ARGS)

.PHONY: image
image: .venv/synced ## Build the service's image IMAGE=model:latest of the evaluated model (BASE_IMAGE=python:3.11-slim)
	@$(QUIET) python -m harness.image.build "$(IMAGE)"

.PHONY: smoke
smoke: .venv/synced ## Run IMAGE=model:latest, locked down, and check its answers against the evaluated model's
	@$(QUIET) python -m harness.image.smoke "$(IMAGE)"

##@ Your data

.PHONY: adopt
adopt: .venv/synced ## Make it yours: DATA=table.csv TARGET=column [ID= TASK= POSITIVE= TIME= GROUP= SLICES=a,b DROP=a,b KEEP=a,b DRY_RUN=1]
	@python -m harness.commands.adopt $(foreach key,DATA TARGET ID TASK POSITIVE TIME GROUP SLICES DROP KEEP DRY_RUN,$(call GIVEN,$(key)))

.PHONY: data
data: .venv/synced .dvc/tmp/pulled ## Replace the data by FILE=new.csv, or add its rows with APPEND=1
	@python -m harness.project.data "$(FILE)" --append "$(APPEND)"

.PHONY: remote
remote: .venv/synced .dvc/tmp/pulled ## Move the data to the DVC remote URL=s3://bucket/path (or gs, azure, ssh, webdav, …)
	@python -m harness.project.remote "$(URL)"

.PHONY: update
update: .venv/synced ## Merge the template's newest version, FROM=its address; what adopt made yours stays
	@python -m harness.project.template "$(FROM)"

##@ Set-up

.PHONY: setup
setup: .venv/synced ## Build .venv from the hash-checked lock (the other commands do this themselves)
	@:

.PHONY: lock
lock: .venv/synced ## Renew the three locks (UPGRADE=1 moves every package to its newest version)
	@below=(); for group in service pipeline dev; do \
	  echo "requirements/$$group.txt"; \
	  uv pip compile pyproject.toml --group $$group $${below[@]+"$${below[@]}"} $(if $(filter-out 0,$(UPGRADE)),--upgrade) $(UV_LOCK) -o requirements/$$group.txt; \
	  below=(--constraint requirements/$$group.txt); \
	done
	@$(MAKE) --no-print-directory setup

.PHONY: clean
clean: ## Remove what the stages made (the DVC cache stays) and .venv
	@rm -rf .venv .dvc/tmp artifacts/prepared artifacts/model artifacts/report artifacts/evaluation/plots artifacts/evaluation/predictions.parquet

.PHONY: help
help: ## This list
	@awk -F ':.*## ' '/^##@/ {print "\n" substr($$0, 5)} /^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# uv is taken from the lock like all the rest, so its hash is checked too.
.venv/synced: $(LOCK)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; name one with: make PYTHON=python3.12 …" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || { echo "python3 has no venv module; on Debian: apt-get install python3-venv" >&2; exit 1; }
	@sed -n '/^uv==/,/[^\\]$$/p' $(LOCK) > .venv/uv.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r .venv/uv.txt
	@echo "Installing $(LOCK) into .venv …"
	@$(BIN)/uv pip sync --quiet --require-hashes --python $(BIN)/python $(LOCK)
	@touch $@

# After a changed data.dvc the data must be fetched *before* `dvc repro`, which would else take the old files for new data.
# DVC remarks that the embedded store is no default remote, which it is not on purpose.
.dvc/tmp/pulled: data.dvc | .venv/synced
	@dvc pull --quiet data.dvc 2>&1 | sed '/no default remote set/d' >&2 || { echo "$(NO_DATA)" >&2; exit 1; }
	@mkdir -p $(@D) && touch $@
