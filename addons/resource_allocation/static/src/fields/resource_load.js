import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { _t } from "@web/core/l10n/translation";
import { Component } from "@odoo/owl";

/** The next days of a resource as a strip of bars: how much of each is promised. */
export class ResourceLoad extends Component {
    static template = "resource_allocation.ResourceLoad";
    static props = { ...standardFieldProps, large: { type: Boolean, optional: true } };

    get days() {
        return (this.props.record.data[this.props.name] || []).map((day) => ({
            ...day,
            height: day.share ? Math.max(Math.round(day.share * 100), 12) : 0,
            level: day.over ? "over" : day.share >= 0.999 ? "full" : "part",
            title: `${day.label}: ${day.text}`,
        }));
    }

    get summary() {
        return this.days.map((day) => day.title).join("; ");
    }
}

export const resourceLoad = {
    component: ResourceLoad,
    displayName: _t("Load of the next days"),
    supportedTypes: ["json"],
    extractProps: ({ options }) => ({ large: Boolean(options.large) }),
};

registry.category("fields").add("resource_load", resourceLoad);
