// `npm run wrangler -- …`: this project's wrangler on a Node that is new enough for it.

import { passThrough } from "./lib/run.mjs";
import { ROOT, prepare } from "./lib/toolchain.mjs";

const env = await prepare();
process.exitCode = await passThrough("wrangler", process.argv.slice(2), { cwd: ROOT, env });
