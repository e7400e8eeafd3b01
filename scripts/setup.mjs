// `npm run setup`: everything that building and testing need, and nothing else.
import { prepare } from "./lib/toolchain.mjs";

await prepare({ lints: true });
