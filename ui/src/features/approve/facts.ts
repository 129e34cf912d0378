// What a request says about itself, in words. All of it is from the signed challenge; what is missing is unknown.
import type { DeviceType, RequestPurpose, RequestView } from "../../bridge/bridge";
import { m } from "../../paraglide/messages.js";
import { country, moment } from "../../times";
import { fullName, title } from "../../words";

export function question(purpose: RequestPurpose): string {
  return {
    signIn: m.approve_question,
    activation: m.approve_question_test,
    securityChange: m.approve_question_change,
    recovery: m.approve_question_recovery,
  }[purpose]();
}

/** The account it is about, as it is in the list. */
export function whose({ issuer, username }: RequestView): string {
  return fullName({ issuer, account: username });
}

/** The organisation. */
export function org({ issuer, username }: RequestView): string {
  return title({ issuer, account: username });
}

export function appName(request: RequestView): string {
  return request.app || m.app_unknown();
}

export function placeName(request: RequestView): string | null {
  return request.place || (request.country ? country(request.country) : null);
}

const isFar = (request: RequestView) => request.proximity === "far";

/** What is unusual, as a heading; nothing if nothing is. */
export function warning(request: RequestView, device: DeviceType): string | null {
  if (request.unfamiliar) return isFar(request) ? m.approve_unfamiliar({ device }) : m.approve_new();
  return isFar(request) ? m.approve_far({ device }) : null;
}

/** The same for a row of the list. */
export function tag(request: RequestView): string | null {
  if (request.unfamiliar) return isFar(request) ? m.tag_new_place() : m.tag_unfamiliar();
  return isFar(request) ? m.tag_far() : null;
}

export function facts(request: RequestView) {
  const place = placeName(request);
  return [
    {
      name: m.fact_place(),
      value: place ?? m.unknown(),
      ...(place ? { note: m.approximate() } : {}),
      flag: request.unfamiliar === true || isFar(request),
    },
    { name: m.fact_browser(), value: request.client || m.unknown() },
    { name: m.fact_ip(), value: request.ip || m.unknown(), ltr: Boolean(request.ip) },
    { name: m.fact_time(), value: request.time === null ? m.unknown() : moment(request.time * 1000) },
  ];
}
