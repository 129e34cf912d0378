import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

export default defineConfig(({ mode }) => ({
  plugins: [svelte()],
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
