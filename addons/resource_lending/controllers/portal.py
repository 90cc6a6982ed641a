import binascii

from odoo import fields, http
from odoo.exceptions import AccessError, UserError
from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal, pager

from .portal_person import PortalPerson

PAST_STEP = 20
LINK = "/my/resources/<any(employee, contact):kind>/<int:holder_id>"
RECEIPT = "resource_lending.lending_handover_report_action"
OFFICER = "resource_lending.lending_group_officer"


class LendingPortal(CustomerPortal):
    """What a person has and had, with a login or by the link in a mail (D6).

    Everything is read as superuser after the person is known, by domains of that
    person's own rows: people without a login have no rights of their own.
    """

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        wanted = {"lending_count", "lending_sign_count"} & set(counters)
        if wanted:
            person = PortalPerson.of_user(request.env)
            if "lending_count" in wanted:
                values["lending_count"] = person.count_live()
            if "lending_sign_count" in wanted:
                values["lending_sign_count"] = len(person.handovers_to_answer())
        return values

    # === MY THINGS === #

    @http.route(
        ["/my/resources", "/my/resources/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
    )
    def lending_my_resources(self, page=1, error=None, said=None, **kw):
        """The own things of somebody who logged in."""
        person = PortalPerson.of_user(request.env)
        return self._render_things(person, page, error, said)

    @http.route(
        [
            LINK,
            f"{LINK}/page/<int:page>",
        ],
        type="http",
        auth="public",
        website=True,
    )
    def lending_resources_by_link(
        self, kind, holder_id, access_token=None, page=1, error=None, said=None, **kw
    ):
        """The things of the person whose link this is; not found for anybody else."""
        person = PortalPerson.of_link(request.env, kind, holder_id, access_token)
        if not person:
            raise request.not_found()
        return self._render_things(person, page, error, said)

    def _render_things(self, person, page, error=None, said=None):
        Loan = request.env["lending.loan"].sudo()
        past = person.domain_past()
        past_pager = pager(
            url=person.path,
            url_args=person.url_args,
            total=Loan.search_count(past),
            page=page,
            step=PAST_STEP,
        )
        values = {
            **self._prepare_portal_layout_values(),
            "page_name": "lending",
            "person": person,
            "now": fields.Datetime.now(),
            "held": person.held(),
            "to_collect": person.to_collect(),
            "past": Loan.search(past, limit=PAST_STEP, offset=past_pager["offset"]),
            "pager": past_pager,
            "handovers": person.handovers_to_answer(),
            "counting": person.lines_to_confirm(),
            "error": error,
            "said": said,
            "no_breadcrumbs": bool(person.token),
        }
        return self._private(
            request.render("resource_lending.portal_my_things", values)
        )

    @staticmethod
    def _private(response):
        """The address of a page may be its key: it is not told to others, nor kept."""
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cache-Control"] = "no-store"
        return response

    # === STOCK-TAKE === #

    @http.route(
        [
            "/my/resources/confirm",
            f"{LINK}/confirm",
        ],
        type="http",
        auth="public",
        methods=["POST"],
        website=True,
    )
    def lending_confirm(
        self,
        line_id=None,
        answer=None,
        kind=None,
        holder_id=None,
        access_token=None,
        **kw,
    ):
        """The holder says of one thing being counted that it is here, or is not."""
        person = PortalPerson.of_request(request.env, kind, holder_id, access_token)
        if not person:
            raise request.not_found()
        line = person.line_to_confirm(line_id)
        if not line:
            text = request.env._("This was answered or counted meanwhile.")
            return self._render_things(person, 1, error=text)
        try:
            with request.env.cr.savepoint():
                person.confirm(line, answer == "yes")
        except UserError as error:
            return self._render_things(person, 1, error=str(error))
        return request.redirect(person.url(said="confirmed"))

    # === A HAND-OVER === #

    def _handover(self, handover_id, access_token):
        """``(hand-over as superuser, whether its holder is the one who looks)``;
        empty for strangers.

        The holder's key of it opens it, that of their page, or their login. Officers
        look.
        """
        handover = request.env["lending.handover"].sudo().browse(handover_id).exists()
        if not handover or handover.state != "done":
            return handover.browse(), False
        person = handover._who_answers()
        if person and person._lending_key_is(access_token, handover):
            return handover, True
        if PortalPerson.of_user(request.env).owns(handover):
            return handover, True
        looks = handover.sudo(False)
        if request.env.user.has_group(OFFICER) and looks.has_access("read"):
            return handover, False
        return handover.browse(), False

    @http.route(
        "/my/resources/handover/<int:handover_id>",
        type="http",
        auth="public",
        website=True,
    )
    def lending_handover(self, handover_id, access_token=None, said=None, **kw):
        """What was handed over: to sign, to decline single things, or to read."""
        handover, mine = self._handover(handover_id, access_token)
        if not handover:
            raise request.not_found()
        return self._render_handover(handover, mine, access_token, said=said)

    def _render_handover(self, handover, mine, token, error=None, said=None):
        values = {
            **self._prepare_portal_layout_values(),
            "page_name": "lending_handover",
            "handover": handover,
            "person": PortalPerson.of_handover(request.env, handover, token),
            "may_answer": mine and handover.can_sign,
            "answerable": handover._lines_to_answer() if mine else [],
            "token": token,
            "error": error,
            "said": said,
            "no_breadcrumbs": bool(token),
        }
        return self._private(request.render("resource_lending.portal_handover", values))

    @http.route(
        "/my/resources/handover/<int:handover_id>/sign",
        type="jsonrpc",
        auth="public",
        website=True,
    )
    def lending_handover_sign(
        self, handover_id, access_token=None, name=None, signature=None
    ):
        """Accept all that is left of it; what the signature form of the page calls."""
        # As the portal's form does, the key is in the address.
        access_token = access_token or request.httprequest.args.get("access_token")
        handover, mine = self._handover(handover_id, access_token)
        if not mine:
            return {"error": request.env._("This link is not valid (any more).")}
        if not signature:
            return {"error": request.env._("Please sign in the box first.")}
        try:
            with request.env.cr.savepoint():
                handover.sign(name, signature)
        except UserError as error:
            return {"error": str(error)}
        except (TypeError, ValueError, binascii.Error):
            return {"error": request.env._("The signature could not be read.")}
        return {
            "force_refresh": True,
            "redirect_url": self._handover_url(handover, access_token, "signed"),
        }

    @http.route(
        "/my/resources/handover/<int:handover_id>/decline",
        type="http",
        auth="public",
        methods=["POST"],
        website=True,
    )
    def lending_handover_decline(
        self, handover_id, line_id=None, reason="", access_token=None, **kw
    ):
        """The holder says that one thing did not come, or is not what was agreed."""
        handover, mine = self._handover(handover_id, access_token)
        if not mine:
            raise request.not_found()
        line = handover.line_ids.filtered(lambda one: str(one.id) == line_id)
        try:
            with request.env.cr.savepoint():
                handover.decline(line, reason)
        except (UserError, AccessError) as error:
            return self._render_handover(handover, mine, access_token, error=str(error))
        return request.redirect(self._handover_url(handover, access_token, "declined"))

    @http.route(
        "/my/resources/handover/<int:handover_id>/receipt",
        type="http",
        auth="public",
        website=True,
    )
    def lending_handover_receipt(self, handover_id, access_token=None, **kw):
        """The receipt as PDF."""
        handover, _mine = self._handover(handover_id, access_token)
        if not handover:
            raise request.not_found()
        report = request.env["ir.actions.report"].sudo()
        content, kind = report._render_qweb_pdf(RECEIPT, handover.ids)
        name = f"{handover._receipt_name()}.{kind}"
        headers = [
            ("Content-Type", f"application/{kind}"),
            ("Content-Disposition", http.content_disposition(name)),
        ]
        return self._private(request.make_response(content, headers))

    def _handover_url(self, handover, token, said):
        url = f"/my/resources/handover/{handover.id}?said={said}"
        return f"{url}&access_token={token}" if token else url
