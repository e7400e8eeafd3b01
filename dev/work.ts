// Work that is done elsewhere and reported, as a transcoding job would: a month of it, so that usage reports have some.

import { ask } from "./ask.ts";
import { SECRETS } from "./local.ts";

/** No event may be older than 35 days. */
const DAYS = 34;
const DAY = 24 * 60 * 60 * 1000;
const OWNER = "alice";

/** Reports it. Sent again, it does not count again. */
export async function reportWork(url: string, random: () => number, today: number): Promise<void> {
  const events = Array.from({ length: DAYS }, (_, ago) => ofDay(random, new Date(today - (ago + 1) * DAY))).flat();
  await ask("reporting work", `${url}/v1/usage/events?owner=${OWNER}`, {
    method: "POST",
    headers: { authorization: `Bearer ${SECRETS.ADMIN_TOKEN}` },
    body: JSON.stringify({ events }),
  });
}

function ofDay(random: () => number, date: Date): object[] {
  const name = date.toISOString().slice(0, 10);
  const timestamp = `${name}T09:30:00Z`;
  const video = (resolution: string, codec: string) => ({
    idempotency_key: `transcode-${name}-${resolution}-${codec}`, timestamp, type: "video_processing", resolution, codec,
    seconds: Math.round((10 + random() * 50) * 1_000) / 1_000,
  });
  const extension = (extension: string) => ({
    idempotency_key: `${extension}-${name}`, timestamp, type: "extension", name: extension, operations: 1 + Math.floor(random() * 9),
  });
  return [
    video("HD", "h264"),
    ...(random() < 0.4 ? [video("SD", "h264")] : []),
    ...(random() < 0.15 ? [video("4K", "av1")] : []),
    ...(random() < 0.5 ? [extension("google-auto-tagging")] : []),
    ...(random() < 0.2 ? [extension("remove-bg")] : []),
  ];
}
