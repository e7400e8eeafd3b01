// The toolchain: what has to be on a machine before anything can be built, found or installed into
// `.tools/`. A part that is there already costs a file look-up. Runs on any Node; it must not use packages.
//
// Not here: building the worker (../build.mjs), migrations and sample media (../../dev/state.ts).

import { createHash } from "node:crypto";
import { cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { run, step } from "./run.mjs";

export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
export const TOOLS = path.join(ROOT, ".tools");
const WASM_TARGET = "wasm32-unknown-unknown";
const NODE_MAJOR = 24;
const WORKER_BUILD = "0.8.7";
const EXE = process.platform === "win32" ? ".exe" : "";
const RUSTUP_TIMEOUT_MS = 180_000;

/** Tools that help to build are built for a short wait, not for speed. */
const QUICK_BUILD = {
  CARGO_PROFILE_RELEASE_OPT_LEVEL: "1",
  CARGO_PROFILE_RELEASE_LTO: "off",
  CARGO_PROFILE_RELEASE_DEBUG: "0",
  CARGO_PROFILE_RELEASE_CODEGEN_UNITS: "16",
};

const tool = (name) => path.join(TOOLS, "bin", name + EXE);
const npmBin = (name) =>
  path.join(ROOT, "node_modules", ".bin", name + (process.platform === "win32" ? ".cmd" : ""));

/**
 * Makes everything ready and returns the environment that the project's commands run in: `PATH` with the
 * right Rust and Node first, and the names that `worker-build` looks for.
 *
 * @param {{lints?: boolean}} wanted what else the caller needs
 * @returns {Promise<NodeJS.ProcessEnv>}
 */
export async function prepare(wanted = {}) {
  await mkdir(TOOLS, { recursive: true });
  const node = await findNode();
  await installPackages(node);
  const rust = await findRust();
  const env = {
    ...withPath([path.dirname(node), ...rust.path, path.join(ROOT, "node_modules", ".bin"), path.join(TOOLS, "bin")]),
    WASM_OPT_BIN: npmBin("wasm-opt"),
    ESBUILD_BIN: npmBin("esbuild"),
    WASM_BINDGEN_BIN: tool("wasm-bindgen"),
    CLOUDFLARE_CF_FETCH_ENABLED: "false",
    WRANGLER_SEND_METRICS: "false",
    WRANGLER_SEND_ERROR_REPORTS: "false",
  };
  await forgetOtherCompiler(env);
  await installCargoTool("worker-build", "worker-build", WORKER_BUILD, env);
  await provideWasmBindgen(env);
  if (wanted.lints) await installLints(rust, env);
  return env;
}

function withPath(first) {
  return { ...process.env, PATH: [...first, process.env.PATH].join(path.delimiter) };
}

async function findNode() {
  if (process.features.typescript) return process.execPath;
  const platform = process.platform === "win32" ? "win" : process.platform;
  const name = `node-${platform}-${process.arch}`;
  const node = path.join(TOOLS, "node_modules", name, "bin", `node${EXE}`);
  if (!existsSync(node)) {
    await step(`Node ${NODE_MAJOR}, because this is ${process.versions.node}, which is too old for wrangler or for TypeScript`, () =>
      run("npm", ["install", "--prefix", TOOLS, "--no-save", "--no-package-lock", `${name}@${NODE_MAJOR}`]),
    );
  }
  return node;
}

async function installPackages(node) {
  const lock = await readFile(path.join(ROOT, "package-lock.json"));
  await once("npm-ci", createHash("sha256").update(lock).digest("hex"), existsSync(path.join(ROOT, "node_modules")), () =>
    step("npm packages", (report) => run("npm", ["ci", "--no-progress"], { cwd: ROOT, env: withPath([path.dirname(node)]), onLine: report }),
    ),
  );
}

/** A Rust that can compile to WebAssembly: the user's own if it can, else with rustup's target, else Debian's. */
async function findRust() {
  const own = { path: [], debian: false };
  const debian = { path: ["/usr/bin"], debian: true };
  if (await hasWasmTarget("rustc")) return own;
  if (await hasWasmTarget("/usr/bin/rustc")) return debian;
  try {
    await step("Rust's WebAssembly target", () =>
      run("rustup", ["target", "add", WASM_TARGET], { timeoutMs: RUSTUP_TIMEOUT_MS }),
    );
    return own;
  } catch (error) {
    if (!(await isDebian())) {
      throw new Error(
        `Rust's ${WASM_TARGET} target is missing and rustup could not add it: ${error.message}. Install Rust from ` +
          `https://rustup.rs, run "rustup target add ${WASM_TARGET}", and try again.`,
        { cause: error },
      );
    }
  }
  await installDebian(
    ["rustc-web", "cargo-web", "rust-web-src", "rust-web-llvm", "lld-22"],
    ["/usr/bin/rustc", "/usr/bin/cargo", "/usr/bin/rust-lld"],
  );
  await buildStandardLibrary();
  return debian;
}

async function isDebian() {
  const release = await readFile("/etc/os-release", "utf8").catch(() => "");
  return /^ID=debian$/m.test(release);
}

async function hasWasmTarget(rustc) {
  try {
    const folder = (await run(rustc, ["--print", "target-libdir", "--target", WASM_TARGET])).trim();
    return (await readdir(folder)).some((name) => name.startsWith("libstd-"));
  } catch {
    return false;
  }
}

/** Debian's Rust has the standard library's source but not its build for WebAssembly. */
async function buildStandardLibrary() {
  await step("Rust's standard library for WebAssembly, from Debian's source (about half a minute)", async (report) => {
    const crate = await mkdtemp(path.join(tmpdir(), "wasm-std-"));
    try {
      await mkdir(path.join(crate, "src"));
      await writeFile(path.join(crate, "src/lib.rs"), "");
      await writeFile(path.join(crate, "Cargo.toml"), '[package]\nname = "empty"\nversion = "0.0.0"\nedition = "2021"\n');
      await run(
        "/usr/bin/cargo",
        ["build", "--release", "--target", WASM_TARGET, "-Z", "build-std=std,panic_abort,panic_unwind,proc_macro"],
        {
          cwd: crate,
          onLine: report,
          env: {
            ...withPath(["/usr/bin"]),
            RUSTC_BOOTSTRAP: "1",
            RUSTFLAGS: "-Cembed-bitcode=yes",
            CARGO_TARGET_DIR: path.join(crate, "target"),
          },
        },
      );
      const built = path.join(crate, "target", WASM_TARGET, "release", "deps");
      const folder = (await run("/usr/bin/rustc", ["--print", "target-libdir", "--target", WASM_TARGET])).trim();
      await mkdir(folder, { recursive: true });
      for (const name of await readdir(built)) {
        if (name.endsWith(".rlib") && !name.startsWith("libempty")) await cp(path.join(built, name), path.join(folder, name));
      }
    } finally {
      await rm(crate, { recursive: true, force: true });
    }
  });
}

/** Objects of one compiler, or of one build of its standard library, are useless to another. */
async function forgetOtherCompiler(env) {
  const version = await run("rustc", ["-vV"], { env });
  const folder = (await run("rustc", ["--print", "target-libdir", "--target", WASM_TARGET], { env })).trim();
  const libraries = (await readdir(folder)).filter((name) => name.endsWith(".rlib")).sort();
  const identity = createHash("sha256").update(version + libraries.join()).digest("hex");
  await once("compiler", identity, true, () => rm(path.join(ROOT, "target"), { recursive: true, force: true }));
}

async function installLints(rust, env) {
  if (rust.debian) {
    await installDebian(["rust-web-clippy", "rustfmt-web"], ["/usr/bin/cargo-clippy", "/usr/bin/rustfmt"]);
    return;
  }
  try {
    await run("cargo", ["clippy", "--version"], { env });
    await run("cargo", ["fmt", "--version"], { env });
  } catch {
    await step("Rust's lints and formatter", () => run("rustup", ["component", "add", "clippy", "rustfmt"], { env }));
  }
}

async function installCargoTool(crate, binary, version, env) {
  await once(binary, version, existsSync(tool(binary)), () =>
    step(`${crate} ${version} (a few minutes, once)`, async (report) => {
      const install = (...flags) =>
        run("cargo", ["install", ...flags, "--force", "--root", TOOLS, "--bin", binary, `${crate}@${version}`], {
          env: { ...env, ...QUICK_BUILD },
          onLine: report,
        });
      try {
        await install("--locked");
      } catch {
        report("its lock file names a crate that this registry lacks; choosing the nearest versions");
        await install();
      }
    }),
  );
}

/** Where GitHub can be reached, worker-build fetches its own wasm-bindgen in seconds; elsewhere it is built here. */
async function provideWasmBindgen(env) {
  const version = await wasmBindgenVersion();
  const stamp = path.join(TOOLS, "wasm-bindgen-download.stamp");
  const downloads = (await readFile(stamp, "utf8").catch(() => "")) === version;
  if (downloads || (!existsSync(tool("wasm-bindgen")) && (await reachesGitHub()))) {
    delete env.WASM_BINDGEN_BIN;
    await writeFile(stamp, version);
  } else {
    await installCargoTool("wasm-bindgen-cli", "wasm-bindgen", version, env);
  }
}

async function reachesGitHub() {
  try {
    const answer = await fetch("https://github.com/wasm-bindgen/wasm-bindgen/releases/latest", {
      method: "HEAD",
      signal: AbortSignal.timeout(5_000),
    });
    return answer.ok;
  } catch {
    return false;
  }
}

async function wasmBindgenVersion() {
  const lock = await readFile(path.join(ROOT, "Cargo.lock"), "utf8");
  const found = /name = "wasm-bindgen"\r?\nversion = "([^"]+)"/.exec(lock);
  if (!found) throw new Error("Cargo.lock does not name wasm-bindgen");
  return found[1];
}

/** Installs Debian packages unless the files that they are wanted for are there. */
async function installDebian(packages, files) {
  if (files.every((file) => existsSync(file))) return;
  if (!existsSync("/usr/bin/apt-get")) {
    throw new Error(`Please install what provides ${files.join(", ")} and try again.`);
  }
  const sudo = process.getuid?.() === 0 ? [] : ["sudo"];
  const apt = (...args) => {
    const [command, ...rest] = [...sudo, "apt-get", ...args];
    return (report) => run(command, rest, { onLine: report, env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } });
  };
  await step(`Debian packages ${packages.join(" ")}`, async (report) => {
    await apt("update", "-qq")(report);
    await apt("install", "-y", "--no-install-recommends", ...packages)(report);
  });
}

/** Does `work` unless it was done for the same `identity` before and its result is still `present`. */
export async function once(name, identity, present, work) {
  const stamp = path.join(TOOLS, `${name}.stamp`);
  const done = await readFile(stamp, "utf8").catch(() => "");
  if (present && done === identity) return;
  await work();
  await writeFile(stamp, identity);
}
