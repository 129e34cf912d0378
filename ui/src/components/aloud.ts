// What is said aloud goes beside the screens: a sheet makes all of them inert, and nobody hears what is.

/** For an element with `role="status"`, alone in a `.home`. */
export function aloud(node: HTMLElement) {
  document.body.append(node);
}
