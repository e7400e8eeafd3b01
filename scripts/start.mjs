// `npm start`: sets everything up and serves the local stack.

import { build } from "./build.mjs";
import { passThrough } from "./lib/run.mjs";
import { ROOT, prepare } from "./lib/toolchain.mjs";

// What ends npm ends the shell that it runs this in, and the shell tells nobody.
const shell = process.env.npm_lifecycle_event && process.ppid;
if (shell) setInterval(() => process.ppid === shell || process.kill(process.pid, "SIGTERM"), 1000).unref();

const env = await prepare();
await build(env);
process.exitCode = await passThrough("node", ["dev/serve.ts"], { cwd: ROOT, env, group: true });
