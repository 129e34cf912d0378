// Pulling a screen down with a finger when it is at its top, to ask again.

const FAR_PX = 72;
/** The screen follows the finger more and more slowly. */
const SLOWER = 0.5;

export interface Pull {
  /** None while there is nothing to ask. */
  onpull: (() => void) | null;
  busy: boolean;
}

/** For an element with a `.body` that scrolls. `data-pull` says how far it is: moving, far or busy. */
export function pull(node: HTMLElement, options: Pull) {
  let from: number | null = null;
  let far = false;

  const top = () => (node.querySelector(".body")?.scrollTop ?? 0) <= 0;

  function start(event: TouchEvent) {
    const finger = event.touches[0];
    from = options.onpull && !options.busy && event.touches.length === 1 && finger && top() ? finger.clientY : null;
    far = false;
  }

  function move(event: TouchEvent) {
    const finger = event.touches[0];
    if (from === null || !finger) return;
    const way = finger.clientY - from;
    if (way <= 0 || !top() || node.querySelector(".dragging")) return end();
    event.preventDefault();
    far = way * SLOWER >= FAR_PX;
    node.style.setProperty("--pull", `${Math.min(way * SLOWER, FAR_PX * 1.25)}px`);
    node.dataset.pull = far ? "far" : "moving";
  }

  function release() {
    const pulled = from !== null && far;
    end();
    if (pulled) options.onpull?.();
  }

  function end() {
    from = null;
    far = false;
    node.style.removeProperty("--pull");
    show();
  }

  function show() {
    if (options.busy) node.dataset.pull = "busy";
    else delete node.dataset.pull;
  }

  node.addEventListener("touchstart", start, { passive: true });
  node.addEventListener("touchmove", move, { passive: false });
  node.addEventListener("touchend", release);
  node.addEventListener("touchcancel", end);
  show();
  return {
    update(next: Pull) {
      options = next;
      if (from === null) show();
    },
    destroy() {
      node.removeEventListener("touchstart", start);
      node.removeEventListener("touchmove", move);
      node.removeEventListener("touchend", release);
      node.removeEventListener("touchcancel", end);
    },
  };
}
