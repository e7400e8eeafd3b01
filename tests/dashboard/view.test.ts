// What an address says, and what filters say.

import assert from "node:assert/strict";
import { test } from "node:test";
import { formatFilter, negated, parseFilter, refusedFilter, withValue } from "../../dashboard/src/state/filter.ts";
import { formatView, parseView, type View } from "../../dashboard/src/state/view.ts";

const DEFAULT = parseView("");

test("a view is told by its address, and by nothing else", () => {
  const views: Partial<View>[] = [
    {},
    { view: "errors", owner: "alice", pages: { url: 3 } },
    { view: "image", owner: "alice", image: "pics/a b&c=d.jpg" },
    { view: "usage", month: "2026-02" },
    { owner: "*", range: { days: 7 }, compare: "weekday" },
    { range: { start: "2026-11-01", end: "2026-11-05" }, compare: "none" },
    { filters: ["country:is:DE;AT", "image:is:pics/o'neil\\; b&.jpg", "bot:is_not:ai"] },
    { shown: { files: "video" }, sorted: { country: "requests" }, pages: { country: 2 }, complete: ["country", "referrer"] },
  ];
  for (const change of views) {
    const view = { ...DEFAULT, ...change };
    assert.deepEqual(parseView(formatView(view)), view, formatView(view));
  }
});

test("what is as usual is not in the address", () => {
  assert.equal(DEFAULT.range, null);
  assert.equal(formatView(DEFAULT), "?");
  assert.equal(formatView({ ...DEFAULT, pages: { country: 1 }, image: "pics/a.jpg", month: "2026-02" }), "?");
});

test("what cannot be read is as if it were not there", () => {
  for (const search of ["?view=nothing", "?days=x", "?days=-1", "?start=2026-11-01", "?start=2026-02-30&end=2026-03-01", "?compare=never", "?page=a:0&page=b:x&sort=c:size", "?owner=", "?month=2026-13", "?month=2026", "?%E0%A4%A"]) {
    assert.deepEqual(parseView(search), DEFAULT, search);
  }
  assert.deepEqual(parseView("?filter=bot:is:ai&filter=status:is:200&filter=bot:is:ai").filters, ["bot:is:ai", "status:is:200"]);
  assert.deepEqual(parseView("?days=999").range, { days: 999 }, "the API says what is allowed");
});

test("filters are read as they are written", () => {
  for (const [text, values] of [
    ["country:is:DE", ["DE"]], ["country:is_not:DE;AT", ["DE", "AT"]], ["image:is:a\\;b;c", ["a;b", "c"]], ["image:is:a\\\\;b", ["a\\", "b"]], ["referrer:is:", [""]],
    ["referrer:is:a;", ["a", ""]], ["user_agent:is:Mozilla/5.0 (a: b)", ["Mozilla/5.0 (a: b)"]], ["image:is:line\nbreak", ["line\nbreak"]],
  ] as const) {
    const filter = parseFilter(text);
    assert.deepEqual(filter?.values, values, text);
    assert.equal(formatFilter(filter!), text);
  }
  for (const text of ["", "country", "country:is", "country:like:DE", "Country:is:DE"]) assert.equal(parseFilter(text), null, text);
});

test("a value takes the place of another one, and is turned round", () => {
  const filters = ["country:is:DE", "bot:is_not:ai"];
  assert.deepEqual(withValue(filters, "country", "A;T"), ["bot:is_not:ai", "country:is:A\\;T"]);
  assert.deepEqual(withValue(filters, "bot", "human"), [...filters, "bot:is:human"]);
  assert.deepEqual([negated("country:is:DE;AT"), negated("bot:is_not:ai"), negated("nonsense")], ["country:is_not:DE;AT", "bot:is:ai", "nonsense"]);
});

test("the filter that a refusal names is found", () => {
  const filters = ["country:is:DE", "bot:is_not:ai", "bot:is:martian"];
  assert.equal(refusedFilter("filter[2]", filters), 2);
  assert.deepEqual([refusedFilter("filter", filters), refusedFilter(null, filters), refusedFilter("filter[3]", filters)], [null, null, null]);
  assert.deepEqual([refusedFilter("filter", ["country:is:DE"]), refusedFilter("dimension", ["country:is:DE"])], [0, 0]);
});
