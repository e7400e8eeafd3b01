// A worker's source as workerd takes it, and the schema as D1 takes it.

import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { build } from "esbuild";
import { ROOT } from "../dev/local.ts";

/** Bundles a worker's source into `folder`, with the built WebAssembly beside it if it is asked for. */
export async function modules(folder: string, name: string, source: string) {
  const outfile = path.join(folder, name, "index.js");
  await build({
    entryPoints: [path.join(ROOT, source)],
    outfile,
    bundle: true,
    format: "esm",
    target: "esnext",
    external: ["cloudflare:*", "*.wasm"],
    logLevel: "error",
  });
  const text = readFileSync(outfile, "utf8");
  const wasm = /from "([^"]+\.wasm)"/.exec(text)?.[1];
  return [
    { type: "ESModule", path: "index.js", contents: text.replaceAll(wasm ?? "\0", "./index_bg.wasm") },
    ...(wasm ? [{ type: "CompiledWasm", path: "index_bg.wasm", contents: readFileSync(path.join(ROOT, "build/index_bg.wasm")) }] : []),
  ];
}

/** Every statement of the migrations, in order. */
export function migrations(): string[] {
  const folder = path.join(ROOT, "migrations");
  return statements(readdirSync(folder).sort().map((file) => readFileSync(path.join(folder, file), "utf8")).join("\n"));
}

export function statements(schema: string): string[] {
  return schema.replace(/--.*$/gm, "").split(";").map((it) => it.trim()).filter(Boolean);
}
