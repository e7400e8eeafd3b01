// Hits of the past as realtime counting has left them: a row of analytics_daily, and a segment.

import { ownerId, type Stack } from "./stack.ts";

export interface Counted {
  owner: string;
  date: string;
  image?: string;
  variant?: string;
  country?: string;
  requests: number;
  bytes: number;
  hits?: number;
  misses?: number;
  source?: number;
}

/** Stands there as if so many equal requests for an image had been served on a day. */
export async function counted(stack: Stack, past: Counted): Promise<void> {
  const { owner, date, image = "pics/dino.jpg", variant = "original", country = "DE", requests, bytes, hits = 0, misses = 0, source = 0 } = past;
  const counters = [requests, bytes, hits, misses, source];
  await stack.sql(
    `INSERT INTO analytics_daily (owner, date, run, image_id, variant, country, status_code, requests, bandwidth_bytes, cache_hits, cache_misses, source_bytes, asset_type)
     VALUES (?1, ?2, 0, ?3, ?4, ?5, 200, ?6, ?7, ?8, ?9, ?10, 'image')`,
    ownerId(owner), date, image, variant, country, ...counters,
  );
  const values = {
    image, variant, status: "200", country, asset_type: "image", format: "image/jpeg", cache: "hit", device: "unknown",
    browser: "unknown", os: "unknown", bot: "human", crawler: "(none)", referrer: "N/A", error_reason: "(none)", hour: "12",
  };
  const entries = Object.entries(values).map(([dimension, value]) => JSON.stringify([dimension, value, ...counters]));
  await stack.sql(
    "INSERT INTO analytics_segments (date, owner, run, part, requests, body, errors) VALUES (?1, ?2, 0, 'past', 0, ?3, '')",
    date, ownerId(owner), entries.join(","),
  );
}
