import { Component, useRef, useState } from "@odoo/owl";
import { serializeDate, serializeDateTime } from "@web/core/l10n/dates";
import { useBus, useService } from "@web/core/utils/hooks";
import { useModel } from "@web/model/model";
import { useSetupAction } from "@web/search/action_hook";
import { CogMenu } from "@web/search/cog_menu/cog_menu";
import { Layout } from "@web/search/layout";
import { SearchBar } from "@web/search/search_bar/search_bar";
import { useSearchBarToggler } from "@web/search/search_bar/search_bar_toggler";
import { ActionHelper } from "@web/views/action_helper";
import { standardViewProps } from "@web/views/standard_view_props";

import { SCALES } from "./board_geometry";
import { LOOKS } from "./board_looks";
import { BoardPanel } from "./board_panel";

const { DateTime } = luxon;

export class BoardController extends Component {
    static template = "resource_allocation.BoardController";
    static components = { ActionHelper, BoardPanel, CogMenu, Layout, SearchBar };
    static props = { ...standardViewProps, Model: Function, Renderer: Function, archInfo: Object };

    setup() {
        this.action = useService("action");
        this.orm = useService("orm");
        this.rootRef = useRef("root");
        this.state = useState({ panel: null });
        const { resModel, archInfo, state } = this.props;
        const kept = { scale: archInfo.scale, ...state?.board };
        this.model = useModel(this.props.Model, { resModel, ...kept });
        useBus(this.model.bus, "update", () => this.render(true));
        useSetupAction({
            rootRef: this.rootRef,
            getLocalState: () => ({ board: this.model.exportState() }),
        });
        this.searchBarToggler = useSearchBarToggler();
        this.scales = SCALES;
        this.looks = LOOKS;
    }

    // === PERIOD === //

    get title() {
        const { start, stop } = this.model.period;
        const last = stop.minus({ milliseconds: 1 });
        const whole = { day: "numeric", month: "short", year: "numeric" };
        if (start.hasSame(last, "day")) {
            return start.toLocaleString({ weekday: "long", ...whole });
        }
        return luxon.Interval.fromDateTimes(start, last).toLocaleString(whole);
    }

    get day() {
        return serializeDate(this.model.period.start);
    }

    setDay(value) {
        const anchor = DateTime.fromISO(value);
        if (anchor.isValid) {
            this.model.setPeriod({ anchor });
        }
    }

    setScale(scale) {
        // Of a longer period what is now, else its beginning.
        const { start, stop } = this.model.period;
        const now = DateTime.now();
        const anchor = now >= start && now < stop ? now : start;
        this.model.setPeriod({ scale, anchor });
    }

    toToday() {
        this.model.setPeriod({ anchor: DateTime.now() });
    }

    // === WHAT IS OPENED === //

    openBar(line, bar) {
        this.state.panel = { line, bar };
    }

    openLine(line) {
        this.state.panel = { line };
    }

    openDocument({ res_model, res_id }) {
        this.openForm(res_model, res_id);
    }

    openRecord(line) {
        const model = line.type === "unit" ? "resource.resource" : this.props.resModel;
        this.openForm(model, line.id);
    }

    openForm(res_model, res_id) {
        const views = [[false, "form"]];
        return this.action.doAction({ type: "ir.actions.act_window", res_model, res_id, views });
    }

    /** Book a period of a row, as its app does. */
    async book(line, start, stop) {
        const span = [start, stop].map(serializeDateTime);
        const action = await this.orm.call(this.props.resModel, "board_book", [[line.id], ...span], {
            context: this.props.context,
        });
        if (action) {
            await this.action.doAction(action);
        } else {
            this.openLine(line);
        }
    }
}
