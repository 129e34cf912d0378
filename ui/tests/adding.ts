// What the tests of adding a work account have in common.
import type { CommandError } from "../src/bridge/bridge";
import { Fake } from "../src/bridge/fake";
import { frameOf } from "../src/bridge/invented";
import { open, press, settled, type } from "./look";

export const last = (fake: Fake) => fake.all.at(-1);

/** Past the address, where the code for the page is shown. */
export async function signingIn(fake = new Fake()): Promise<Fake> {
  await open(fake);
  await press("add");
  await press("add-work");
  await type("field-address", "maria@contoso.example");
  await press("work-submit");
  return fake;
}

export async function signed(fake: Fake, error?: CommandError) {
  fake.signedIn(error);
  await settled();
}

/** A set-up code was scanned. */
export async function scanned(fake = new Fake()): Promise<Fake> {
  fake.camera = "native";
  await open(fake);
  await press("add");
  await press("add-scan");
  const enroll = { type: "activation", session: "w1", host: "signin.example.org", typed: false } as const;
  fake.tell("cameraScan", frameOf({ type: "found", enroll }));
  await settled();
  return fake;
}
