// `npm run demo`: sends traffic to the local stack. The arguments are dev/demo.ts's.

import { passThrough } from "./lib/run.mjs";
import { ROOT, prepare } from "./lib/toolchain.mjs";

const env = await prepare();
process.exitCode = await passThrough("node", ["dev/demo.ts", ...process.argv.slice(2)], { cwd: ROOT, env });
