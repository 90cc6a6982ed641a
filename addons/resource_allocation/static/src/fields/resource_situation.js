import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { _t } from "@web/core/l10n/translation";
import { Component } from "@odoo/owl";

const LOOKS = {
    free: { icon: "fa-check", badge: "text-bg-success" },
    partly: { icon: "fa-check", badge: "text-bg-success" },
    taken: { icon: "fa-lock", badge: "text-bg-danger" },
    late: { icon: "fa-clock-o", badge: "text-bg-danger" },
    closed: { icon: "fa-moon-o", badge: "text-bg-secondary" },
};

/** Words for what can be had now, with an icon: never by colour alone. */
export class ResourceSituation extends Component {
    static template = "resource_allocation.ResourceSituation";
    static props = { ...standardFieldProps };

    get look() {
        return LOOKS[this.props.record.data.situation] || LOOKS.closed;
    }
}

registry.category("fields").add("resource_situation", {
    component: ResourceSituation,
    displayName: _t("Availability now"),
    supportedTypes: ["char"],
    fieldDependencies: [{ name: "situation", type: "selection" }],
});
