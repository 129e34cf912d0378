import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { screen, within } from "@testing-library/svelte";
import { at, maybe, open, press, row, settled } from "../../../tests/look";
import { sight } from "../../components/sight";

/** Tells what it is told to tell. */
class Observer {
  static all: Observer[] = [];
  readonly seen = new Set<Element>();

  constructor(
    private pass: (entries: Partial<IntersectionObserverEntry>[]) => void,
    readonly options: IntersectionObserverInit,
  ) {
    Observer.all.push(this);
  }

  observe = (element: Element) => this.seen.add(element);
  unobserve = (element: Element) => this.seen.delete(element);

  static async tell(target: Element, isIntersecting: boolean) {
    for (const observer of this.all) if (observer.seen.has(target)) observer.pass([{ target, isIntersecting }]);
    await settled();
  }
}

const label = (id: string) => within(row(id)).getByTestId("copy").getAttribute("aria-label") ?? "";

describe("where the web view says what is in sight", () => {
  beforeEach(() => {
    Observer.all = [];
    vi.stubGlobal("IntersectionObserver", Observer);
  });
  afterEach(() => vi.unstubAllGlobals());

  it("a row holds its code while it is in sight, and no longer", async () => {
    const fake = await open();
    const code = (await fake.codes())[0]?.digits ?? "";
    const bare = () => row("n").outerHTML.replace(/\s|<[^>]*>/g, "");
    expect(bare()).not.toMatch(/\d{3}/);
    expect(label("n")).toBe("Northwind, maria@example.org, code. Copy");

    await Observer.tell(row("n"), true);
    expect(bare()).toContain(code);
    expect(label("n")).toContain([...code].join(" "));
    expect(row("n").querySelector(".ring")).not.toBeNull();
    expect(row("f").querySelector(".ring")).toBeNull();

    await Observer.tell(row("n"), false);
    expect(bare()).not.toMatch(/\d{3}/);
    expect(label("n")).toBe("Northwind, maria@example.org, code. Copy");
    expect(row("n").querySelector(".ring")).toBeNull();
  });

  it("a row that comes into sight shows the code of that moment", async () => {
    const fake = await open();
    await Observer.tell(row("n"), true);
    await Observer.tell(row("n"), false);
    fake.tell("codesChanged", (await fake.codes()).map((code) => ({ ...code, digits: "918273", next: null })));
    await settled();
    expect(row("n").textContent).not.toMatch(/\d{3}/);
    await Observer.tell(row("n"), true);
    expect(within(row("n")).getByTestId("code").textContent).toBe("918273");
  });

  it("a row out of sight still copies and has its menu", async () => {
    const fake = await open();
    await press("copy", row("n"));
    expect(fake.calls).toContain("copyCode");
    await press("more", row("n"));
    expect(screen.getByRole("dialog")).toBeTruthy();
  });

  it("one observer watches the whole list, a little beyond its edges, and lets go of rows that are gone", async () => {
    await open();
    expect(Observer.all).toHaveLength(1);
    expect(Observer.all[0]?.options).toEqual({ root: document.querySelector(".body"), rootMargin: "300px 0px" });
    await press("open-search");
    expect(Observer.all).toHaveLength(2);
    expect(Observer.all[1]?.seen.size).toBeGreaterThan(0);
    await press("close-search");
    expect(maybe("search")).toBeNull();
    expect(Observer.all[1]?.seen.size).toBe(0);
    expect(at("open-search")).toBeTruthy();
  });
});

it("where the web view does not say, everything is in sight", () => {
  const tell = vi.fn();
  const body = document.createElement("div");
  body.className = "body";
  const element = body.appendChild(document.createElement("p"));
  sight(element, tell);
  expect(tell).toHaveBeenCalledWith(true);
});
