import { Component, useRef, useState } from "@odoo/owl";
import { scanBarcode } from "@web/core/barcode/barcode_dialog";
import { isBarcodeScannerSupported } from "@web/core/barcode/barcode_video_scanner";
import { registry } from "@web/core/registry";
import { useBus, useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

/** How many of the last scans are shown. */
const SHOWN = 4;

/**
 * Counts what is scanned on a stock-take, each scan at once.
 *
 * Keys of a hand scanner, the camera of a phone, or a typed number: one after the
 * other, so that none is lost. Remembers where one counts until the next label of a
 * place or the next badge.
 */
export class LendingStocktakeScan extends Component {
    static template = "resource_lending.StocktakeScan";
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.input = useRef("input");
        this.hasCamera = isBarcodeScannerSupported();
        this.state = useState({
            here: { place_id: false, employee_id: false },
            where: "",
            scans: [],
        });
        this.waiting = Promise.resolve();
        const { bus } = useService("barcode");
        useBus(bus, "barcode_scanned", ({ detail }) => this.scan(detail.barcode));
    }

    scan(code) {
        this.waiting = this.waiting.then(() => this.count(code));
        return this.waiting;
    }

    async count(code) {
        const { record } = this.props;
        if (!(await record.save())) {
            return;
        }
        const { place_id, employee_id } = this.state.here;
        const answer = await this.orm.call(record.resModel, "scan", [
            [record.resId],
            code,
            place_id,
            employee_id,
        ]);
        if (answer.where) {
            this.state.here = {
                place_id: answer.place_id,
                employee_id: answer.employee_id,
            };
            this.state.where = answer.where;
        }
        this.state.scans.unshift({ ...answer, code, key: Date.now() });
        this.state.scans.splice(SHOWN);
        await record.load();
    }

    onKeydown(ev) {
        if (ev.key === "Enter") {
            ev.preventDefault();
            ev.stopPropagation();
            this.onTyped();
        }
    }

    onTyped() {
        const { el } = this.input;
        const code = el.value.trim();
        el.value = "";
        if (code) {
            this.scan(code);
        }
    }

    async onCamera() {
        const code = await scanBarcode(this.env, "environment");
        if (code) {
            await this.scan(code);
        }
    }

    forget() {
        this.state.here = { place_id: false, employee_id: false };
        this.state.where = "";
    }
}

registry.category("view_widgets").add("lending_stocktake_scan", {
    component: LendingStocktakeScan,
});
