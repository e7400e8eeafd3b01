// `npm test`: sets up, then runs everything there is. `npm test -- native|lint|e2e|browser` runs one part.

import { build } from "./build.mjs";
import { CHROMIUM, provide } from "./lib/debian.mjs";
import { CommandError, passThrough, run, step } from "./lib/run.mjs";
import { ROOT, prepare } from "./lib/toolchain.mjs";

const wanted = process.argv[2] ?? "all";
const parts = { lint, native, e2e, browser };
if (wanted !== "all" && !(wanted in parts)) {
  console.error(`npm test -- ${wanted}: the parts are ${Object.keys(parts).join(", ")}`);
  process.exit(1);
}

const env = await prepare({ lints: true });
for (const [name, part] of Object.entries(parts)) {
  if (wanted !== "all" && wanted !== name) continue;
  try {
    await part();
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    console.error(`npm test: ${error.message}`);
    process.exit(1);
  }
}

async function lint() {
  const quiet = (title, command, ...args) =>
    step(title, (report) => run(command, args, { cwd: ROOT, env, onLine: report }));
  await quiet("formatting", "cargo", "fmt", "--check");
  await quiet("lints, for tests", "cargo", "clippy", "--quiet", "--all-targets", "--", "-D", "warnings");
  await quiet("lints, for WebAssembly", "cargo", "clippy", "--quiet", "--lib", "--target", "wasm32-unknown-unknown", "--", "-D", "warnings");
  await quiet("types", "tsc", "-p", ".");
  await quiet("types of the dashboard", "tsc", "-p", "dashboard");
}

async function native() {
  await loud("cargo", "test");
}

async function e2e() {
  await build(env);
  await step("what would be deployed (wrangler deploy --dry-run)", () =>
    run("wrangler", ["deploy", "--dry-run"], { cwd: ROOT, env }),
  );
  await loud("node", "--test", "--test-concurrency=2", "tests/e2e/*.test.ts");
}

async function browser() {
  await build(env);
  await loud("node", "--test", "tests/dashboard/*.test.ts");
  env.CHROMIUM = await provide(CHROMIUM, env);
  await loud("node", "--test", "--test-concurrency=2", "tests/browser/*.test.ts");
}

async function loud(command, ...args) {
  const code = await passThrough(command, args, { cwd: ROOT, env });
  if (code !== 0) throw new CommandError([command, ...args].join(" "), code, "");
}
