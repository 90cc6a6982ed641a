"""Pure Python of the ledger: no database, no Odoo."""
