// `npm run mutations`: breaks the accounting on purpose, one way after the other, and shows which seed of the simulation
// notices, or which test of another file where the mutation names one. It fails when one is not noticed, or when the code that
// it changes is no longer there.
//
// The sources are changed in a copy; the mutations themselves are in tests/simulation/mutations.json.

import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { CommandError, run, step } from "./lib/run.mjs";
import { ROOT, prepare } from "./lib/toolchain.mjs";

const SEEDS = "1000";
const COPIED = ["Cargo.toml", "Cargo.lock", "schema.sql", "src", "tests", "migrations", "utoipa-stub"];

const mutations = JSON.parse(await readFile(path.join(ROOT, "tests/simulation/mutations.json"), "utf8"));
for (const { edits } of mutations) {
  for (const { file, search } of edits) {
    const source = await readFile(path.join(ROOT, file), "utf8");
    if (source.split(search).length !== 2) throw new Error(`${file} does not have this exactly once: ${search}`);
  }
}
const prepared = await prepare();
const copy = await mkdtemp(path.join(tmpdir(), "pixtally-mutations-"));
const target = prepared.CARGO_TARGET_DIR ?? path.join(ROOT, "target");
const env = { ...prepared, SEEDS, FIRST: "1", CARGO_TARGET_DIR: path.join(target, "mutations") };
try {
  for (const name of COPIED) await cp(path.join(ROOT, name), path.join(copy, name), { recursive: true });
  await step("nothing broken", async (report) => {
    if (await firstFailure(report)) throw new Error("the simulation fails without any mutation: npm run simulate");
  });
  const caught = [];
  for (const mutation of mutations) {
    await step(mutation.name, async (report) => caught.push({ mutation, failure: await withMutation(mutation, report) }));
  }
  console.log(table(caught));
  process.exitCode = caught.every(({ failure }) => failure) ? 0 : 1;
} finally {
  await rm(copy, { recursive: true, force: true });
}

/** The first failure with a mutation applied; its files are as before afterwards. */
async function withMutation({ edits, test }, report) {
  const originals = new Map();
  try {
    for (const { file, search, replace } of edits) {
      const place = path.join(copy, file);
      const source = await readFile(place, "utf8");
      if (!originals.has(place)) originals.set(place, source);
      await writeFile(place, source.replace(search, () => replace));
    }
    return await firstFailure(report, test);
  } finally {
    for (const [place, source] of originals) await writeFile(place, source);
  }
}

/** What each kind of test says when it fails: the seed or the test's name, and why. */
const SEED = /^seed (\d+): panicked at [^\n]*\n([^\n]*)/m;
const TEST = /^thread '([^']+)'[^\n]* panicked at [^\n]*\n([^\n]*)/m;

/** The seed or the test that failed first and what it said; nothing when none did. */
async function firstFailure(report, test = "simulation") {
  try {
    await run("cargo", ["test", "--test", test, "--", "--nocapture"], { cwd: copy, env, onLine: report });
    return undefined;
  } catch (error) {
    const pattern = test === "simulation" ? SEED : TEST;
    const found = error instanceof CommandError && pattern.exec(error.output);
    if (!found) throw error;
    return { seed: test === "simulation" ? found[1] : `\`${found[1]}\``, said: found[2] };
  }
}

function table(caught) {
  const said = (failure) => failure.said.replace("assertion `left == right` failed: ", "").replaceAll("|", "\\|").slice(0, 110);
  const row = ({ mutation, failure }) =>
    `| ${mutation.name} | ${mutation.why} | ${failure ? `${failure.seed} | ${said(failure)}` : `not within ${SEEDS} | `} |`;
  return ["| mutation | what it breaks | seed | what the simulation says |", "| --- | --- | --- | --- |", ...caught.map(row)].join("\n");
}
