// What lies on top of what: screens and sheets in the order they opened. Escape and the system's
// back button close the top one. History entries follow the layers, never the other way round.

const layers: (() => void)[] = [];
let entries = 0;
let travelling = false;
let due = false;

/** Puts a layer on top; the answer takes it away without calling `close`. */
export function pushLayer(close: () => void): () => void {
  const layer = () => close();
  layers.push(layer);
  settle();
  return () => {
    const at = layers.indexOf(layer);
    if (at >= 0) layers.splice(at, 1);
    settle();
  };
}

export function closeTop(): boolean {
  const top = layers.at(-1);
  top?.();
  return top !== undefined;
}

/** Whether the history has still to follow. A test ends only when it has: its window goes with it. */
export function following(): boolean {
  return due || travelling;
}

addEventListener("popstate", () => {
  if (travelling) {
    travelling = false;
    settle();
  } else if (entries > 0) {
    entries -= 1;
    closeTop();
  }
});

addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !event.isComposing && closeTop()) event.preventDefault();
});

/** Later, so that closing one layer to open another leaves the history as it is. */
function settle() {
  if (due) return;
  due = true;
  setTimeout(() => {
    due = false;
    if (travelling) return;
    while (entries < layers.length) {
      entries += 1;
      history.pushState(null, "");
    }
    if (entries > layers.length) {
      travelling = true;
      history.go(layers.length - entries);
      entries = layers.length;
    }
  });
}
