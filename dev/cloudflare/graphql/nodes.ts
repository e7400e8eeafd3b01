// The two data nodes that the stand-in has, and what each can be asked: the fields that live introspections agree on.
//
// Not here: workersAnalyticsEngineAdaptiveGroups has no blobs, doubles or index; the real one neither.

export type ValueType = "string" | "uint64" | "Time" | "Date";

export interface Dimension {
  type: ValueType;
  /** In SQLite's SQL; times in seconds. */
  sql: string;
  /** Of a time, how many seconds share a value. */
  seconds?: number;
}

export interface DataNode {
  name: "workersAnalyticsEngineAdaptiveGroups" | "httpRequestsAdaptiveGroups";
  scope: "account" | "zone";
  /** What GraphQL's types of this node begin with. */
  type: string;
  /** The column of the time, in seconds. */
  time: string;
  dimensions: Record<string, Dimension>;
  /** Fields that can only be filtered by. */
  filters: Record<string, Dimension>;
  /** Aggregated fields by group, in SQLite's SQL. */
  aggregates: Record<string, Record<string, { type: "uint64" | "float64"; sql: string }>>;
}

const DAY = 86_400;
const MINUTE = 60;

function times(column: string): Record<string, Dimension> {
  const every = (seconds: number, type: ValueType = "Time"): Dimension => ({
    type,
    seconds,
    sql: seconds === 1 ? column : `(${column} - ${column} % ${seconds})`,
  });
  return {
    date: every(DAY, "Date"),
    datetime: every(1),
    datetimeMinute: every(MINUTE),
    datetimeFiveMinutes: every(5 * MINUTE),
    datetimeFifteenMinutes: every(15 * MINUTE),
    datetimeHour: every(60 * MINUTE),
  };
}

const text = (name: string): Record<string, Dimension> => ({ [name]: { type: "string", sql: name } });

export const ENGINE: DataNode = {
  name: "workersAnalyticsEngineAdaptiveGroups",
  scope: "account",
  type: "AccountWorkersAnalyticsEngineAdaptiveGroups",
  time: "timestamp",
  dimensions: { ...text("dataset"), ...times("timestamp") },
  filters: {},
  aggregates: {},
};

export const HTTP: DataNode = {
  name: "httpRequestsAdaptiveGroups",
  scope: "zone",
  type: "ZoneHttpRequestsAdaptiveGroups",
  time: "datetime",
  dimensions: {
    ...text("clientRequestPath"),
    ...text("clientRequestHTTPHost"),
    ...text("clientCountryName"),
    edgeResponseStatus: { type: "uint64", sql: "edgeResponseStatus" },
    ...text("cacheStatus"),
    ...text("edgeResponseContentTypeName"),
    ...text("clientRequestHTTPMethodName"),
    ...text("clientRefererHost"),
    ...text("userAgentBrowser"),
    ...text("userAgentOS"),
    ...text("clientDeviceType"),
    ...times("datetime"),
  },
  filters: { ...text("requestSource") },
  aggregates: {
    sum: {
      edgeResponseBytes: { type: "uint64", sql: "sum(edgeResponseBytes * sampleInterval)" },
      // A visit begins with a request that no page of the same host referred to.
      visits: { type: "uint64", sql: "sum(iif(clientRefererHost = clientRequestHTTPHost, 0, sampleInterval))" },
    },
    avg: { sampleInterval: { type: "float64", sql: "avg(sampleInterval)" } },
  },
};

export const NODES = [ENGINE, HTTP];
