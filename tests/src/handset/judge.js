// Looks at the page as it is drawn, and says what a person with a phone would stumble over. Runs in the page, through
// the driver.

async function judge({ top, bottom, left, right, least, rules }) {
  const found = [];
  const width = innerWidth;
  const height = innerHeight;
  const named = (element) => {
    const id = element.closest("[data-testid]")?.dataset.testid ?? "";
    const text = (element.textContent ?? "").trim().replace(/\s+/g, " ").slice(0, 40);
    return `<${element.tagName.toLowerCase()} class="${element.getAttribute("class") ?? ""}"> in ${id || "no id"} (${text})`;
  };
  const isThere = (element) =>
    element.checkVisibility({ visibilityProperty: true, opacityProperty: false }) && !element.closest("[inert]");
  const isHidden = (element) => element.closest(".visually-hidden") !== null;
  const all = (selector, from = document) => [...from.querySelectorAll(selector)].filter(isThere);

  const asked = {
    all: {},
    colours: { runOnly: ["color-contrast"] },
    shapes: { rules: { "color-contrast": { enabled: false } } },
  };
  const axed = await axe.run(document, { resultTypes: ["violations"], ...asked[rules] });
  for (const { id, nodes } of axed.violations) {
    for (const { html, any, all, target } of nodes) {
      // The name has the code's digits one by one, so that they are not read as hundreds; what comes before is as it
      // is seen.
      const element = document.querySelector(target.at(-1));
      const seen = element?.querySelector(".name")?.textContent ?? "";
      const isCode = id === "label-content-name-mismatch" && element?.querySelector(".code");
      if (isCode && element.getAttribute("aria-label").startsWith(seen)) continue;
      found.push(`axe ${id}: ${html.slice(0, 160)} ${[...any, ...all].map(({ message }) => message).join("; ").slice(0, 200)}`);
    }
  }

  // Nothing is wider than its place, and no text is cut off.
  for (const element of [document.documentElement, document.body, ...all(".screen, .bar, .body, .foot, .sheet, .btn, .row, .list")]) {
    if (element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0) {
      found.push(`wider than its place (${element.scrollWidth} > ${element.clientWidth}): ${named(element)}`);
    }
  }

  if (document.documentElement.scrollWidth > width) {
    const beyond = [...document.querySelectorAll("body *")].filter((each) => each.getBoundingClientRect().right > width + 1);
    found.push(`at the side: ${beyond.slice(-3).map(named).join(", ")}`);
  }

  // What can be pressed is large enough for a finger.
  const pressed = "button, a[href], input:not([type=file]), select, textarea, summary, [role=button], [role=switch]";
  for (const element of all(pressed)) {
    const target = element.matches("input") ? (element.closest("label, .input, .cells") ?? element) : element;
    const box = target.getBoundingClientRect();
    if (isHidden(target) || (box.width <= 1 && box.height <= 1)) continue;
    if (getComputedStyle(target).display === "inline") continue;
    if (box.width < least - 0.5 || box.height < least - 0.5) {
      found.push(`too small for a finger (${Math.round(box.width)}×${Math.round(box.height)}): ${named(target)}`);
    }
  }

  // Neither text nor what can be pressed is under the camera, the clock or the bar for gestures. What scrolls may go
  // there on its way, but at its end must not.
  const boxes = (element) => {
    if (element.matches(pressed)) return [element.getBoundingClientRect()];
    const range = document.createRange();
    return [...element.childNodes]
      .filter((node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim())
      .flatMap((node) => (range.selectNodeContents(node), [...range.getClientRects()]));
  };
  const top1 = all("[role=dialog], [role=alertdialog]").at(-1);
  const place = top1 ?? document.getElementById("app");
  const scrollers = all(".screen, .body, .sheet").filter((element) => {
    const { overflowY } = getComputedStyle(element);
    return (overflowY === "auto" || overflowY === "scroll") && element.scrollHeight > element.clientHeight + 1;
  });
  const before = scrollers.map((element) => element.scrollTop);
  const under = (when, isScrolled) => {
    for (const element of all("*", place)) {
      if (isHidden(element) || element.closest("svg")) continue;
      const scroller = scrollers.find((each) => each !== element && each.contains(element));
      for (const box of boxes(element)) {
        if (box.width <= 1 || box.height <= 1) continue;
        if (box.left < left - 1 || box.right > width - right + 1) {
          found.push(`${when}: beside the screen (${Math.round(box.left)} to ${Math.round(box.right)}): ${named(element)}`);
        } else if (box.top < top - 1 && !(scroller && isScrolled)) {
          found.push(`${when}: under the clock (${Math.round(box.top)}): ${named(element)}`);
        } else if (box.bottom > height - bottom + 1 && (!scroller || isScrolled)) {
          // Sticky parts and all that the end of a body leaves behind it count.
          found.push(`${when}: under the lower edge (${Math.round(box.bottom)}): ${named(element)}`);
        }
      }
    }
  };
  under("at the top", false);
  // Rows that were out of sight get their height on the way, so the end may move a few times.
  for (let ends = -1, tries = 0; tries < 8; tries += 1) {
    for (const element of scrollers) element.scrollTop = element.scrollHeight;
    await new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)));
    const sum = scrollers.reduce((all, { scrollHeight }) => all + scrollHeight, 0);
    if (sum === ends) break;
    ends = sum;
  }
  under("at the end", true);
  scrollers.forEach((element, i) => (element.scrollTop = before[i]));

  // Read aloud, things come in the order in which they stand.
  for (const column of all(".screen, .body, .list, .sheet, .foot:not(.two)")) {
    let lowest = -Infinity;
    for (const child of column.children) {
      if (!isThere(child) || isHidden(child)) continue;
      const { position, order } = getComputedStyle(child);
      const box = child.getBoundingClientRect();
      if (position === "absolute" || position === "fixed" || position === "sticky" || box.height <= 1) continue;
      if (order !== "0" || box.top < lowest - 1) found.push(`read in another order than it stands: ${named(child)}`);
      lowest = Math.max(lowest, box.top);
    }
  }

  // One heading says what this is, and has the focus or holds what has it.
  const headings = top1 ? all("h2", top1) : all("h1");
  if (headings.length !== 1 && !(top1 && headings.length > 0)) found.push(`${headings.length} headings`);

  return [...new Set(found)];
}
