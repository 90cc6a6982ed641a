/** How much of a large board is in the page, at each scale and wherever one scrolls. */

const BARS = ".o_board_bar, .o_board_load";
const LINE = 40;
const PATIENCE = 20000; // milliseconds

const frame = () => new Promise(requestAnimationFrame);

async function until(what, isThere) {
    const end = performance.now() + PATIENCE;
    while (!isThere()) {
        if (performance.now() > end) {
            throw new Error(`it does not come: ${what}`);
        }
        await frame();
    }
}

/** Whether each line in sight has something on it: every row of this board has. */
function isDrawn(board) {
    const { top, bottom } = board.getBoundingClientRect();
    const seen = [...board.querySelectorAll(".o_board_line")].filter((line) => {
        const box = line.getBoundingClientRect();
        return box.bottom > top && box.top < bottom;
    });
    return seen.length && seen.every((line) => line.querySelector(BARS));
}

/** How often it was asked what stands on lines. */
function questions() {
    const asked = performance.getEntriesByType("resource");
    return asked.filter(({ name }) => name.includes("/timetable")).length;
}

/** The most that is in the page at this scale, and how often was asked. */
async function measure(scale, slow, jumps) {
    performance.clearResourceTimings();
    const select = document.querySelector(".o_board_bar_of_time select");
    const board = document.querySelector(".o_board_scroll");
    const found = { bars: 0, elements: 0, questions: 0 };
    const look = async (top) => {
        board.scrollTop = top;
        await frame();
        await frame();
        await until(`${scale}, ${top} px`, () => isDrawn(board));
        found.bars = Math.max(found.bars, board.querySelectorAll(BARS).length);
        found.elements = Math.max(found.elements, board.getElementsByTagName("*").length);
    };
    board.scrollTop = 0;
    select.value = scale;
    select.dispatchEvent(new Event("change", { bubbles: true }));
    for (let line = 0; line < slow; line++) {
        await look(line * LINE);
    }
    for (let jump = 1; jump <= jumps; jump++) {
        await look(((board.scrollHeight - board.clientHeight) * jump) / jumps);
    }
    return { ...found, questions: questions() };
}

/**
 * Fail where a scale has more than its limits.
 *
 * @param {Object} plan `action` opens the board, `limits` of each scale are its `bars`,
 *  `elements` and `questions`, of `slow` lines one after another and some `jumps` to the end
 */
export async function measureBoard({ action, limits, slow, jumps }) {
    const { services } = odoo.__WOWL_DEBUG__.root.env;
    try {
        await services.action.doAction(action, { viewType: "resource_board" });
        const over = [];
        for (const [scale, most] of Object.entries(limits)) {
            const found = await measure(scale, slow, jumps);
            console.log(scale, JSON.stringify(found));
            if (Object.keys(most).some((name) => found[name] > most[name])) {
                over.push(`${scale} ${JSON.stringify(found)}`);
            }
        }
        if (over.length) {
            throw new Error(`too much: ${over.join(", ")}`);
        }
        console.log("the board stays small");
    } catch (error) {
        console.error(error.message);
    }
}
