import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

// The page is served under a policy of "default-src 'self'": everything comes as files of its own, nothing inline.
export default defineConfig({
  plugins: [svelte()],
  build: { outDir: "dist", assetsInlineLimit: 0, modulePreload: { polyfill: false } },
});
