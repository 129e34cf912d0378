// Which elements are in sight, or nearly. Where the web view cannot say, all of them are.

/** Scrolling finds what comes next already there. */
const NEAR = "300px 0px";

const tells = new WeakMap<Element, (inSight: boolean) => void>();
/** One for each body that scrolls: the margin counts at its edge only. */
const observers = new WeakMap<Element, IntersectionObserver>();

/** Tells whether an element inside the body of a screen is in sight: at first, and at each change. */
export function sight(element: HTMLElement, tell: (inSight: boolean) => void) {
  const body = element.closest(".body");
  if (!body || !("IntersectionObserver" in globalThis)) {
    tell(true);
    return;
  }
  let observer = observers.get(body);
  if (!observer) observers.set(body, (observer = new IntersectionObserver(pass, { root: body, rootMargin: NEAR })));
  tells.set(element, tell);
  observer.observe(element);
  return { destroy: () => observer.unobserve(element) };
}

function pass(entries: IntersectionObserverEntry[]) {
  for (const { target, isIntersecting } of entries) tells.get(target)?.(isIntersecting);
}
