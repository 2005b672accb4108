# A thin alias: `make COMMAND KEY=value` is `python -m harness COMMAND --key value`. `make help` lists the commands.
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules
# The commands work in one folder: `make -j report gate` must not judge before there is a report.
.NOTPARALLEL:

# What the command line gives is data: taken as it is written, never expanded, so a `$(shell …)` in it stays a text.
# What the shell's environment holds under the same names is not meant.
GIVEN := $(foreach key,$(.VARIABLES),$(if $(filter command,$(origin $(key))),$(key)))
$(foreach key,$(GIVEN),$(eval override $(key) := $$(value $(key))))
$(foreach key,$(GIVEN),$(eval export HARNESS_VALUE_$(key) := $$(value $(key))))
export HARNESS_GIVEN := $(filter-out PYTHON,$(GIVEN))
export HARNESS_GOALS := $(MAKECMDGOALS)

# The Python that builds .venv; any from 3.11 on.
PYTHON := $(if $(filter PYTHON,$(GIVEN)),$(PYTHON),python3)
ifneq (,$(strip $(foreach sign,` $$ ; & | < > " ',$(findstring $(sign),$(PYTHON)))))
  $(error PYTHON names a program, and no more)
endif
# It would hide this folder from Python.
unexport PYTHONSAFEPATH

COMMANDS := pipeline test report gate check format comment audit bench bench-serve test-image test-stories \
  serve predict image smoke monitor retrain models promote rollback verify shadow up down adopt data remote update \
  look track setup lock clean help
.PHONY: $(COMMANDS)
$(COMMANDS):
	@$(PYTHON) -m harness $@
# A word that is no command: the command line says which was probably meant.
.DEFAULT:
	@$(PYTHON) -m harness "$$HARNESS_GOALS"
