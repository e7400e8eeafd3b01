// The zone's HTTP requests as Cloudflare's edge logs them, one row each, under the names that GraphQL has for them.
//
// Not here: how they are asked for (graphql/).

/** What the edge knows of a request that it served. */
export interface ZoneRequest {
  /** Seconds since 1970, or a text that `Date` reads. */
  datetime: number | string;
  clientRequestHTTPHost: string;
  /** Without the query. */
  clientRequestPath: string;
  clientRequestHTTPMethodName?: string;
  clientCountryName?: string;
  clientRefererHost?: string;
  userAgentBrowser?: string;
  userAgentOS?: string;
  clientDeviceType?: string;
  edgeResponseStatus?: number;
  /** Body and headers. */
  edgeResponseBytes?: number;
  edgeResponseContentTypeName?: string;
  cacheStatus?: string;
  /** `eyeball` unless Cloudflare itself asked. */
  requestSource?: string;
  sampleInterval?: number;
}

/** Requests that are made up in place: one for every path and country, in that order. */
export interface RequestPlan {
  host: string;
  /** `YYYY-MM-DD`; the requests spread over its seconds. */
  date: string;
  requests: number;
  /** Paths are these followed by `/album/0000000.jpg` and so on. */
  prefixes: string[];
  images: number;
  countries: string[];
  bytes?: number;
  sampleInterval?: number;
}

const DEFAULTS = {
  clientRequestHTTPMethodName: "GET",
  clientCountryName: "XX",
  clientRefererHost: "",
  userAgentBrowser: "Unknown",
  userAgentOS: "Unknown",
  clientDeviceType: "desktop",
  edgeResponseStatus: 200,
  edgeResponseBytes: 0,
  edgeResponseContentTypeName: "unknown",
  cacheStatus: "dynamic",
  requestSource: "eyeball",
  sampleInterval: 1,
};

const NUMBERS = ["datetime", "sampleInterval", "edgeResponseStatus", "edgeResponseBytes"];
const COLUMNS = ["datetime", "clientRequestHTTPHost", "clientRequestPath", ...Object.keys(DEFAULTS)];
const INSERT = `INSERT INTO requests (${COLUMNS.join(", ")}) VALUES (${COLUMNS.map(() => "?").join(", ")})`;

export class Requests {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    const columns = COLUMNS.map((name) => `${name} ${NUMBERS.includes(name) ? "INTEGER" : "TEXT"} NOT NULL`);
    sql.exec(
      `CREATE TABLE IF NOT EXISTS requests (${columns.join(", ")});
       CREATE INDEX IF NOT EXISTS requests_by_path ON requests (
         clientRequestHTTPHost, clientRequestPath, clientCountryName, edgeResponseStatus, requestSource, datetime,
         sampleInterval, edgeResponseBytes
       );
       CREATE INDEX IF NOT EXISTS requests_by_time ON requests (datetime);`,
    );
  }

  load(requests: ZoneRequest[]): void {
    for (const request of requests) {
      const { datetime } = request;
      const seconds = typeof datetime === "number" ? datetime : Math.floor(Date.parse(datetime) / 1000);
      const row: Record<string, SqlStorageValue> = { ...DEFAULTS, ...request, datetime: seconds };
      this.#sql.exec(INSERT, ...COLUMNS.map((name) => row[name] ?? null));
    }
  }

  generate(plan: RequestPlan): void {
    const { countries, images, prefixes } = plan;
    const values: Record<string, string> = {
      datetime: "?2 + i % 86400",
      clientRequestHTTPHost: "?3",
      clientRequestPath: `(?4 ->> (i / ${countries.length * images} % ${prefixes.length}))
        || '/album/' || printf('%07d', i / ${countries.length} % ${images}) || '.jpg'`,
      clientCountryName: `?5 ->> (i % ${countries.length})`,
      edgeResponseBytes: "?6",
      sampleInterval: "?7",
    };
    const defaults: Record<string, string | number> = DEFAULTS;
    const value = (name: string) => values[name] ?? `?8 ->> '${name}'`;
    this.#sql.exec(
      `INSERT INTO requests (${COLUMNS.join(", ")})
       WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?1)
       SELECT ${COLUMNS.map(value).join(", ")} FROM n`,
      plan.requests,
      Date.parse(`${plan.date}T00:00:00Z`) / 1000,
      plan.host,
      JSON.stringify([...prefixes].sort()),
      JSON.stringify([...countries].sort()),
      plan.bytes ?? 1500,
      plan.sampleInterval ?? 1,
      JSON.stringify(defaults),
    );
  }

  clear(): void {
    this.#sql.exec("DELETE FROM requests");
  }
}
