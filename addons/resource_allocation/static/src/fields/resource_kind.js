import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { _t } from "@web/core/l10n/translation";
import { Component } from "@odoo/owl";

/** Icon of a kind of resource; a single thing that comes back is no room. */
export function kindIcon(kind, release) {
    const icons = { pool: "fa-cubes", unit: "fa-barcode", combination: "fa-object-group" };
    return icons[kind] || (release === "return" ? "fa-suitcase" : "fa-map-marker");
}

export class ResourceKind extends Component {
    static template = "resource_allocation.ResourceKind";
    static props = { ...standardFieldProps };

    get icon() {
        const { data } = this.props.record;
        return kindIcon(data[this.props.name], data.release);
    }
}

registry.category("fields").add("resource_kind", {
    component: ResourceKind,
    displayName: _t("Icon of the kind"),
    supportedTypes: ["selection"],
    fieldDependencies: [{ name: "release", type: "selection" }],
});
