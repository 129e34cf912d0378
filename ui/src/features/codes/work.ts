// What stands in the way of a work account, in words.
import type { WorkView } from "../../bridge/bridge";
import { m } from "../../paraglide/messages.js";

/** What keeps it from approving; nothing for one that may, or that is only a name. */
export function hindrance(work: WorkView): string | null {
  if (work.state === "pending") return m.row_pending();
  if (work.state === "suspended") return m.result_suspended_title();
  if (work.state === "stale") return m.blocked_stale();
  if (work.state === "active" && work.needsUpdate) return m.blocked_update();
  return null;
}

export function mendedBySignIn(work: WorkView): boolean {
  return work.state === "signIn" || work.state === "stale";
}
