import { registry } from "@web/core/registry";
import { useBus, useService } from "@web/core/utils/hooks";
import { KanbanController } from "@web/views/kanban/kanban_controller";
import { kanbanView } from "@web/views/kanban/kanban_view";
import { ListController } from "@web/views/list/list_controller";
import { listView } from "@web/views/list/list_view";

/** Open the asset whose label is scanned while the list of assets is shown. */
function useAssetScan() {
    const barcode = useService("barcode");
    const orm = useService("orm");
    const action = useService("action");
    useBus(barcode.bus, "barcode_scanned", async (ev) => {
        const form = await orm.call("lending.asset", "action_open_scanned", [
            ev.detail.barcode,
        ]);
        await action.doAction(form);
    });
}

export class AssetListController extends ListController {
    setup() {
        super.setup();
        useAssetScan();
    }
}

export class AssetKanbanController extends KanbanController {
    setup() {
        super.setup();
        useAssetScan();
    }
}

registry.category("views").add("lending_asset_list", {
    ...listView,
    Controller: AssetListController,
});
registry.category("views").add("lending_asset_kanban", {
    ...kanbanView,
    Controller: AssetKanbanController,
});
