// `npm run aggregate`: rebuilds a day, or several, and shows how far it is until the last one is done. Each call of the API
// works for some seconds; this keeps calling. Runs on any Node; needs no packages.
//
//   npm run aggregate -- --date 2026-11-01 [--to 2026-11-07] [--url https://cdn.example.com]
//
// The operator's token is read from ADMIN_TOKEN; local development's is known.

import { parseArgs } from "node:util";

const LOCAL = /^https?:\/\/(localhost|127\.0\.0\.1)(:\d+)?$/;
const PAUSE_MS = 1_000;
const PATIENCE_MS = 10 * 60_000;
const DAY_MS = 24 * 60 * 60 * 1000;

const { values } = parseArgs({
  options: {
    date: { type: "string" },
    to: { type: "string" },
    url: { type: "string", default: `http://localhost:${process.env.PORT ?? "8787"}` },
  },
});
const url = new URL(values.url).origin;
const token = process.env.ADMIN_TOKEN ?? (LOCAL.test(url) ? "dev-admin-token" : undefined);
if (!token) fail("set ADMIN_TOKEN to the operator's token");
if (!url.startsWith("https://") && !LOCAL.test(url)) fail(`the token is only sent over https, and ${url} is not`);
if (!values.date) fail("say which day: npm run aggregate -- --date 2026-11-01 [--to 2026-11-07] [--url https://…]");

let failed = 0;
for (const date of days(values.date, values.to ?? values.date)) {
  const run = await finished(await call("POST", "/v1/admin/aggregate", { date }));
  process.stderr.write("\r\x1b[K");
  console.log(`${run.state === "done" ? "✓" : "✗"} ${describe(run)}`);
  if (run.state !== "done") failed += 1;
}
process.exitCode = failed === 0 ? 0 : 1;

/** Waits until a run is over, and for nothing that takes longer than a few minutes. */
async function finished(run) {
  let moved = { at: Date.now(), updated: run.updated_at };
  while (run.state === "queued" || run.state === "running") {
    process.stderr.write(`\r\x1b[K… ${describe(run)}`);
    const wait = run.resume_after ? Date.parse(run.resume_after) - Date.now() : 0;
    if (wait > PATIENCE_MS) fail(`it waits until ${run.resume_after}: ${run.error ?? "the day has just ended"}. Call again then`);
    await new Promise((resolve) => setTimeout(resolve, Math.max(PAUSE_MS, wait)));
    run = await call("POST", `/v1/admin/runs/${run.id}`);
    if (run.updated_at !== moved.updated) moved = { at: Date.now(), updated: run.updated_at };
    if (Date.now() - moved.at > PATIENCE_MS) fail(`${describe(run)}: nothing has moved for ten minutes; the worker's log says why`);
  }
  return run;
}

function describe(run) {
  const known = [
    `${run.rows} rows`,
    run.realtime_requests !== null && `realtime ${run.realtime_requests}`,
    run.batch_requests !== null && `${run.source ?? "source"} ${run.batch_requests}`,
    run.control_requests !== null && `control total ${run.control_requests}`,
    `${(run.duration_ms / 1000).toFixed(1)} s`,
    run.outcome,
    run.error,
  ];
  return `${run.date} ${run.state}: ${known.filter(Boolean).join(", ")}`;
}

async function call(method, path, body) {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const answer = await fetch(url + path, { method, headers, redirect: "error", body: body && JSON.stringify(body) }).catch((error) =>
    fail(`${url} does not answer: ${error.cause?.message ?? error.message}`),
  );
  const text = await answer.text();
  if (!answer.ok) fail(`${method} ${path}: ${answer.status} ${text}`);
  return JSON.parse(text);
}

function days(from, to) {
  const [first, last] = [from, to].map((text) => {
    const time = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(text) : Number.NaN;
    return Number.isNaN(time) ? fail(`${JSON.stringify(text)} is not a date of the form YYYY-MM-DD`) : time;
  });
  if (last < first) fail(`--to ${to} is before --date ${from}`);
  return Array.from({ length: (last - first) / DAY_MS + 1 }, (_, day) => new Date(first + day * DAY_MS).toISOString().slice(0, 10));
}

function fail(why) {
  console.error(`\nnpm run aggregate: ${why}`);
  process.exit(1);
}
