// Days and times in UTC, in the words of the reader's locale: a day is YYYY-MM-DD, as in the API.

const DAY_MS = 86_400_000;
/** Stands around the dash of a range, where the rest of the page has plain spaces. */
const THIN_SPACE = "\u2009";
const SHORT = format({ day: "numeric", month: "short" });
const LONG = format({ weekday: "short", day: "numeric", month: "short", year: "numeric" });
const YEAR = format({ day: "numeric", month: "short", year: "numeric" });
const MONTH = format({ month: "long", year: "numeric" });
const WEEKDAYS = { short: format({ weekday: "short" }), long: format({ weekday: "long" }) };

function format(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat(undefined, { ...options, timeZone: "UTC" });
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

/** Sat or Saturday. */
export function weekday(date: string, width: "short" | "long"): string {
  return WEEKDAYS[width].format(Date.parse(date));
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

/** 23 Oct – 21 Nov 2026; parts that both ends share stand once. */
export function interval(start: string, end: string): string {
  return YEAR.formatRange(Date.parse(start), Date.parse(end)).replaceAll(THIN_SPACE, " ");
}

/** 21 Nov 2026, 08:50 UTC */
export function moment(timestamp: string): string {
  return `${YEAR.format(Date.parse(timestamp))}, ${minute(timestamp)}`;
}

/** 08:00 */
export function hour(timestamp: string): string {
  return `${timestamp.slice(11, 13)}:00`;
}

/** 08:50 UTC */
export function minute(timestamp: string): string {
  return `${timestamp.slice(11, 16)} UTC`;
}

/** 08:50:34 UTC */
export function clock(timestamp: string): string {
  return `${timestamp.slice(11, 19)} UTC`;
}
