// How numbers, changes and days read.

import assert from "node:assert/strict";
import { test } from "node:test";
import "./locale.ts";
import type { Day, DayState, DayStatus, Run } from "../../dashboard/src/api/reports.ts";
import { points, relative } from "../../dashboard/src/format/change.ts";
import { comparable, comparedDays, sums } from "../../dashboard/src/format/comparison.ts";
import { completeness } from "../../dashboard/src/format/completeness.ts";
import { interval, isDate, moment, plus, span } from "../../dashboard/src/format/date.ts";
import { valueLabel, valueTitle } from "../../dashboard/src/format/label.ts";
import { bytes, count, duration, exact, exactBytes, percent, roundedPercent, spoken, units } from "../../dashboard/src/format/number.ts";
import { presets, rangeName, refusal } from "../../dashboard/src/format/range.ts";
import { runWords } from "../../dashboard/src/format/run.ts";
import { summary } from "../../dashboard/src/format/summary.ts";

function check<T extends unknown[]>(name: string, format: (...args: T) => unknown, cases: [...T, unknown][]): void {
  test(name, () => {
    for (const given of cases) {
      const args = given.slice(0, -1) as unknown as T;
      assert.deepEqual(format(...args), given.at(-1), `${name}(${args.map((arg) => JSON.stringify(arg)).join(", ")})`);
    }
  });
}

check("count", count, [
  [0, "0"], [999, "999"], [9_999, "9,999"], [10_000, "10.0k"], [12_345, "12.3k"], [99_949, "99.9k"], [99_950, "100k"], [999_499, "999k"],
  [999_500, "1.00M"], [4_560_000, "4.56M"], [1e12, "1.00T"], [9.9e17, "990000T"], [-12_345, "−12.3k"],
]);

check("bytes", bytes, [
  [0, "0 B"], [1, "1 B"], [1_023, "1,023 B"], [1_024, "1.00 KiB"], [1_536, "1.50 KiB"], [1_048_524, "1.00 MiB"], [1_048_576, "1.00 MiB"],
  [241_172_480, "230 MiB"], [2 ** 40, "1.00 TiB"], [-2_048, "−2.00 KiB"],
]);

check("exact", exact, [[1_234_567, "1,234,567"], [0, "0"]]);
check("duration", duration, [[0, "0 s"], [18, "18 s"], [266.48, "4 min 26 s"], [120, "2 min"], [3_600, "1 h"], [11_105, "3 h 5 min"], [3_605, "1 h"]]);
check("units", units, [[0, "0"], [2.25, "2.25"], [99.99, "99.99"], [2_992.73, "2,993"]]);
check("spoken", spoken, [["231 MiB", "231 mebibytes"], ["1 B", "1 byte"], ["21.7k", "21.7 thousand"], ["9,999", "9,999"], ["82.1%", "82.1%"]]);
check("exactBytes", exactBytes, [[1, "1 byte"], [2_048, "2,048 bytes"]]);

test("a share that was rounded to nothing is more than nothing", () => {
  assert.deepEqual([roundedPercent(0, 0), roundedPercent(0, 1), roundedPercent(0.25, 1)], ["0%", "<0.1%", "25.0%"]);
});

check("percent", percent, [
  [0, "0%"], [1, "100%"], [0.826, "82.6%"], [0.0004, "<0.1%"], [0.9996, ">99.9%"], [0.001, "0.1%"], [0.9, "90.0%"],
]);

test("changes of amounts", () => {
  for (const [now, before, text, direction] of [
    [110, 100, "▲ 10%", "up"], [95, 100, "▼ 5%", "down"], [100, 100, "±0%", "same"], [1_000_400, 1_000_000, "±0%", "same"], [1_234, 100, ">999"], [5, 0, "new", "up"],
    [-50, 100, "▼ 150%", "down"], [50, -100, "▲ 150%", "up"],
  ] as const) {
    const change = relative(now, before);
    assert.ok(change?.text.includes(text), `${now}, ${before}: ${change?.text}`);
    if (direction) assert.equal(change?.direction, direction);
  }
  assert.deepEqual([relative(0, 0), relative(null, 4), relative(4, null)], [null, null, null]);
});

