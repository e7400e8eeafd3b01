// `npm run verify`: asks a real ClickHouse what the product asks of Analytics Engine, whose SQL is ClickHouse's dialect, and
// compares its answers with those of the local stand-in. ClickHouse comes from PyPI and needs Python with pip; where it
// cannot be had, nothing is checked, and that is no failure.

import { rm } from "node:fs/promises";
import { existsSync } from "node:fs";
import path from "node:path";
import { build } from "./build.mjs";
import { CommandError, passThrough, run, step } from "./lib/run.mjs";
import { ROOT, TOOLS, once, prepare } from "./lib/toolchain.mjs";

/** chDB's engine. What its package depends on (pandas, pyarrow) is for data frames. */
const PACKAGE = "chdb-core~=26.9";
const FOLDER = path.join(TOOLS, "clickhouse");

const env = await prepare();
const python = await clickHouse();
if (python) {
  await build(env);
  process.exitCode = await passThrough("node", ["tests/verify/run.ts"], { cwd: ROOT, env: { ...env, ...python } });
}

/** The variables with which Python finds ClickHouse; null, with the reason told, where there is none. */
async function clickHouse() {
  const variables = { PYTHONPATH: FOLDER, PYTHON: process.env.PYTHON ?? "python3" };
  const python = (...args) => (report) => run(variables.PYTHON, args, { env: { ...env, ...variables }, onLine: report });
  try {
    const version = await python("--version")();
    await once("clickhouse", PACKAGE + version, existsSync(FOLDER), () =>
      step("ClickHouse, from PyPI (some 550 MB, once)", async (report) => {
        await rm(FOLDER, { recursive: true, force: true });
        await python("-m", "pip", "install", "--no-deps", "--only-binary=:all:", "--target", FOLDER, PACKAGE)(report);
      }),
    );
    await python("-c", "import chdb")();
    return variables;
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    const why = error.output.trim().split("\n").at(-1) || error.message;
    console.log(`npm run verify: not checked, because no ClickHouse could be had from PyPI: ${why}`);
    return null;
  }
}
