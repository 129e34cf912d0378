// jsdom has no layout and no media queries; tests see a phone with English texts unless they say otherwise.
import { cleanup, configure } from "@testing-library/svelte";
import { afterEach, vi } from "vitest";
import { following } from "../src/components/layers";

// The whole page in every message hides what the message says.
configure({ getElementError: (message) => new Error(message ?? "not found") });

let width = 390;

export function windowIs(pixels: number) {
  width = pixels;
}

vi.stubGlobal("matchMedia", (query: string) => {
  const least = /min-width: ([\d.]+)rem/.exec(query)?.[1];
  return {
    get matches() {
      return least !== undefined && width >= Number(least) * 16;
    },
    media: query,
    addEventListener() {},
    removeEventListener() {},
  };
});

/** jsdom draws nothing, and says so on every try. */
HTMLCanvasElement.prototype.getContext = () => null;

/** jsdom's files cannot be read the way every browser's can. */
Blob.prototype.arrayBuffer ??= function (this: Blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result as ArrayBuffer);
    reader.onerror = () => reject(reader.error);
    reader.readAsArrayBuffer(this);
  });
};

/** Nor does it know `inert`, which hides a layer that lies under another. */
Object.defineProperty(HTMLElement.prototype, "inert", {
  get(this: HTMLElement) {
    return this.hasAttribute("inert");
  },
  set(this: HTMLElement, inert: boolean) {
    this.toggleAttribute("inert", inert);
  },
});

afterEach(async () => {
  cleanup();
  document.body.replaceChildren();
  windowIs(390);
  await caughtUp();
});

/** The history follows the layers a moment later; a window that is gone by then has none. */
async function caughtUp() {
  for (let turns = 0; following(); turns += 1) {
    if (turns > 200) throw new Error("the history does not follow the layers");
    await new Promise((go) => setTimeout(go));
  }
}
