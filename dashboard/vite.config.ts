// Builds the dashboard into dist/, from where the worker serves it: the page at /, its files under /_app/, and the API's
// description. Nothing is inlined and nothing comes from elsewhere, since the page's policy allows neither.

import path from "node:path";
import { defineConfig } from "vite";
import { description } from "./build/description.ts";
import { leftovers } from "./build/leftovers.ts";
import { world } from "./build/world.ts";

export default defineConfig({
  root: import.meta.dirname,
  publicDir: false,
  plugins: [world(), description(), leftovers()],
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: path.join(import.meta.dirname, "dist"),
    emptyOutDir: false,
    assetsDir: "_app",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: "es2023",
  },
});