test("changes of shares are in points", () => {
  assert.equal(points(0.826, 0.822)?.text, "▲ 0.4 pp");
  assert.equal(points(0.5, 0.75)?.spoken, "down 25 percentage points");
  assert.equal(points(0.5, 0.5001)?.text, "±0 pp");
  assert.deepEqual([points(null, 1), points(1, null)], [null, null]);
});

check("interval", interval, [
  ["2026-10-23", "2026-11-21", "23 Oct – 21 Nov 2026"], ["2026-11-21", "2026-11-21", "21 Nov 2026"], ["2025-12-30", "2026-01-02", "30 Dec 2025 – 2 Jan 2026"],
  ["2026-11-02", "2026-11-05", "2 – 5 Nov 2026"],
]);
check("moment", moment, [["2026-11-21T08:50:34Z", "21 Nov 2026, 08:50 UTC"]]);
check("plus", plus, [["2026-02-28", 1, "2026-03-01"], ["2026-01-01", -1, "2025-12-31"], ["2026-03-29", 1, "2026-03-30"]]);
check("span", span, [["2026-11-01", "2026-11-01", 1], ["2026-03-01", "2026-03-31", 31]]);
check("isDate", isDate, [["2026-02-29", false], ["2028-02-29", true], ["2026-1-1", false], ["", false]]);

test("presets begin no earlier than anything is kept", () => {
  const names = (first: string) => presets("2026-11-21", first).map((preset) => preset.name);
  assert.ok(names("2026-08-24").includes("Last 90 days"));
  assert.deepEqual(names("2026-11-15"), ["Today", "Yesterday", "Last 7 days"]);
  assert.deepEqual(presets("2026-01-10", "2025-01-01").find((preset) => preset.name === "Last month")?.range, { start: "2025-12-01", end: "2025-12-31" });
  assert.equal(rangeName({ days: 45 }, "2026-11-21"), "Last 45 days");
  assert.equal(rangeName({ start: "2026-11-01", end: "2026-11-21" }, "2026-11-21"), "This month");
  assert.equal(rangeName({ start: "2026-11-02", end: "2026-11-05" }, "2026-11-21"), "2 – 5 Nov 2026");
  assert.deepEqual([refusal("2026-08-24", "2026-11-21"), typeof refusal("2026-08-23", "2026-11-21")], [null, "string"]);
});

check("valueLabel", valueLabel, [
  ["bot", "ai", undefined, false, "AI crawlers"], ["status", "404", undefined, false, "404 Not found"], ["status", "599", undefined, false, "599"],
  ["country", "DE", "Germany", false, "Germany"], ["image", "(other)", undefined, false, "All others"], ["referrer", "toString", undefined, false, "toString"],
  ["image", "<img src=x onerror=alert(1)>", undefined, false, "<img src=x onerror=alert(1)>"],
  ["referrer", "(private)", undefined, false, "Hidden (Do Not Track)"], ["referrer", "(private)", undefined, true, "Hidden (strict privacy)"],
]);
check("valueTitle", valueTitle, [
  ["country", "DE", "Germany", "Germany (DE)"], ["referrer", "shop.example", undefined, "shop.example"],
  ["device", "(private)", undefined, "Not recorded: the visitor sent Do Not Track or Global Privacy Control, or ANALYTICS_PRIVACY is strict."],
]);

const day = (date: string, requests: number): Day => ({
  date, requests, bandwidth_bytes: requests * 10, cache_hits: requests / 2, cache_misses: requests / 2, errors: 1, crawler_requests: null, bytes_saved: 0, source: "realtime", estimated: false,
});

