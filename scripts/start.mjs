// `npm start`: sets everything up and serves the local stack.

import { build } from "./build.mjs";
import { passThrough } from "./lib/run.mjs";
import { ROOT, prepare } from "./lib/toolchain.mjs";

const env = await prepare();
await build(env);
process.exitCode = await passThrough("node", ["dev/serve.ts"], { cwd: ROOT, env });
