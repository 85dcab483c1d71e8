# make run    execute the notebooks; copies and web pages land in build/
# make lab    open them in JupyterLab
# make test   run every test
# make store  execute them in the pocket profile and keep the outputs in notebooks/
# Each makes .venv first where it is missing or older than pyproject.toml or constraints.txt.

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
  $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin

# The name holds a sum of this folder's path: the editable install and the scripts point to it, so a moved clone is stale.
INSTALLED := .venv/.installed-$(shell pwd | cksum | cut -d ' ' -f 1)

.PHONY: run lab test store clean
run: $(INSTALLED)
	$(BIN)/bertlab run
lab: $(INSTALLED)
	$(BIN)/bertlab lab
test: $(INSTALLED)
	$(BIN)/python -m pytest
store: $(INSTALLED)
	$(BIN)/bertlab run --store --profile pocket
clean:
	rm -rf .venv build

$(INSTALLED): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "bertlab needs Python 3.11 or newer, and found none. Install one, or name it: make PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[all]'
	touch $@
