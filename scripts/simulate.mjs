// `npm run simulate`: many worlds of the simulation, fast. `npm run simulate -- --seeds 100000 --first 1`, or `-- --seed 7` for
// one of them with its trace.

import { parseArgs } from "node:util";
import { passThrough } from "./lib/run.mjs";
import { ROOT, prepare } from "./lib/toolchain.mjs";

const { values } = parseArgs({
  options: { seeds: { type: "string", default: "10000" }, first: { type: "string", default: "1" }, seed: { type: "string" } },
});
const wanted = values.seed ? { SEED: values.seed } : { SEEDS: values.seeds, FIRST: values.first };

const env = await prepare();
const command = ["test", "--profile", "simulate", "--test", "simulation", "--", "--nocapture"];
process.exitCode = await passThrough("cargo", command, { cwd: ROOT, env: { ...env, ...wanted } });
