// The system's keyboard lies over the lower part of the page and makes nothing smaller but what is seen of it. The
// page gives way, so that neither the field that is typed into nor the button that comes next is under it.

/** Follows the keyboard until the answer is called. */
export function giveWay(): () => void {
  const seen = globalThis.visualViewport;
  if (!seen) return () => undefined;
  const { style } = document.documentElement;

  function fit() {
    // Whoever has magnified the page sees a part of it, too.
    const covered = seen && seen.scale === 1 ? Math.round(innerHeight - seen.height) : 0;
    if (covered <= 0) {
      style.removeProperty("--keyboard");
      style.removeProperty("--safe-bottom");
      return;
    }
    style.setProperty("--keyboard", `${covered}px`);
    // The bar for gestures is under the keyboard.
    style.setProperty("--safe-bottom", "0px");
    // The system has pushed the page up to show the field. It has room enough where it is.
    scrollTo(0, 0);
    document.activeElement?.scrollIntoView({ block: "nearest" });
  }

  seen.addEventListener("resize", fit);
  fit();
  return () => seen.removeEventListener("resize", fit);
}
