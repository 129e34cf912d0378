// What a machine can find about accessibility, in the window as it is.
import axe from "axe-core";
import { expect } from "vitest";

/** jsdom lays nothing out, so colours and sizes are checked by eye. */
export async function check() {
  const { violations } = await axe.run(document, {
    resultTypes: ["violations"],
    rules: { "color-contrast": { enabled: false }, "target-size": { enabled: false } },
  });
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" | ")}`)).toEqual([]);
}

/** As in `product.css`: what lies under another screen is not there for anyone. */
const sheet = document.createElement("style");
sheet.textContent = ".under[inert] { visibility: hidden }";
document.head.append(sheet);
document.title = "Countersign";
document.documentElement.lang = "en";
