"""Pure Python of rooms and services: no database, no Odoo."""
