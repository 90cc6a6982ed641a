# Everything a newcomer types. `make` alone prints the targets.
# PYTHON picks the interpreter (3.10 to 3.13); ODOO_SOURCE an own Odoo 19 checkout;
# PGHOST, PGPORT, PGUSER and PGPASSWORD an own PostgreSQL.
PYTHON ?= python3
.DEFAULT_GOAL := help
.PHONY: help demo test test-long test-core lint bench stop clean

help:  ## Print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo:  ## Install everything, load the example company, serve it on localhost; FRESH=1 builds it anew
	@$(PYTHON) tools/demo.py

test:  ## Run the whole gate; ADDON=name and K=expression run a part, BROWSER=0 leaves out the browser
	@$(PYTHON) tools/test.py

test-long:  ## Run the tests at their stated large sizes
	@$(PYTHON) tools/test.py --long

test-core:  ## Run core's own tests with our addons against without; CORE="hr stock" runs some
	@$(PYTHON) tools/test_core.py

lint:  ## Run the linters only
	@$(PYTHON) tools/lint.py

bench:  ## Measure speed against the floor of bare SQL; B=name runs one benchmark
	@$(PYTHON) tools/bench.py

stop:  ## Stop the demo server and the embedded PostgreSQL
	@$(PYTHON) tools/stop.py

clean:  ## Stop everything and remove .local with all databases
	@$(PYTHON) tools/stop.py --clean
