// What may know what. Read from the sources, so that it holds for files nobody thought of.
import { readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const root = resolve("src");
const files = readdirSync(root, { recursive: true, encoding: "utf8" })
  .filter((name) => /\.(ts|svelte)$/.test(name) && !name.startsWith("paraglide"))
  .map((name) => ({ name, text: readFileSync(join(root, name), "utf8") }));
const product = files.filter(({ name }) => !name.endsWith(".test.ts"));

/** Where each import of a file leads, inside `src` where it is one of ours. */
function imports({ name, text }: { name: string; text: string }): string[] {
  return [...text.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].map(([, target = ""]) =>
    target.startsWith(".") ? relative(root, resolve(root, name, "..", target)) : target,
  );
}

const within = (folder: string) => product.filter(({ name }) => name.startsWith(folder));

describe("what may know what", () => {
  it("only the bindings and their bridge know Tauri", () => {
    const knowing = product.filter((file) => imports(file).some((target) => target.startsWith("@tauri-apps")));
    expect(knowing.map(({ name }) => name).sort()).toEqual(["bridge/bindings.ts", "bridge/tauri.ts"]);
    for (const { name, text } of product) {
      if (!name.startsWith("bridge/")) expect(text, name).not.toMatch(/\binvoke\s*[(<]/);
    }
  });

  it("screens know the bridge by its interface only", () => {
    for (const file of product.filter(({ name }) => !name.startsWith("bridge/") && name !== "main.ts")) {
      const known = imports(file).filter((target) => target.startsWith("bridge/"));
      expect(known.filter((target) => target !== "bridge/bridge"), file.name).toEqual([]);
    }
  });

  it("a feature does not know another feature", () => {
    for (const file of within("features/")) {
      const own = file.name.split("/").slice(0, 2).join("/");
      const others = imports(file).filter((target) => target.startsWith("features/") && !target.startsWith(`${own}/`));
      expect(others, file.name).toEqual([]);
    }
  });

  it("components know neither bridge nor features nor the state of the app", () => {
    for (const file of within("components/")) {
      const known = imports(file).filter((target) => /^(bridge|features)\/|^app\.svelte|^App\.svelte/.test(target));
      expect(known, file.name).toEqual([]);
    }
  });

  it("nothing is kept in the web view, and no markup is made from text", () => {
    for (const { name, text } of product) {
      expect(text, name).not.toMatch(/localStorage|sessionStorage|indexedDB|document\.cookie/);
      expect(text, name).not.toMatch(/\{@html|innerHTML|insertAdjacentHTML|\beval\(|new Function/);
      expect(text, name).not.toMatch(/\sstyle="|<style/);
    }
  });

  it("files stay small", () => {
    for (const { name, text } of files.filter((file) => !["bridge/bindings.ts", "bridge/fake.ts"].includes(file.name))) {
      expect(text.split("\n").length, name).toBeLessThanOrEqual(305);
    }
  });
});
