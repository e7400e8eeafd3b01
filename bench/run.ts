// `npm run bench`: measures, side by side, and writes docs/BENCHMARKS.md.

import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { ROOT } from "../dev/local.ts";
import { Arena } from "./contenders.ts";
import { dashboard } from "./dashboard.ts";
import { nights } from "./nightly.ts";
import { overviews } from "./overview.ts";
import { report } from "./report.ts";
import { throughput } from "./throughput.ts";
import { writes } from "./writes.ts";

const progress = (text: string) => console.error(`  ${text}`);
const arena = await Arena.open();
try {
  const rounds = {
    hot: await throughput(arena, "hot", progress),
    cold: await throughput(arena, "cold", progress),
  };
  const bundle = ["index.js", "index_bg.wasm"].map((file) => gzipSync(readFileSync(path.join(ROOT, "build", file))).length);
  const text = report({
    date: new Date().toISOString().slice(0, 10),
    rounds,
    writes: await writes(arena, progress),
    overviews: await overviews(progress),
    nights: await nights(progress),
    dashboard: await dashboard(progress),
    bundleBytes: bundle.reduce((sum, bytes) => sum + bytes, 0),
  });
  writeFileSync(path.join(ROOT, "docs", "BENCHMARKS.md"), text);
  console.log(text.split("## Throughput")[0]);
} finally {
  await arena.close();
}
