// The statements that the stand-in for Cloudflare's analytics APIs is held to, and the points that they are asked of: those
// that it has to answer, and those that it has to refuse. `npm test` asks the stand-in, `npm run verify` ClickHouse too.

import { readFileSync } from "node:fs";
import path from "node:path";
import type { PastPoint } from "../../dev/cloudflare/points.ts";
import { CLOUDFLARE, ROOT } from "../../dev/local.ts";

export const DATASET = "pixtally_hits";
export const DAY = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);

export const ALICE = "a".repeat(32);
export const BOB = "b".repeat(32);

/** A point at a time of yesterday: image, variant, country, bytes, status. */
function point(time: string, index: string, image: string, bytes: number, status: number, sampleInterval = 1): PastPoint {
  return {
    timestamp: `${DAY}T${time}Z`,
    sampleInterval,
    index,
    blobs: [DAY, image, "original", "DE", status === 200 ? "HIT" : "MISS"],
    doubles: [bytes, bytes * 2, status],
  };
}

export const POINTS = [
  point("00:00:00", ALICE, "pics/dino.jpg", 100, 200),
  point("00:30:10", ALICE, "pics/dino.jpg", 250, 200),
  point("01:00:00", ALICE, "pics/it's 100%.jpg", 7, 404),
  point("01:59:59", BOB, "pics/dino.jpg", 1000, 200, 10),
  point("23:59:59", BOB, "clips/Ünïcode.mp4", 5, 206, 10),
];

const sum = (numbers: number[]) => numbers.reduce((total, one) => total + one, 0);
const bytesOf = (points: PastPoint[]) => sum(points.map(({ doubles, sampleInterval }) => doubles[0]! * sampleInterval!));
const weightOf = (points: PastPoint[]) => sum(points.map(({ sampleInterval }) => sampleInterval!));
const of = (index: string) => POINTS.filter((point) => point.index === index);

export const FROM = `FROM ${DATASET}`;

