import { svelte } from "@sveltejs/vite-plugin-svelte";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

/** Importing a text does nothing else: each goes into the file of the screens that say it. */
const texts: Plugin = {
  name: "texts-by-screen",
  transform: (_, id) => (id.includes("/src/paraglide/") ? { moduleSideEffects: false } : null),
};

export default defineConfig(({ mode }) => ({
  plugins: [svelte(), texts],
  // Svelte has a server build as well; tests want the one that runs in a window.
  resolve: mode === "test" ? { conditions: ["browser"] } : {},
  clearScreen: false,
  server: { port: 5183, strictPort: true },
  build: {
    target: ["es2022", "safari16.4", "chrome111"],
    // The content policy has no data: fonts or scripts, and the polyfill would be an inline script.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  test: {
    environment: "jsdom",
    setupFiles: ["./tests/setup.ts"],
    // Two cores that others use as well.
    testTimeout: 30_000,
    include: ["src/**/*.test.ts", "tests/**/*.test.ts"],
  },
}));
