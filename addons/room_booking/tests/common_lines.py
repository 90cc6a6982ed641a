from odoo.tests import Form

from .common import RoomCase

FORM = """
<form>
    <field name="name" /><field name="start" /><field name="stop" />
    <field name="participants" /><field name="guaranteed_participants" />
    <field name="scenario_id" /><field name="catering_type_id" />
    <field name="listed_service_ids" invisible="1" />
    <field name="space_ids">
        <list editable="bottom"><field name="space_id" /></list>
    </field>
    <field name="line_ids">
        <list editable="bottom">
            <field name="service_id" /><field name="quantity" />
            <field name="source" /><field name="space_id" />
            <field name="is_overridden" column_invisible="1" />
            <field name="wanted_start" /><field name="note" />
        </list>
    </field>
    <field name="amount" />
</form>
"""


class LinesCase(RoomCase):
    """Reservations of a plain employee, in a form that lets type everything."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.form = cls.env["ir.ui.view"].create(
            {"name": "lines", "model": "room.reservation", "arch": FORM, "priority": 99}
        )

    def _form(self, reservation=None, rooms=None, **typed):
        """A form of the booker: a new reservation of these rooms, or this one."""
        if reservation:
            return Form(reservation.with_user(self.booker), view=self.form)
        form = Form(self.env["room.reservation"].with_user(self.booker), view=self.form)
        form.name, form.scenario_id = "Talk", self.scenario
        for name, value in typed.items():
            form[name] = value
        for room in self.room if rooms is None else rooms:
            with form.space_ids.new() as line:
                line.space_id = room
        return form

    def _add(self, form, service):
        """Choose a service on the next line of a form: how many it then says."""
        with form.line_ids.new() as line:
            line.service_id = service
            return line.quantity

    def _on_form(self, form):
        """What a form lists: ``{name: quantity}``."""
        rows = [form.line_ids.edit(index) for index in range(len(form.line_ids))]
        return {row.service_id.name: row.quantity for row in rows}

    def _remove(self, form, name):
        """Take the line of that service off a form."""
        form.line_ids.remove(list(self._on_form(form)).index(name))

    def _list(self, reservation):
        """What the booker finds on the list: ``[(name, quantity, why)]``."""
        self.env.invalidate_all()
        lines = reservation.with_user(self.booker).line_ids
        return sorted(
            (line.service_id.name, line.quantity, line.source) for line in lines
        )

    def _all(self, reservation):
        """All that is on it, hidden lines too."""
        self.env.invalidate_all()
        lines = self.env["room.service.line"]
        return lines.search([("reservation_id", "=", reservation.id)])
