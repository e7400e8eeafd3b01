// Days and times, all of them UTC: a day is YYYY-MM-DD, as in the API.

const DAY_MS = 86_400_000;
const SHORT = format({ day: "numeric", month: "short" });
const LONG = format({ weekday: "short", day: "numeric", month: "short", year: "numeric" });
const YEAR = format({ day: "numeric", month: "short", year: "numeric" });
const MONTH = format({ month: "long", year: "numeric" });

function format(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat("en-GB", { ...options, timeZone: "UTC" });
}

export function today(now: number = Date.now()): string {
  return new Date(now).toISOString().slice(0, 10);
}

/** Seconds since 1970 at which a day begins. */
export function seconds(date: string): number {
  return Date.parse(date) / 1000;
}

export function plus(date: string, days: number): string {
  return new Date(Date.parse(date) + days * DAY_MS).toISOString().slice(0, 10);
}

/** How many days there are from one to another, both counted. */
export function span(start: string, end: string): number {
  return Math.round((Date.parse(end) - Date.parse(start)) / DAY_MS) + 1;
}

export function isDate(text: string): boolean {
  const time = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(text) : Number.NaN;
  return !Number.isNaN(time) && today(time) === text;
}

/** 21 Nov */
export function shortDay(date: string): string {
  return SHORT.format(Date.parse(date));
}

/** Sat, 21 Nov 2026 */
export function longDay(date: string): string {
  return LONG.format(Date.parse(date));
}

/** The month so many before or after one, YYYY-MM both. */
export function otherMonth(month: string, months: number): string {
  const [year, current] = month.split("-").map(Number) as [number, number];
  return new Date(Date.UTC(year, current - 1 + months, 1)).toISOString().slice(0, 7);
}

/** November 2026 */
export function month(date: string): string {
  return MONTH.format(Date.parse(date));
}

/** 23 Oct – 21 Nov 2026; one day alone; years where they differ. */
export function interval(start: string, end: string): string {
  const until = YEAR.format(Date.parse(end));
  if (start === end) return until;
  const from = start.slice(0, 4) === end.slice(0, 4) ? SHORT : YEAR;
  return `${from.format(Date.parse(start))} – ${until}`;
}

/** 21 Nov 2026, 08:50 UTC */
export function moment(timestamp: string): string {
  return `${YEAR.format(Date.parse(timestamp))}, ${timestamp.slice(11, 16)} UTC`;
}

/** 08:50:34 UTC */
export function clock(timestamp: string): string {
  return `${timestamp.slice(11, 19)} UTC`;
}