/** Statements of the documented kind, and what is answered from the points above. */
export const ACCEPTED: [statement: string, expected: unknown[][]][] = [
  [`SELECT count() AS n ${FROM}`, [["5"]]],
  [`SELECT COUNT() AS n, SUM(_sample_interval) AS w ${FROM} WHERE index1 = '${BOB}'`, [["2", "20"]]],
  [
    `SELECT index1, sum(_sample_interval) AS requests, sum(_sample_interval * double1) AS bytes ${FROM} GROUP BY index1 ORDER BY index1`,
    [ALICE, BOB].map((index) => [index, String(weightOf(of(index))), bytesOf(of(index))]),
  ],
  [`SELECT index1 AS owner, count() AS n ${FROM} GROUP BY index1 ORDER BY n DESC, owner LIMIT 1`, [[ALICE, "3"]]],
  [`SELECT blob2 AS image ${FROM} WHERE blob2 = 'pics/it''s 100%.jpg'`, [["pics/it's 100%.jpg"]]],
  [`SELECT count(DISTINCT blob2) AS images ${FROM}`, [["3"]]],
  [`SELECT min(double1) AS least, max(double1) AS most, avg(double1) AS mean ${FROM}`, [[5, 1000, 1362 / 5]]],
  [`SELECT sum(if(double3 = 404, _sample_interval, 0)) AS missing ${FROM}`, [["1"]]],
  [`SELECT quantileExactWeighted(0.5)(double1, _sample_interval) AS half ${FROM}`, [[100]]],
  [`SELECT intDiv(7, 2) AS a, toUInt32('42') AS b, 7 % 4 AS c, -3 AS d, 1 / 4 AS e`, [[3, 42, "3", "-3", 0.25]]],
  [`SELECT intDiv(-7, 2) AS a, round(2.5) AS b, round(3.5) AS c, round(-0.25, 1) AS d, floor(-2.5) AS e`, [["-3", 2, 4, -0.2, -3]]],
  [`SELECT 'Hello Workers Analytics Engine' AS message`, [["Hello Workers Analytics Engine"]]],
  [`SELECT length(blob2) AS l, lower('ABC') AS a, upper('abc') AS b ${FROM} WHERE double3 = 206`, [["17", "abc", "ABC"]]],
  [`SELECT startsWith(blob2, 'pics') AS a, endsWith(blob2, '.mp4') AS b, empty(blob2) AS c ${FROM} WHERE double3 = 206`, [[0, 1, 0]]],
  [`SELECT position('/' IN blob2) AS a, substring(blob2, 1, 4) AS b, format('{}:{}', blob4, blob5) AS c ${FROM} WHERE double3 = 404`, [["5", "pics", "DE:MISS"]]],
  [`SELECT position('code' IN blob2) AS a, substring(blob2, 8, 3) AS b, lower(blob2) AS c ${FROM} WHERE double3 = 206`, [["12", "nïc", "clips/Ünïcode.mp4"]]],
  [`SELECT timestamp ${FROM} WHERE double3 = 404`, [[`${DAY} 01:00:00`]]],
  [`SELECT min(timestamp) AS first, max(timestamp) AS last ${FROM} WHERE index1 = '${ALICE}'`, [[`${DAY} 00:00:00`, `${DAY} 01:00:00`]]],
  [
    `SELECT count() AS n, sum(double1) AS s, min(double1) AS least, avg(double1) AS mean, max(timestamp) AS last, quantileExactWeighted(0.5)(double1, _sample_interval) AS half ${FROM} WHERE double3 = 1`,
    [["0", 0, 0, null, "1970-01-01 00:00:00", null]],
  ],
  [`SELECT toUnixTimestamp(timestamp) AS t ${FROM} WHERE double3 = 404`, [[Date.parse(`${DAY}T01:00:00Z`) / 1000]]],
  [
    `SELECT toStartOfInterval(timestamp, INTERVAL '1' HOUR) AS hour, sum(_sample_interval) AS n ${FROM} GROUP BY hour ORDER BY hour`,
    [[`${DAY} 00:00:00`, "2"], [`${DAY} 01:00:00`, "11"], [`${DAY} 23:00:00`, "10"]],
  ],
  [`SELECT formatDateTime(timestamp, '%Y-%m-%d %H:%i') AS t, toHour(timestamp) AS h ${FROM} WHERE double3 = 206`, [[`${DAY} 23:59`, 23]]],
  [`SELECT extract(MINUTE FROM timestamp) AS m ${FROM} WHERE double1 = 250`, [[30]]],
  [`SELECT count() AS n ${FROM} WHERE timestamp >= toDateTime('${DAY} 01:00:00') AND timestamp < toDateTime('${DAY} 02:00:00')`, [["2"]]],
  [`SELECT count() AS n ${FROM} WHERE timestamp > now() - INTERVAL '90' DAY AND timestamp < NOW()`, [["5"]]],
  [`SELECT count() AS n ${FROM} WHERE timestamp > now() - INTERVAL '2' MONTH`, [["5"]]],
  [`SELECT count() AS n ${FROM} WHERE blob2 LIKE 'pics/%' AND blob2 NOT LIKE '%DINO%'`, [["4"]]],
  [`SELECT count() AS n ${FROM} WHERE blob2 ILIKE '%DINO%' OR double3 BETWEEN 400 AND 499`, [["4"]]],
  [`SELECT count() AS n ${FROM} WHERE double3 IN (404, 206) AND index1 NOT IN ('${BOB}')`, [["1"]]],
  [`SELECT count() AS n ${FROM} WHERE NOT (blob5 = 'HIT')`, [["2"]]],
  [`SELECT blob2 AS image, count() AS n ${FROM} GROUP BY image HAVING n > 1`, [["pics/dino.jpg", "3"]]],
  [`SELECT count() AS n ${FROM} HAVING count() > 100`, []],
  [`SELECT sum(n) AS total FROM (SELECT index1, count() AS n ${FROM} GROUP BY index1)`, [["5"]]],
  [`SELECT double1 ${FROM} ORDER BY double1 DESC LIMIT 2 OFFSET 1`, [[250], [100]]],
  [`SELECT double1 -- a comment\n${FROM} WHERE double3 = 404 /* and another */ FORMAT JSON;`, [[7]]],
  [`SELECT dataset, count() AS n ${FROM} GROUP BY dataset`, [[DATASET, "5"]]],
  [`SHOW TABLES`, [[DATASET]]],
  [`SHOW TIMEZONE`, [["Etc/UTC"]]],
];

interface RefusedStatement {
  statement: string;
  why: string;
  message: string;
  source: string;
  status: number;
}

/** What the real APIs refuse. */
export const REFUSED: { sql: RefusedStatement[]; graphql: RefusedStatement[] } = JSON.parse(
  readFileSync(path.join(ROOT, "dev/cloudflare/refused.json"), "utf8")
    .replaceAll("$ACCOUNT", CLOUDFLARE.CLOUDFLARE_ACCOUNT_ID)
    .replaceAll("$ZONE", CLOUDFLARE.CLOUDFLARE_ZONE_ID)
    .replaceAll("$DAY", DAY),
);
