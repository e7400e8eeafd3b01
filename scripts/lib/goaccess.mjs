// GoAccess, which counts access logs: the machine's own, else Debian's package, unpacked into `.tools/goaccess` without root
// and without installing anything. Runs on any Node; it must not use packages.

import { chmod, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { CommandError, run, step } from "./run.mjs";
import { TOOLS, once } from "./toolchain.mjs";

const FOLDER = path.join(TOOLS, "goaccess");
const PROGRAM = path.join(FOLDER, "goaccess");

/**
 * The program to call.
 *
 * @returns {Promise<string>}
 * @throws {CommandError} where it cannot be had; its output ends with what to do about it
 */
export async function provideGoAccess(env) {
  if (await works("goaccess", env)) return "goaccess";
  if (!(await works("apt-get", env)) || !(await works("dpkg", env))) {
    throw new CommandError("goaccess", "absent", "there is no goaccess on PATH and no apt to fetch it with: install GoAccess, https://goaccess.io/download, and try again");
  }
  const release = await readFile("/etc/os-release", "utf8").catch(() => "");
  const system = /^PRETTY_NAME=.*$/m.exec(release)?.[0] ?? "";
  await once("goaccess", `${system} ${process.arch}`, existsSync(PROGRAM), () =>
    step("GoAccess, from Debian (a few MB, once)", (report) => unpack(env, report)),
  );
  await run(PROGRAM, ["--version"], { env });
  return PROGRAM;
}

async function works(program, env) {
  return run(program, ["--version"], { env }).then(
    () => true,
    () => false,
  );
}

/** Fetches the package and those that it needs and this machine lacks, by package lists of its own: the machine's may be old. */
async function unpack(env, report) {
  const apt = await mkdtemp(path.join(tmpdir(), "goaccess-"));
  try {
    for (const folder of ["lists/partial", "cache/archives/partial", "packages"]) await mkdir(path.join(apt, folder), { recursive: true });
    const options = [`Dir::State::Lists=${apt}/lists`, `Dir::Cache=${apt}/cache`, "Debug::NoLocking=true", "APT::Sandbox::User=root"];
    const aptGet = (...args) =>
      run("apt-get", [...options.flatMap((option) => ["-o", option]), ...args], { cwd: path.join(apt, "packages"), env: { ...env, LC_ALL: "C" }, onLine: report });
    await aptGet("update", "-qq");
    const plan = await aptGet("install", "--simulate", "--no-install-recommends", "goaccess");
    const wanted = [...plan.matchAll(/^Inst (\S+)/gm)].map(([, name]) => name);
    await aptGet("download", ...wanted);
    await rm(FOLDER, { recursive: true, force: true });
    await mkdir(FOLDER, { recursive: true });
    for (const name of await readdir(path.join(apt, "packages"))) await run("dpkg", ["-x", path.join(apt, "packages", name), FOLDER]);
    await writeFile(PROGRAM, START);
    await chmod(PROGRAM, 0o755);
  } finally {
    await rm(apt, { recursive: true, force: true });
  }
}

/** Starts the unpacked program with the unpacked libraries. */
const START = `#!/bin/sh
here=$(dirname "$0")
for folder in "$here"/usr/lib/*-linux-* "$here"/lib/*-linux-*; do
  LD_LIBRARY_PATH="$folder\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
done
export LD_LIBRARY_PATH
exec "$here/usr/bin/goaccess" "$@"
`;
