// Moving a row with the pointer: a mouse drags at once, a finger after holding still. The keyboard has
// "Move up" and "Move down" in the row's menu.

const MOUSE_PX = 6;
const STILL_PX = 8;
const HOLD_MS = 400;

/** For a list whose children carry `data-id`; tells which one goes before which, or last. */
export function reorder(list: HTMLElement, onmove: (id: string, before: string | null) => void) {
  let row: HTMLElement | null = null;
  let dragging = false;
  let from = { x: 0, y: 0 };
  let holding: ReturnType<typeof setTimeout> | undefined;
  let before: Element | null = null;

  function down(event: PointerEvent) {
    const target = event.target as Element;
    if (event.button !== 0 || target.closest(".side")) return;
    row = target.closest<HTMLElement>("[data-id]");
    from = { x: event.clientX, y: event.clientY };
    if (event.pointerType !== "mouse") holding = setTimeout(begin, HOLD_MS);
  }

  function begin() {
    dragging = true;
    row?.classList.add("dragging");
  }

  function move(event: PointerEvent) {
    if (!row) return;
    const dx = event.clientX - from.x;
    const dy = event.clientY - from.y;
    if (!dragging) {
      if (event.pointerType === "mouse" && Math.abs(dy) > MOUSE_PX) begin();
      else if (event.pointerType !== "mouse" && Math.hypot(dx, dy) > STILL_PX) end();
    }
    if (!dragging || !row) return;
    row.style.setProperty("--drag", `${dy}px`);
    mark(placeAt(event.clientY));
  }

  /** The row that the dragged one would come before; none for the end. */
  function placeAt(y: number): Element | null {
    const others = [...list.children].filter((child) => child !== row);
    return others.find((child) => {
      const box = child.getBoundingClientRect();
      return y < box.top + box.height / 2;
    }) ?? null;
  }

  function mark(place: Element | null) {
    if (place === before) return;
    before?.classList.remove("drop-before");
    before = place;
    before?.classList.add("drop-before");
  }

  function up() {
    if (dragging && row) {
      addEventListener("click", swallow, { capture: true, once: true });
      setTimeout(() => removeEventListener("click", swallow, { capture: true }));
      if (before !== row.nextElementSibling) onmove(row.dataset.id ?? "", (before as HTMLElement | null)?.dataset.id ?? null);
    }
    end();
  }

  function end() {
    clearTimeout(holding);
    row?.classList.remove("dragging");
    row?.style.removeProperty("--drag");
    mark(null);
    row = null;
    dragging = false;
  }

  /** A finger that drags must not scroll the list as well. */
  function touch(event: TouchEvent) {
    if (dragging) event.preventDefault();
  }

  list.addEventListener("pointerdown", down);
  list.addEventListener("touchmove", touch, { passive: false });
  addEventListener("pointermove", move);
  addEventListener("pointerup", up);
  addEventListener("pointercancel", end);
  return {
    destroy() {
      end();
      list.removeEventListener("pointerdown", down);
      list.removeEventListener("touchmove", touch);
      removeEventListener("pointermove", move);
      removeEventListener("pointerup", up);
      removeEventListener("pointercancel", end);
    },
  };
}

function swallow(event: MouseEvent) {
  event.stopPropagation();
  event.preventDefault();
}
