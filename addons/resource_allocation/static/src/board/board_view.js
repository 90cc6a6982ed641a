import { registry } from "@web/core/registry";
import { exprToBoolean } from "@web/core/utils/strings";

import { BoardController } from "./board_controller";
import { BoardModel } from "./board_model";
import { BoardRenderer } from "./board_renderer";

/** `<resource_board scale="week" book="1"/>`: see models/ir_ui_view.py. */
export class BoardArchParser {
    parse(arch) {
        return {
            scale: arch.getAttribute("scale") || "week",
            mayBook: exprToBoolean(arch.getAttribute("book") || "0"),
        };
    }
}

/** The planning board of a model whose records are rows: `resource.board.mixin`. */
export const boardView = {
    type: "resource_board",
    ArchParser: BoardArchParser,
    Controller: BoardController,
    Model: BoardModel,
    Renderer: BoardRenderer,
    searchMenuTypes: ["filter", "groupBy", "favorite"],

    props: (genericProps, view) => {
        const { ArchParser, Model, Renderer } = view;
        const archInfo = new ArchParser().parse(genericProps.arch);
        return { ...genericProps, archInfo, Model, Renderer };
    },
};

registry.category("views").add("resource_board", boardView);
