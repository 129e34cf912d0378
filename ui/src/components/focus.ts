// Who had the focus before a layer opened, and gets it back when the layer closes.

import { tick } from "svelte";

/** Could not take the focus back at once, because another layer opens over it in the same moment. */
let waiting: HTMLElement | null = null;

/** Due to those who had it before a screen that closed a moment ago. */
let owed: HTMLElement[] = [];

/** To be asked as a layer opens, before it takes the focus itself. */
export function opener(): HTMLElement | null {
  const before = waiting ?? owed.find((each) => each.isConnected) ?? document.activeElement;
  waiting = null;
  owed = [];
  return before instanceof HTMLElement ? before : null;
}

/** Once everything is drawn; unless another screen opens in the place of this one, which then owes it. */
export function giveBackSoon(to: HTMLElement | null) {
  if (!to) return;
  owed.push(to);
  void tick().then(() => {
    if (!owed.includes(to)) return;
    owed = owed.filter((each) => each !== to);
    giveBack(to);
  });
}

export function giveBack(to: HTMLElement | null) {
  if (!to?.isConnected) return;
  to.focus({ preventScroll: true });
  waiting = document.activeElement === to && !to.closest("[inert]") ? null : to;
  queueMicrotask(() => (waiting = null));
}
