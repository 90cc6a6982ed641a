/** What people do on a planning board, for tours of all apps. */

const LINE = 40;

/** Press keys on the board, which go to what it is on by itself. */
export function press(board, ...keys) {
    board.focus();
    for (const name of keys) {
        const [key, shift] = name.split("+").reverse();
        const shiftKey = Boolean(shift);
        board.dispatchEvent(new KeyboardEvent("keydown", { key, shiftKey, bubbles: true }));
    }
}

/** A key of the whole page goes to whatever has the focus, as a keyboard sends it. */
export function pressOnPage(key) {
    document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
}

function pointer(element, type, clientX, clientY) {
    element.dispatchEvent(
        new PointerEvent(type, { bubbles: true, pointerType: "mouse", clientX, clientY })
    );
}

/** Drag from one cell of a line to another, as a mouse does: a click comes last. */
export function dragOver(track, first, last, cells) {
    const { left, top, width } = track.getBoundingClientRect();
    const x = (cell) => left + (width * (cell + 0.5)) / cells;
    pointer(track, "pointerdown", x(first), top + 5);
    pointer(track, "pointermove", x(last), top + 5);
    pointer(track, "pointerup", x(last), top + 5);
    pointer(track, "click", x(last), top + 5);
}

/** Take a bar in its middle and let it go so many cells later, so many lines below. */
export function moveBar(bar, later, below, cells) {
    const track = bar.closest(".o_board_track").getBoundingClientRect();
    const { left, top, width } = bar.getBoundingClientRect();
    const [x, y] = [left + width / 2, top + 5];
    const [until, under] = [x + (track.width * later) / cells, y + below * LINE];
    pointer(bar, "pointerdown", x, y);
    pointer(bar, "pointermove", until, under);
    pointer(bar, "pointerup", until, under);
    pointer(bar, "click", until, under);
}
