from odoo import api, models
from odoo.exceptions import AccessError


class RentalPaperMixin(models.AbstractModel):
    """What the papers of a rental have in common: each in its reader's language."""

    _name = "rental.paper.mixin"
    _description = "Paper of a Rental"
    _prints = None
    """The model whose records it prints."""

    @api.model
    def _get_report_values(self, docids, data=None):
        """``papers``: what :meth:`_paper` says of each record, and its language.

        :raise AccessError: for users of the portal.
        """
        if not (self.env.su or self.env.user._is_internal()):
            raise AccessError(
                self.env._("Only the company's own people print papers of rentals.")
            )
        records = self.env[self._prints].browse(docids)
        papers = []
        for record in records:
            lang = self._paper_lang(record)
            papers.append({**self._paper(record.with_context(lang=lang)), "lang": lang})
        return {
            "doc_ids": docids,
            "doc_model": self._prints,
            "docs": records,
            "papers": papers,
        }

    @api.model
    def _paper_lang(self, record):
        """The language of whom the paper is for."""
        raise NotImplementedError

    @api.model
    def _paper(self, record):
        """A record as its paper shows it: ``o`` and more values for the template.

        Texts are in the language of ``record``, times in the rental's zone.
        """
        raise NotImplementedError
