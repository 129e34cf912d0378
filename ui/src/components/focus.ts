// Who had the focus before a layer opened, and gets it back when the layer closes.

/** Could not take the focus back at once, because another layer opens over it in the same moment. */
let waiting: HTMLElement | null = null;

/** To be asked as a layer opens, before it takes the focus itself. */
export function opener(): HTMLElement | null {
  const before = waiting ?? document.activeElement;
  waiting = null;
  return before instanceof HTMLElement ? before : null;
}

export function giveBack(to: HTMLElement | null) {
  if (!to?.isConnected) return;
  to.focus({ preventScroll: true });
  waiting = document.activeElement === to && !to.closest("[inert]") ? null : to;
  queueMicrotask(() => (waiting = null));
}
