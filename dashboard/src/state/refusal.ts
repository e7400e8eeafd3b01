// Sentences for refusals that the page can explain better than the API: with dates as the reader writes them, and with what the
// view shows. Not here: the ways out (components/remedy.tsx).

import { longDay, plus, today } from "../format/date.ts";
import { MOST_DAYS } from "../format/range.ts";
import type { ApiFailure } from "../api/client.ts";
import { retentionDays } from "./health.ts";
import { view } from "./location.ts";
import { owner } from "./query.ts";

/** What went wrong, as one sentence; the message of the API where the page has no better one. */
export function explain({ code, message }: ApiFailure): string {
  switch (code) {
    case "range_beyond_retention":
      return `Data goes back to ${longDay(plus(today(), 1 - retentionDays.value))}.`;
    case "range_in_future":
      return "The end date is in the future.";
    case "range_too_long":
      return `You can show up to ${MOST_DAYS} days.`;
    case "days_invalid":
      return `Choose 1 to ${MOST_DAYS} days.`;
    case "owner_not_found":
      return `Owner “${owner.value}” doesn’t exist and has no traffic.`;
    case "image_id_malformed":
      return `“${view.value.image}” isn’t a file path. Use album/file.`;
    default:
      return message;
  }
}
