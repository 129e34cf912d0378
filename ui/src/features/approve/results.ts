// How a request ended, in words: what happened, whether anything was lost, and what comes next.
import type { DeviceType, Outcome } from "../../bridge/bridge";
import type { Ending } from "../../components/halves";
import { m } from "../../paraglide/messages.js";
import { hours, roughly } from "../../times";
import type { End } from "./states";
import { org as orgOf } from "./facts";

export interface Result {
  as: Ending;
  title: string;
  text: string;
  note?: string;
  /** Somebody has the password. */
  password?: string;
  /** Where the person goes from here, besides closing it. */
  next?: "again" | "code" | "signIn";
  /** Good news is not an alarm. */
  role: "status" | "alert";
}

interface Known {
  device: DeviceType;
  /** The account shows codes. */
  codes: boolean;
}

export function result(end: End, { device, codes }: Known): Result {
  const { request } = end;
  const host = request.host;
  const org = orgOf(request);
  const app = request.app;
  const retry = end.isOpen ? { next: "again" as const } : {};
  const results: Record<Outcome, () => Result> = {
    approved: () => approved(end, { device, codes }),
    denied: () => ({
      as: "stopped",
      role: "status",
      title: m.result_denied_title(),
      text: denied(end, org),
    }),
    reported: () => ({
      as: "stopped",
      role: "status",
      title: m.result_denied_title(),
      text: app ? m.result_reported({ app, org }) : m.result_reported_plain({ org }),
      ...(request.purpose === "signIn" ? { password: m.result_password_title({ org }) } : {}),
    }),
    wrongNumber: () => ({
      as: "missed",
      role: "alert",
      title: m.result_wrong_title(),
      text: m.result_wrong(),
      note: m.result_wrong_note(),
    }),
    expired: () => ({
      as: "late",
      role: "alert",
      title: m.result_expired_title(),
      text: m.result_expired({ time: roughly(request.lifeMs) }),
    }),
    answered: () => ({ as: "late", role: "alert", title: m.result_answered_title(), text: m.result_answered() }),
    locked: () => ({
      as: "paused",
      role: "alert",
      title: end.retryAt === null ? m.result_paused_title() : m.result_paused_until({ time: hours(end.retryAt) }),
      text: codes ? m.result_paused() : m.result_paused_plain(),
      note: m.result_paused_note(),
      ...(codes ? { next: "code" as const } : {}),
    }),
    suspended: () => ({
      as: "paused",
      role: "alert",
      title: m.result_suspended_title(),
      text: m.result_suspended({ org, device }),
    }),
    notActive: () => ({
      as: "paused",
      role: "alert",
      title: m.result_not_active_title(),
      text: m.result_not_active(),
      next: "signIn",
    }),
    needsUpdate: () => ({ as: "paused", role: "alert", title: m.blocked_update(), text: m.result_update() }),
    signInAgain: () => ({
      as: "paused",
      role: "alert",
      title: m.result_again_title(),
      text: m.result_again({ org, device }),
      next: "signIn",
    }),
    removed: () => ({
      as: "stopped",
      role: "alert",
      title: m.result_removed_title({ org, device }),
      text: m.result_removed(),
      next: "signIn",
    }),
    offline: () => ({
      as: "paused",
      role: "alert",
      title: m.result_offline_title({ host }),
      text: m.result_offline(),
      ...retry,
    }),
    tryLater: () => ({
      as: "paused",
      role: "alert",
      title: m.result_later_title({ host }),
      text:
        end.retryAfter === null
          ? m.result_later_plain()
          : m.result_later({ time: roughly(end.retryAfter * 1000) }),
      ...retry,
    }),
    notVerified: () => ({
      as: "paused",
      role: "alert",
      title: m.result_unverified_title(),
      text: m.result_unverified(),
      ...retry,
    }),
    refused: () => ({
      as: "paused",
      role: "alert",
      title: m.result_refused_title({ host }),
      text: m.result_refused(),
    }),
  };
  return results[end.outcome]();
}

function approved({ request, isSetUp }: End, { device, codes }: Known): Result {
  const good = { as: "joined", role: "status" } as const;
  if (isSetUp) {
    const name = orgOf(request);
    return { ...good, title: m.ready_title({ name }), text: codes ? m.ready_both() : m.ready_approvals() };
  }
  if (request.purpose !== "signIn") {
    return { ...good, title: m.result_approved_title(), text: m.result_approved_page() };
  }
  const { app } = request;
  const text = app ? m.result_approved({ app, device }) : m.result_approved_plain({ device });
  return { ...good, title: m.result_approved_title(), text };
}

function denied({ request, reason }: End, org: string): string {
  if (reason === "unknownApp") return m.result_unknown_app({ org });
  return request.app ? m.result_denied({ app: request.app }) : m.result_denied_plain();
}
