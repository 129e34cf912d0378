// What most tests of the window do: open it on a fake bridge, and find, press and type by test id.
import { render, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { tick } from "svelte";
import App from "../src/App.svelte";
import { Fake } from "../src/bridge/fake";
import * as screens from "../src/later";

export const user = userEvent.setup({ delay: null });

export async function open(fake = new Fake()): Promise<Fake> {
  render(App, { bridge: fake, screens });
  await waitFor(() => {
    if (!document.querySelector("h1")) throw new Error("no screen yet");
  });
  await settled();
  return fake;
}

/** Everything asked of the fake has been answered and drawn. */
export async function settled() {
  for (let i = 0; i < 12; i += 1) await Promise.resolve();
  await tick();
  await new Promise((go) => setTimeout(go));
  await tick();
}

/** The files that were chosen have been read, too; jsdom takes many turns for each. */
export async function read() {
  for (let i = 0; i < 40; i += 1) await settled();
}

export const at = (id: string) => screen.getByTestId(id);
export const maybe = (id: string) => screen.queryByTestId(id);

export async function press(id: string, where: HTMLElement = document.body) {
  await user.click(within(where).getByTestId(id));
  await settled();
}

export async function type(id: string, text: string) {
  await user.clear(at(id));
  await user.type(at(id), text);
}

/** The row of an account in the list. */
export function row(id: string): HTMLElement {
  const found = screen.getAllByTestId("row").find((each) => each.dataset.id === id);
  if (!found) throw new Error(`no row ${id}`);
  return found;
}

export const rows = () => screen.getAllByTestId("row").map((each) => each.dataset.id);
