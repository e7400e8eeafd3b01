// `npm run verify`: lets others count what Pixtally and its local stand-ins count. `npm run verify -- clickhouse` or `goaccess`
// runs one part.
//
// - clickhouse: asks a real ClickHouse what the product asks of Analytics Engine, whose SQL is ClickHouse's dialect, and
//   compares its answers with those of the local stand-in. ClickHouse comes from PyPI and needs Python with pip.
// - goaccess: writes real traffic as an access log, lets GoAccess count it, and compares that with Pixtally's reports.
//   GoAccess is the machine's own, or comes from Debian.
//
// What cannot be had is not checked. That is no failure, unless the part was asked for by name.

import { rm } from "node:fs/promises";
import { existsSync } from "node:fs";
import path from "node:path";
import { build } from "./build.mjs";
import { GOACCESS, provide as provideProgram } from "./lib/debian.mjs";
import { CommandError, passThrough, run, step } from "./lib/run.mjs";
import { ROOT, TOOLS, once, prepare } from "./lib/toolchain.mjs";

/** chDB's engine. What its package depends on (pandas, pyarrow) is for data frames. */
const PACKAGE = "chdb-core~=26.9";
const FOLDER = path.join(TOOLS, "clickhouse");

/** By name: what provides it, as the variables with which it is found, and what is run with them. */
const parts = {
  clickhouse: { provide: clickHouse, script: "tests/verify/run.ts" },
  goaccess: { provide: async () => ({ GOACCESS: await provideProgram(GOACCESS, env) }), script: "tests/verify/goaccess.ts" },
};
const wanted = process.argv[2] ?? "all";
if (wanted !== "all" && !Object.hasOwn(parts, wanted)) {
  console.error(`npm run verify -- ${wanted}: the parts are ${Object.keys(parts).join(", ")}`);
  process.exit(1);
}

const env = await prepare();
for (const [name, { provide, script }] of Object.entries(parts)) {
  if (wanted !== "all" && wanted !== name) continue;
  const variables = await orNothing(name, provide);
  if (!variables) {
    if (wanted === name) process.exitCode = 1;
    continue;
  }
  await build(env);
  const code = await passThrough("node", [script], { cwd: ROOT, env: { ...env, ...variables } });
  if (code !== 0) process.exitCode = code;
}

/** What `provide` gives; null, with the reason told, where it cannot be had. */
async function orNothing(name, provide) {
  try {
    return await provide();
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    const why = error.output.trim().split("\n").at(-1) || error.message;
    console.log(`npm run verify: ${name} is not checked, because it could not be had: ${why}`);
    return null;
  }
}

/** The variables with which Python finds ClickHouse. */
async function clickHouse() {
  const variables = { PYTHONPATH: FOLDER, PYTHON: process.env.PYTHON ?? "python3" };
  const python = (...args) => (report) => run(variables.PYTHON, args, { env: { ...env, ...variables }, onLine: report });
  const version = await python("--version")();
  await once("clickhouse", PACKAGE + version, existsSync(FOLDER), () =>
    step("ClickHouse, from PyPI (some 550 MB, once)", async (report) => {
      await rm(FOLDER, { recursive: true, force: true });
      await python("-m", "pip", "install", "--no-deps", "--only-binary=:all:", "--target", FOLDER, PACKAGE)(report);
    }),
  );
  await python("-c", "import chdb")();
  return variables;
}
