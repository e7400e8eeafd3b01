// Running commands for people who wait: each step says what it does, shows that it lives, and on failure
// prints the whole output with the command that failed. Runs on any Node; it must not use packages.

import { spawn } from "node:child_process";

const interactive = process.stderr.isTTY && !process.env.CI;

/** A failed command: its exit code and everything it printed. */
export class CommandError extends Error {
  constructor(command, code, output) {
    super(`${command} failed (${code})`);
    this.code = code;
    this.output = output;
  }
}

/**
 * Runs a command quietly and returns its standard output.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {{cwd?: string, env?: NodeJS.ProcessEnv, timeoutMs?: number, onLine?: (line: string) => void}} options
 * @returns {Promise<string>}
 */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: ["ignore", "pipe", "pipe"],
      timeout: options.timeoutMs,
      shell: process.platform === "win32",
    });
    let stdout = "";
    let output = "";
    const collect = (text) => {
      output += text;
      const lines = text.split("\n").map((line) => line.trim()).filter(Boolean);
      if (lines.length > 0) options.onLine?.(lines[lines.length - 1]);
    };
    child.stdout.on("data", (chunk) => {
      stdout += chunk;
      collect(String(chunk));
    });
    child.stderr.on("data", (chunk) => collect(String(chunk)));
    const shown = [command, ...args].join(" ");
    child.on("error", (error) => reject(new CommandError(shown, error.message, output)));
    child.on("close", (code, signal) =>
      code === 0 ? resolve(stdout) : reject(new CommandError(shown, signal ?? code, output)),
    );
  });
}

/**
 * Runs a command with this terminal's input and output; resolves to its exit code.
 *
 * With `group`, the command is a Node program without input that leads a process group of its own: what it leaves behind
 * ends with it, however it ends. It hears `disconnect` when this process is gone, however that went.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {import("node:child_process").SpawnOptions & {group?: boolean}} options
 * @returns {Promise<number>}
 */
export function passThrough(command, args, { group = false, ...options } = {}) {
  const windows = process.platform === "win32";
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: group ? ["ignore", "inherit", "inherit", "ipc"] : "inherit",
      detached: group && !windows,
      shell: windows && !group,
      ...options,
    });
    const forward = (signal) => child.kill(signal);
    process.on("SIGINT", forward);
    process.on("SIGTERM", forward);
    child.on("error", reject);
    child.on("close", (code, signal) => {
      process.off("SIGINT", forward);
      process.off("SIGTERM", forward);
      if (group && !windows) killGroup(child.pid);
      resolve(signal ? 1 : code);
    });
  });
}

/** Ends those that are left of a process group. */
function killGroup(leader) {
  try {
    process.kill(-leader, "SIGKILL");
  } catch (error) {
    if (error.code !== "ESRCH") throw error;
  }
}

/**
 * Does one long step under a title. While it runs, a terminal sees a line that is redrawn, a log sees a
 * line every half minute.
 *
 * @template T
 * @param {string} title
 * @param {(report: (line: string) => void) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function step(title, work) {
  const started = Date.now();
  let last = "";
  const seconds = () => Math.round((Date.now() - started) / 1000);
  const draw = () => {
    if (interactive) {
      const line = `  ${title} … ${seconds()} s  ${last}`.slice(0, (process.stderr.columns ?? 80) - 1);
      process.stderr.write(`\r\x1b[K${line}`);
    } else {
      process.stderr.write(`  ${title} … ${seconds()} s  ${last.slice(0, 100)}\n`);
    }
  };
  if (!interactive) process.stderr.write(`  ${title}\n`);
  const timer = setInterval(draw, interactive ? 500 : 30_000);
  try {
    const result = await work((line) => {
      last = line;
    });
    process.stderr.write(`${interactive ? "\r\x1b[K" : ""}✓ ${title} (${seconds()} s)\n`);
    return result;
  } catch (error) {
    process.stderr.write(`${interactive ? "\r\x1b[K" : ""}✗ ${title} (${seconds()} s)\n`);
    if (error instanceof CommandError) process.stderr.write(`${error.output}\n`);
    throw error;
  } finally {
    clearInterval(timer);
  }
}
