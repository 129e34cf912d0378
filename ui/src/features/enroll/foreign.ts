// What to say about codes that are recognised and belong elsewhere.
import type { ForeignApp } from "../../bridge/bridge";
import { m } from "../../paraglide/messages.js";
import type { Remark } from "./enroll.svelte";

export function foreignWords(app: ForeignApp): Remark {
  if (app === "webAddress") return { title: m.foreign_web_title(), text: m.foreign_web() };
  return { title: m.foreign_title(), text: texts[app]() };
}

const texts: Record<Exclude<ForeignApp, "webAddress">, () => string> = {
  microsoftWork: m.foreign_other_app,
  microsoftPersonal: m.foreign_other_app,
  passkey: m.foreign_passkey,
  privacyIdeaPush: m.foreign_push,
  privacyIdeaContainer: m.foreign_container,
};
