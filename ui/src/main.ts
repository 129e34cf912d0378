// Starts the screens on the bridge to the app; while developing in a browser, on the fake one.
import { mount } from "svelte";
import App from "./App.svelte";
import type { Bridge } from "./bridge/bridge";
import "./styles/tokens.css";
import "./styles/components.css";
import "./styles/app.css";
import "./styles/product.css";

async function bridge(): Promise<Bridge> {
  if (import.meta.env.DEV && !("__TAURI_INTERNALS__" in window)) {
    const { staged } = await import("./bridge/staged");
    return staged(new URLSearchParams(location.search));
  }
  const { tauri } = await import("./bridge/tauri");
  return tauri;
}

async function begin() {
  const target = document.getElementById("app");
  if (target) mount(App, { target, props: { bridge: await bridge() } });
}

void begin();
