// What is built for the app: nothing invented in it, and nothing that its content policy would refuse.
import { build, type Rolldown } from "vite";
import { beforeAll, describe, expect, it } from "vitest";

let files: { name: string; text: string }[] = [];

beforeAll(async () => {
  // Vitest sets this to "test", which would make Vite build the version for development.
  process.env.NODE_ENV = "production";
  const built = (await build({ mode: "production", logLevel: "error", build: { write: false } })) as Rolldown.RolldownOutput;
  process.env.NODE_ENV = "test";
  files = built.output.map((file) => ({
    name: file.fileName,
    text: file.type === "chunk" ? file.code : String(file.source),
  }));
}, 120_000);

const named = (end: string) => files.filter(({ name }) => name.endsWith(end));

describe("the build", () => {
  it("has no trace of the fake bridge", () => {
    expect(named(".js").length).toBeGreaterThan(0);
    for (const { name, text } of files) expect(text, name).not.toMatch(/Wide World VPN|Fabrikam|correct horse/);
  });

  it("has no inline script, style or handler in its page", () => {
    const [page] = named(".html");
    expect(page?.text).not.toMatch(/<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)/);
  });

  it("has no style attribute in the markup of a component, and makes no code from text", () => {
    for (const { name, text } of named(".js")) {
      expect(text, name).not.toMatch(/<[a-z][^<>]*\sstyle="/);
      expect(text, name).not.toMatch(/\beval\(|new Function\(/);
    }
  });

  it("keeps its styles in a file of their own", () => {
    expect(named(".css")).toHaveLength(1);
    expect(named(".css")[0]?.text).not.toMatch(/url\((?!#)/);
  });

  it("has no way to call anybody", () => {
    for (const { name, text } of named(".js")) {
      expect(text, name).not.toMatch(/\bfetch\(|XMLHttpRequest|WebSocket|EventSource|sendBeacon|RTCPeerConnection/);
    }
  });
});