test("complete days are compared with their counterparts", () => {
  const now = [day("2026-11-19", 10), day("2026-11-20", 20), day("2026-11-21", 2)];
  const then = [day("2026-11-16", 5), day("2026-11-17", 10), day("2026-11-18", 900)];
  const found = comparable(now, then, new Set(), "2026-11-21");
  assert.deepEqual([sums(found.now)?.requests, sums(found.then)?.requests, sums(found.then)?.error_rate, sums(found.then)?.crawler_share], [30, 15, 2 / 15, null]);
  assert.equal(comparedDays(found), "Compared with 16 – 18 Nov 2026: 2 of 3 days have complete data to compare.");
  assert.equal(comparedDays(comparable(now, then, new Set(), "2026-11-22")), "Compared with 16 – 18 Nov 2026.");
  assert.deepEqual(comparable(now, then, new Set(["2026-11-16"]), "2026-11-21").now.map(({ date }) => date), ["2026-11-20"]);
  assert.equal(comparable(now.slice(2), then.slice(2), new Set(), "2026-11-21").reason, "today isn’t over");
  assert.match(comparable(now, then, new Set(then.map(({ date }) => date)), "2026-11-22").reason!, /^there’s no data/);
  assert.equal(sums([]), null);
});

test("what is not complete is not called so", () => {
  const days = (...states: DayState[]) => states.map((state, index): DayStatus => ({ date: plus("2026-11-15", index), state, source: "realtime", estimated: false, error: 0, drift: null, message: "" }));
  const said = (states: DayState[], ...messages: string[]) => completeness(days(...states), messages).join(" ");
  assert.equal(said(["final", "final"]), "All days are final.");
  assert.equal(said(["final", "today"]), "All days are final. Today is in progress.");
  assert.equal(said(["closed", "closed", "final"]), "2 days are provisional. All other days are final.");
  assert.equal(said(["unknown", "unknown", "final", "closed", "today"]), "No data before 17 Nov. 18 Nov is provisional. All other days are final. Today is in progress.");
  assert.equal(said(["unknown", "open", "today"], "1 day is pending."), "1 day is pending. No data before 16 Nov. Today is in progress.");
  assert.equal(said(["unknown"]), "No data for these days.");
});

test("a chart is one sentence", () => {
  const dates = ["2026-11-01", "2026-11-02", "2026-11-03"];
  const say = (value: number) => spoken(bytes(value));
  const up = relative(3, 2);
  assert.equal(summary("Bandwidth", dates, [1_024, null, 2_048], say, up), "Bandwidth, 1 – 3 Nov 2026: 3.00 kibibytes, highest 2.00 kibibytes on 3 Nov, up 50 percent compared with the previous period.");
  assert.equal(summary("Bandwidth", dates, [0, 0, 0], say, null), "Bandwidth, 1 – 3 Nov 2026: 0 bytes, highest 0 bytes on 1 Nov.");
  assert.equal(summary("Bandwidth", dates, [null, null, null], say, up), "Bandwidth, 1 – 3 Nov 2026: no data.");
});

test("runs say what they did", () => {
  const run: Run = { id: 1, kind: "aggregate", date: "2026-11-20", state: "done", finished_at: null, duration_ms: 1, source: "engine", rows: 5, owners_changed: 0, outcome: "o", error: null };
  assert.equal(runWords(run), "20 Nov: checked, no change");
  assert.equal(runWords({ ...run, owners_changed: 1 }), "20 Nov: corrected 1 owner");
  assert.equal(runWords({ ...run, error: "no answer" }), "20 Nov: no answer");
  assert.equal(runWords({ ...run, source: null }), "20 Nov: kept the real-time counts");
  assert.equal(runWords({ ...run, kind: "purge" }), "Deleted 5 rows from before 20 Nov");
  assert.equal(runWords({ ...run, kind: "purge", rows: 0 }), "Nothing to delete (cut-off 20 Nov)");
  assert.equal(runWords({ ...run, kind: "storage", rows: 17 }), "17 files");
});
