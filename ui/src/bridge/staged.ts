// The fake bridge at a stage named in the address, to look at screens in a browser:
// `?stage=consent`, `?problem=keyLost&vault`, `?empty`, `?language=sv`, `?theme=dark`, `?hide`, `?many=1000`.
import type { AppView, Language, Problem, Theme } from "./bridge";
import { Fake } from "./fake";
import { account } from "./invented";

export function staged(query: URLSearchParams): Fake {
  const fake = new Fake({ stage: stage(query), accounts: accounts(query) });
  fake.passphrase = "correct horse battery";
  fake.app.settings.language = (query.get("language") ?? "system") as Language;
  fake.app.settings.theme = (query.get("theme") ?? "system") as Theme;
  fake.app.settings.hideCodes = query.has("hide");
  fake.app.deviceType = (query.get("device") ?? "desktop") as AppView["deviceType"];
  fake.app.settings.protection = query.has("locks") ? "passphrase" : "keystore";
  fake.olderCopyUsed = query.has("older");
  return fake;
}

function stage(query: URLSearchParams): AppView["stage"] {
  const problem = query.get("problem");
  if (problem) return { type: "problem", problem: problem as Problem, vaultExists: query.has("vault") };
  return { type: query.get("stage") ?? "ready" } as AppView["stage"];
}

function accounts(query: URLSearchParams) {
  if (query.has("empty")) return [];
  const many = Number(query.get("many"));
  if (!many) return undefined;
  return Array.from({ length: many }, (_, i) => account({ id: `a${i}`, issuer: `Site ${i + 1}` }));
}
