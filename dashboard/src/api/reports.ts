// The answers of the API that the dashboard reads, as /v1/openapi.json describes them; of each, what is used.

export interface Counts {
  requests: number;
  bandwidth_bytes: number;
}

export interface Row extends Counts {
  value: string;
  /** Of a country. */
  name?: string;
}

export interface Range {
  start: string;
  end: string;
  days: number;
}

export type DaySource = "realtime" | "engine" | "zone" | "mixed";

export interface Day extends Counts {
  date: string;
  cache_hits: number;
  cache_misses: number;
  errors: number;
  crawler_requests: number | null;
  bytes_saved: number;
  source: DaySource;
  estimated: boolean;
}

export interface Totals extends Counts {
  cache_hits: number;
  cache_misses: number;
  cache_hit_ratio: number | null;
  cache_rating: "excellent" | "good" | "poor" | null;
  bytes_saved: number;
  errors: number;
  error_rate: number | null;
  crawler_requests: number | null;
  crawler_bandwidth_bytes: number | null;
  crawler_share: number | null;
}

export interface Series {
  range: Range;
  totals: Totals;
  daily: Day[];
}

/** How exact a filtered report is. */
export interface Source {
  kind: "d1" | "analytics_engine";
  sampled: boolean;
  error: number;
  unassigned_requests: number;
  note: string;
}

/** An hour of a day, in UTC. */
export interface Hour extends Counts {
  /** When it began. */
  start: string;
}

/** A minute, in UTC. */
export interface LiveMinute extends Counts {
  /** When it began. */
  start: string;
  cache_hits: number;
  errors: number;
}

export interface Live {
  /** The last 60, oldest first; the last one is under way. */
  minutes: LiveMinute[];
}

/** Days, and their hours where those were asked for. */
export interface Course extends Series {
  hourly?: Hour[];
  /** Requests whose hour isn't known. */
  hourly_unassigned_requests?: number;
}

export interface Overview extends Course {
  freshness: { generated_at: string };
  /** By dimension: its largest values. Dimensions that the source cannot list are absent. */
  top: Record<string, Row[]>;
  source?: Source;
  comparison?: Course | null;
  comparison_reason?: string;
}

export interface Measures extends Counts {
  cache_hit_ratio: number | null;
  bytes_saved: number;
  share: number | null;
  bandwidth_share: number | null;
}

export interface ValueRow extends Measures {
  value: string;
  name?: string;
  /** Who runs a crawler. */
  operator?: string;
  /** Whether a referrer is the owner's own. */
  own?: boolean;
  /** On the days that are compared; null when `(other)` may contain requests of this value. */
  current?: Counts | null;
  previous?: Counts | null;
}

export interface Breakdown {
  /** How many there are to page through. */
  values: number;
  rows: ValueRow[];
  other: Measures & { largest_undercount: number };
  /** Of which days the changes are; null where none can be compared. */
  comparison?: { current: Range; previous: Range } | null;
}

export interface ErrorReport {
  totals: { requests: number; errors: number; error_rate: number | null };
  by_status: (Row & { share: number | null })[];
  by_reason: (Row & { share: number | null; meaning: string; advice: string })[];
  urls: FailingUrl[];
  values: number;
  other: { requests: number; largest_undercount: number };
  source?: Source;
}

export interface FailingUrl {
  value: string;
  status: number;
  reason: string;
  requests: number;
  first_seen: string;
  last_seen: string;
  referrers: { value: string; requests: number; own: boolean }[];
}

export interface ImageReport extends Series {
  variants: Row[];
  countries: Row[];
  statuses: Row[];
  source?: Source;
}

export type DayState = "today" | "open" | "closed" | "final" | "unknown";

export interface DayStatus {
  date: string;
  state: DayState;
  source: DaySource;
  estimated: boolean;
  error: number;
  drift: number | null;
  message: string;
}

export interface Run {
  id: number;
  kind: string;
  date: string | null;
  state: "queued" | "running" | "done" | "failed";
  finished_at: string | null;
  duration_ms: number;
  source: string | null;
  rows: number;
  owners_changed: number;
  outcome: string | null;
  error: string | null;
}

export interface Status {
  generated_at: string;
  messages: string[];
  realtime_enabled: boolean;
  batch_enabled: boolean;
  last_aggregation_date: string | null;
  last_aggregation_at: string | null;
  days: DayStatus[];
  gaps: string[];
  uncounted: { shed_requests: number; shed_requests_to_restore: number; lost_requests: number };
  runs?: Run[];
}

export interface StorageFigures {
  original_bytes: number;
  derived_bytes: number;
  total_bytes: number;
  original_objects: number;
  derived_objects: number;
  objects: number;
}

export interface StorageReport {
  latest: (StorageFigures & { date: string }) | null;
  daily: (StorageFigures & { date: string })[];
  owners?: (StorageFigures & { value: string })[];
  unattributed?: { bytes: number; objects: number };
  freshness: { measured_at: string | null; message: string | null };
}

/** A calendar month, as it was used. */
export interface Metrics {
  start: string;
  complete: boolean;
  requests: number;
  bandwidth_bytes: number;
  video_processing: { units: number; rows: { resolution: string; codec: string; seconds: number; units: number }[] };
  extensions: { units: number; rows: { name: string; operations: number; units: number }[] };
  storage: (StorageFigures & { date: string }) | null;
}

export interface Health {
  /** Absent for a token without the scope read. */
  analytics?: { enabled: boolean; reason?: string; limitation?: string; privacy: "strict" | "standard" | "full"; retention_days: number };
}

export type Scope = "read" | "write" | "admin";

export interface Owner {
  owner: string;
  name: string;
  created_at: string;
}

export interface Token {
  id: string;
  /** The owner's name. */
  owner: string;
  scopes: Scope[];
  created_at: string;
  expires_at: string;
  revoked_at: string | null;
  /** The id of the token that it was made with; null for the operator. */
  made_by: string | null;
}

/** A token with its secret, which the API returns once. */
export interface ShownToken {
  id: string;
  token: string;
  owner: string;
  scopes: Scope[];
  expires_at: string;
}

export interface Session {
  /** None: the operator. */
  owner: { name: string; id: string } | null;
  is_admin: boolean;
}
