// What tests turn at the stand-in, apart from faults. Kept in the store, so that it outlives the object's memory.

import type { Sampling } from "./sampling.ts";
import type { Backslash } from "./sql/tokens.ts";

/** A GraphQL node's limits, as its `settings` tell them. Times are in seconds. */
export interface NodeLimits {
  enabled: boolean;
  maxDuration: number;
  maxNumberOfFields: number;
  maxPageSize: number;
  notOlderThan: number;
}

export interface Budget {
  queries: number;
  seconds: number;
}

export interface Settings {
  sampling: Sampling | null;
  /** Points and requests younger than this, in seconds, cannot be seen yet. */
  lag: number;
  /** How the SQL API reads a backslash in a text: its documentation does not say. */
  backslash: Backslash;
  /** Whether workersAnalyticsEngineAdaptiveGroups' `count` is scaled by the sample interval: not documented. */
  scaledCounts: boolean;
  /** Whether GraphQL's errors carry the status that their documentation names, instead of the 200 that users report. */
  documentedStatus: boolean;
  /** How many GraphQL queries are answered in how many seconds; null does not count them. */
  budget: Budget | null;
  /** How many statements the SQL API answers in how many seconds: Cloudflare's API takes 1,200 requests of a user in five minutes. */
  sqlBudget: Budget | null;
  /** Fields of httpRequestsAdaptiveGroups that the zone's plan lacks. */
  missingFields: string[];
  workersAnalyticsEngineAdaptiveGroups: NodeLimits;
  httpRequestsAdaptiveGroups: NodeLimits;
}

const DAY = 86_400;

export const DEFAULTS: Settings = {
  sampling: null,
  lag: 0,
  backslash: "refused",
  scaledCounts: false,
  documentedStatus: false,
  budget: null,
  sqlBudget: { queries: 1_200, seconds: 300 },
  missingFields: [],
  workersAnalyticsEngineAdaptiveGroups: {
    enabled: true,
    maxDuration: 31 * DAY,
    maxNumberOfFields: 30,
    maxPageSize: 10_000,
    notOlderThan: 91 * DAY,
  },
  httpRequestsAdaptiveGroups: {
    enabled: true,
    maxDuration: DAY,
    maxNumberOfFields: 30,
    maxPageSize: 10_000,
    notOlderThan: 8 * DAY,
  },
};

/** Settings to change: a node's limits one by one. */
export type SettingsChange = Partial<Omit<Settings, keyof NodeSettings>> & { [Node in keyof NodeSettings]?: Partial<NodeLimits> };
type NodeSettings = Pick<Settings, "workersAnalyticsEngineAdaptiveGroups" | "httpRequestsAdaptiveGroups">;

export function changed(settings: Settings, change: SettingsChange): Settings {
  const unknown = Object.keys(change).find((name) => !Object.hasOwn(DEFAULTS, name));
  if (unknown) throw new TypeError(`there is no setting ${unknown}`);
  return {
    ...settings,
    ...change,
    workersAnalyticsEngineAdaptiveGroups: {
      ...settings.workersAnalyticsEngineAdaptiveGroups,
      ...change.workersAnalyticsEngineAdaptiveGroups,
    },
    httpRequestsAdaptiveGroups: { ...settings.httpRequestsAdaptiveGroups, ...change.httpRequestsAdaptiveGroups },
  };
}
