// Removes what earlier builds have left, once the new one is there. Whoever serves the folder meanwhile always finds a whole page,
// which they would not if it were emptied first.

import { readdir, rm } from "node:fs/promises";
import path from "node:path";
import type { Plugin } from "vite";

export function leftovers(): Plugin {
  return {
    name: "leftovers",
    async writeBundle({ dir }, bundle) {
      const written = new Set(Object.keys(bundle).map(path.normalize));
      for (const entry of await readdir(dir!, { recursive: true, withFileTypes: true })) {
        const file = path.join(entry.parentPath, entry.name);
        if (entry.isFile() && !written.has(path.relative(dir!, file))) await rm(file);
      }
    },
  };
}
