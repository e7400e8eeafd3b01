// Programs that a check needs and the project does not: the machine's own, else Debian's package, unpacked into `.tools/`
// without root and without installing anything. Runs on any Node; it must not use packages.

import { access, chmod, constants, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { CommandError, run, step } from "./run.mjs";
import { TOOLS, once } from "./toolchain.mjs";

/**
 * A program.
 *
 * @typedef {object} Program
 * @property {string} title what people call it
 * @property {string[]} names by which it may be on PATH
 * @property {string[]} packages Debian's, the program's own first
 * @property {string} file the program in the unpacked packages
 * @property {string} size how much there is to fetch
 * @property {string} home where those get it who have no apt
 */

/** @type {Program} */
export const GOACCESS = {
  title: "GoAccess",
  names: ["goaccess"],
  packages: ["goaccess"],
  file: "usr/bin/goaccess",
  size: "a few MB",
  home: "https://goaccess.io/download",
};

/** @type {Program} */
export const CHROMIUM = {
  title: "Chromium",
  names: ["chromium", "chromium-browser", "google-chrome"],
  packages: ["chromium", "fonts-liberation"],
  file: "usr/lib/chromium/chromium",
  size: "some 120 MB",
  home: "https://www.chromium.org/getting-involved/download-chromium",
};

/**
 * The program to call, as a path.
 *
 * @param {Program} program
 * @returns {Promise<string>}
 * @throws {CommandError} where it cannot be had; its output ends with what to do about it
 */
export async function provide(program, env) {
  for (const name of program.names) {
    const own = await onPath(name, env);
    if (own !== null && (await works(own, env))) return own;
  }
  const { title, names, packages, size, home } = program;
  if (!(await works("apt-get", env)) || !(await works("dpkg", env))) {
    throw new CommandError(names[0], "absent", `there is no ${names.join(" or ")} on PATH and no apt to fetch it with: install ${title}, ${home}, and try again`);
  }
  const folder = path.join(TOOLS, names[0]);
  const start = path.join(folder, names[0]);
  const release = await readFile("/etc/os-release", "utf8").catch(() => "");
  const system = /^PRETTY_NAME=.*$/m.exec(release)?.[0] ?? "";
  await once(names[0], `${system} ${process.arch} ${packages.join(" ")}`, existsSync(start), () =>
    step(`${title}, from Debian (${size}, once)`, (report) => unpack(program, folder, start, env, report)),
  );
  await run(start, ["--version"], { env });
  return start;
}

async function onPath(name, env) {
  for (const folder of (env.PATH ?? "").split(path.delimiter)) {
    const file = path.join(folder, name);
    const isThere = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return file;
  }
  return null;
}

async function works(program, env) {
  return run(program, ["--version"], { env }).then(
    () => true,
    () => false,
  );
}

/** Fetches the packages and those that they need and this machine lacks, by package lists of its own: the machine's may be old. */
async function unpack({ names, packages, file }, folder, start, env, report) {
  const apt = await mkdtemp(path.join(tmpdir(), `${names[0]}-`));
  try {
    for (const part of ["lists/partial", "cache/archives/partial", "packages"]) await mkdir(path.join(apt, part), { recursive: true });
    const options = [`Dir::State::Lists=${apt}/lists`, `Dir::Cache=${apt}/cache`, "Debug::NoLocking=true", "APT::Sandbox::User=root"];
    const aptGet = (...args) =>
      run("apt-get", [...options.flatMap((option) => ["-o", option]), ...args], { cwd: path.join(apt, "packages"), env: { ...env, LC_ALL: "C" }, onLine: report });
    await aptGet("update", "-qq");
    const plan = await aptGet("install", "--simulate", "--no-install-recommends", ...packages);
    const wanted = [...plan.matchAll(/^Inst (\S+)/gm)].map(([, name]) => name);
    await aptGet("download", ...wanted);
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    for (const name of await readdir(path.join(apt, "packages"))) await run("dpkg", ["-x", path.join(apt, "packages", name), folder]);
    await writeFile(start, startScript(file));
    await chmod(start, 0o755);
  } finally {
    await rm(apt, { recursive: true, force: true });
  }
}

/** Starts the unpacked program with the unpacked libraries; and with the unpacked fonts, where they are needed. */
const startScript = (file) => `#!/bin/sh
here=$(cd "$(dirname "$0")" && pwd)
for folder in "$here"/usr/lib/*-linux-* "$here"/lib/*-linux-*; do
  LD_LIBRARY_PATH="$folder\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
done
export LD_LIBRARY_PATH
if [ -d "$here/usr/share/fonts" ]; then export XDG_DATA_HOME="$here/usr/share"; fi
if [ -d "$here/etc/fonts" ]; then export FONTCONFIG_PATH="$here/etc/fonts"; fi
exec "$here/${file}" "$@"
`;
