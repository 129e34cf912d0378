// Serves kept pages with the service's own content policy, opens each, and prints what axe-core objects to.
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { once } from "node:events";

const [axePath, folder, pictures] = process.argv.slice(2);
const axe = readFileSync(axePath, "utf8");
const pages = readdirSync(folder).filter((name) => name.endsWith(".html")).sort();
if (pages.length < 100) throw new Error(`only ${pages.length} pages were kept`);

const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
  "form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
const kinds = { css: "text/css", js: "text/javascript", svg: "image/svg+xml", html: "text/html; charset=utf-8" };
const server = createServer((request, response) => {
  const path = request.url.split("?")[0].slice(1);
  const name = path.replace(/^assets\/[0-9a-f]+-/, "");
  try {
    const content = readFileSync(`${folder}/${name}`);
    response.writeHead(200, { "content-type": kinds[name.split(".").pop()], "content-security-policy": policy });
    response.end(content);
  } catch {
    // What a page waits for does not come.
  }
});
server.listen(0, "127.0.0.1");
await once(server, "listening");
const origin = `http://127.0.0.1:${server.address().port}`;

const probe = createServer().listen(0, "127.0.0.1");
await once(probe, "listening");
const { port } = probe.address();
probe.close();
const driver = spawn("chromedriver", [`--port=${port}`], { stdio: "ignore" });

async function command(method, path, body) {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
    method,
    body: body && JSON.stringify(body),
  });
  const { value } = await answer.json();
  if (!answer.ok) throw new Error(JSON.stringify(value));
  return value;
}

async function ready() {
  for (let tries = 0; tries < 100; tries += 1) {
    try {
      return await command("GET", "/status");
    } catch {
      await new Promise((done) => setTimeout(done, 100));
    }
  }
  throw new Error("chromedriver does not answer");
}

let violations = 0;
let looks = 0;
try {
  await ready();
  const args = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--lang=en"];
  const capabilities = {
    alwaysMatch: { browserName: "chrome", "goog:chromeOptions": { args }, "goog:loggingPrefs": { browser: "ALL" } },
  };
  const { sessionId } = await command("POST", "/session", { capabilities });
  const at = `/session/${sessionId}`;
  const devtools = (cmd, params) => command("POST", `${at}/goog/cdp/execute`, { cmd, params });
  await command("POST", `${at}/timeouts`, { pageLoad: 60000, script: 60000 });
  for (const [theme, width, height] of [["light", 1280, 800], ["dark", 1280, 800], ["light", 320, 640]]) {
    await devtools("Emulation.setEmulatedMedia", {
      features: [{ name: "prefers-color-scheme", value: theme }, { name: "prefers-reduced-motion", value: "reduce" }],
    });
    await devtools("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile: false });
    for (const page of pages) {
      await command("POST", `${at}/url`, { url: `${origin}/${encodeURIComponent(page)}` });
      const found = await command("POST", `${at}/execute/sync`, {
        script: `${axe};
          const wide = document.documentElement.scrollWidth > document.documentElement.clientWidth;
          return axe.run({ resultTypes: ["violations"] }).then(({ violations }) => [
            ...violations.flatMap(({ id, nodes }) => nodes.map((node) => id + ": " + node.html.slice(0, 160))),
            ...(wide ? ["does not fit: " + document.documentElement.scrollWidth] : []),
          ]);`,
        args: [],
      });
      looks += 1;
      for (const what of found) {
        violations += 1;
        console.error(`${page} (${theme}, ${width}): ${what}`);
      }
      if (pictures && page.endsWith(".en.html")) {
        mkdirSync(pictures, { recursive: true });
        const picture = await command("GET", `${at}/screenshot`);
        writeFileSync(`${pictures}/${page.slice(0, -8)}-${theme}-${width}.png`, Buffer.from(picture, "base64"));
      }
    }
  }
  const log = await command("POST", `${at}/se/log`, { type: "browser" });
  const refused = log.filter(({ message }) => /Content Security Policy/.test(message));
  for (const { message } of refused) console.error(message);
  violations += refused.length;
  await command("DELETE", at);
} finally {
  driver.kill();
  server.closeAllConnections();
  server.close();
}
console.log(`${looks} looks at ${pages.length} pages, ${violations} objections`);
process.exitCode = violations === 0 ? 0 : 1;
