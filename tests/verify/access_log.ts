// An access log in the combined format, and what GoAccess counts in it.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { Table } from "./table.ts";

export interface Served {
  address: string;
  method: string;
  /** As it was sent, with its query. */
  target: string;
  status: number;
  bytes: number;
  referrer?: string;
  agent?: string;
}

/** A line about an answer that has just come. */
export interface Line {
  status: number;
  text: string;
}

export function line({ address, method, target, status, bytes, referrer = "-", agent = "-" }: Served): Line {
  const [, day, month, year, time] = new Date().toUTCString().split(" ");
  const request = `${method} ${target} HTTP/1.1`;
  return { status, text: `${address} - - [${day}/${month}/${year}:${time} +0000] "${request}" ${status} ${bytes || "-"} "${referrer}" "${agent}"` };
}

/**
 * What GoAccess calls a URL: its path, percent-decoded, as far as a NUL or a question mark, be they encoded or not, without
 * line ends and without space around it. One character for each byte, since paths need not be UTF-8.
 */
export function urlName(path: string): string {
  const decoded = path.replace(/%([0-9a-f]{2})/gi, (_, digits) => String.fromCharCode(Number.parseInt(digits, 16)));
  return tidy(decoded);
}

/** The same of a path that is decoded already, as text. */
export function decodedUrlName(path: string): string {
  return tidy(Buffer.from(path).toString("latin1"));
}

export function tidy(decoded: string): string {
  return decoded.replace(/[\0?][^]*$/, "").replace(/[\r\n]/g, "").replace(/^[ \t\v\f]+|[ \t\v\f]+$/g, "");
}

/** What GoAccess tells of a log; every table but that of the referring sites adds up to all lines. */
export interface Counted {
  days: Table;
  statuses: Table;
  addresses: Table;
  urls: Table;
  sites: Table;
}

const OPTIONS = [
  "--log-format=COMBINED", "--no-global-config", "--config-file=/dev/null", "--no-query-string", "--http-method=no", "--http-protocol=no",
  "--max-items=1000000", "--enable-panel=REFERRERS", "--no-progress",
];

/** Lets GoAccess count a log, and makes sure that it has counted every line. */
export async function counted(lines: Line[]): Promise<Counted> {
  const folder = await mkdtemp(path.join(tmpdir(), "access-log-"));
  try {
    const [log, report] = [path.join(folder, "access.log"), path.join(folder, "report.json")];
    await writeFile(log, lines.map(({ text }) => `${text}\n`).join(""));
    await promisify(execFile)(program(), [log, ...OPTIONS, "-o", report], { env: { ...process.env, LC_ALL: "C", TZ: "UTC" } });
    const { general, ...panels } = JSON.parse(await readFile(report, "latin1"));
    assert.deepEqual([general.total_requests, general.valid_requests, general.failed_requests, general.excluded_hits], [lines.length, lines.length, 0, 0], "GoAccess takes every line");
    const whole: Omit<Counted, "sites"> = {
      days: rows(panels.visitors),
      statuses: rows(panels.status_codes, (text) => text.slice(0, 3)),
      addresses: rows(panels.hosts),
      // What was not found, and files by their extension, are told apart from the rest.
      urls: Table.of([...rows(panels.requests), ...rows(panels.static_requests), ...rows(panels.not_found)]).renamed(tidy),
    };
    for (const [panel, table] of Object.entries(whole)) {
      assert.deepEqual([table.requests, table.bytes], [lines.length, general.bandwidth], `the ${panel} are all of the lines`);
    }
    return { ...whole, sites: rows(panels.referring_sites) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export async function version(): Promise<string> {
  const { stdout } = await promisify(execFile)(program(), ["--version"]);
  return stdout.split("\n")[0]!;
}

function program(): string {
  return process.env.GOACCESS ?? "goaccess";
}

/** A panel's rows, or those that its rows are made of. */
function rows(panel: any, named = (text: string) => text): Table {
  const leaves = (items: any[]): any[] => items.flatMap((item) => (item.items ? leaves(item.items) : [item]));
  return Table.of(leaves(panel?.data ?? []).map(({ data, hits, bytes }) => [named(data), hits.count, bytes.count]));
}
