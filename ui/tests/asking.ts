// What the tests of sign-ins that wait have in common: Contoso's account, one or more requests, and fingers.
import { screen } from "@testing-library/svelte";
import type { RequestView } from "../src/bridge/bridge";
import { Fake } from "../src/bridge/fake";
import { invented, request, workAccount } from "../src/bridge/invented";
import { at, open, press } from "./look";

export function withWork(...waiting: RequestView[]): Fake {
  const fake = new Fake({ accounts: [workAccount(), ...invented()] });
  fake.waiting = waiting;
  return fake;
}

/** The question about the only request. */
export async function asked(changes: Partial<RequestView> = {}): Promise<Fake> {
  const fake = await open(withWork(request(changes)));
  await press("waiting");
  return fake;
}

export async function number(digits: string) {
  for (const digit of digits) await press(`key-${digit}`);
}

/** Holds the answer to a request back until the answer is called. */
export function slow(fake: Fake): () => void {
  const answer = fake.answerRequest.bind(fake);
  let go!: () => void;
  fake.answerRequest = async (...asked) => {
    await new Promise<void>((done) => (go = done));
    return answer(...asked);
  };
  return () => go();
}

export const h1 = () => screen.getAllByRole("heading", { level: 1 }).at(-1)?.textContent?.trim();
export const cells = () => screen.getAllByTestId("cell").map((cell) => cell.getAttribute("aria-label"));
export const cannot = () => (at("approve") as HTMLButtonElement).disabled;
export const said = () => at("approve-said").textContent;
export const outcome = () => at("result").dataset.outcome;
export const picture = () => document.querySelector<SVGElement>(".halves")?.dataset.as;
