// Puts the API's description beside the page. The worker serves it at /v1/openapi.json.

import { readFile } from "node:fs/promises";
import path from "node:path";
import type { Plugin } from "vite";

const FILE = path.resolve(import.meta.dirname, "../../docs/openapi.json");

export function description(): Plugin {
  return {
    name: "description",
    async generateBundle() {
      this.emitFile({ type: "asset", fileName: "v1/openapi.json", source: await readFile(FILE) });
    },
  };
}
