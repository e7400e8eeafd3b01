// Closing an owner's day as the worker does it: see src/store/segments.rs.

import { readFileSync } from "node:fs";
import path from "node:path";
import { ROOT } from "../dev/local.ts";

/** Values of a dimension and failed requests in a segment, and values that are kept of a closed day. */
export const [IN_SEGMENT, FAILED_IN_SEGMENT, KEPT] = [70, 100, 50];
const OF_ROWS = ["asset_type", "image", "variant", "country", "status"];
const OF_SEGMENTS = ["format", "cache", "device", "browser", "os", "bot", "referrer", "error_reason"];

/** The statements of the batch, with their parameters. */
export function closing(date: string, owners: string[]): [sql: string, ...parameters: (string | number)[]][] {
  const query = (name: string) => readFileSync(path.join(ROOT, "src/store/queries", `${name}.sql`), "utf8");
  const day: [string, string, number] = [date, JSON.stringify(owners), 0];
  return [
    [query("close_rows"), ...day, JSON.stringify(OF_ROWS), KEPT],
    [query("close_facets"), ...day, JSON.stringify(OF_SEGMENTS), KEPT],
    [query("close_errors"), ...day, FAILED_IN_SEGMENT],
    [query("close_segments"), ...day],
  ];
}
