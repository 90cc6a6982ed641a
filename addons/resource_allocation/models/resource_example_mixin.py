import csv

from odoo import api, models
from odoo.tools import file_open


class ResourceExampleMixin(models.AbstractModel):
    """An example company: files that are imported as users do, by Odoo's own import.

    The records become the user's own: uninstalling the addon leaves them.
    """

    _name = "resource.example.mixin"
    _description = "Example Company"
    _folder = None
    """Where its files are, one for each model: ``addon/demo/example``."""

    @api.model
    def _read(self, model):
        """Header and rows of a file."""
        with file_open(f"{self._folder}/{model}.csv") as text:
            header, *rows = csv.reader(text)
        return header, rows

    @api.model
    def _import(self, model, header, rows):
        """Import rows; return the ids of what was imported.

        :raise ValueError: with the import's own messages when they do not fit.
        """
        result = self.env[model].load(header, rows)
        if not result["ids"]:
            problems = "\n".join(msg["message"] for msg in result["messages"])
            raise ValueError(f"{model}.csv was not imported:\n{problems}")
        return result["ids"]

    @api.model
    def _ref(self, kind, name):
        """The imported record of that kind and name."""
        return self.env.ref(f"__import__.example_{kind}_{name}")
