// Numbers as people read them: short in lists and cards, exact in tooltips.

const EXACT = new Intl.NumberFormat("en", { maximumFractionDigits: 2 });
const SUFFIXES = ["", "k", "M", "G", "T"];
const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

export function exact(value: number): string {
  return EXACT.format(value);
}

/** Four digits at most and a suffix: 9,999 · 12.3k · 4.56M. */
export function count(value: number): string {
  if (Math.abs(value) < 10_000) return exact(Math.round(value));
  return scaled(value, 1000, SUFFIXES);
}

/** In IEC units: 512 B · 1.50 KiB · 228 MiB · 1,015 KiB. */
export function bytes(value: number): string {
  if (Math.abs(value) < 1024) return `${exact(value)} B`;
  return scaled(value, 1024, UNITS.map((unit) => ` ${unit}`));
}

/** Billing units: whole ones from 100 on. */
export function units(value: number): string {
  return exact(value < 100 ? value : Math.round(value));
}

export function exactBytes(value: number): string {
  return `${exact(value)} ${Math.abs(value) === 1 ? "byte" : "bytes"}`;
}

const UNIT_WORDS: Record<string, [one: string, many: string]> = {
  B: ["byte", "bytes"], KiB: ["kibibyte", "kibibytes"], MiB: ["mebibyte", "mebibytes"], GiB: ["gibibyte", "gibibytes"], TiB: ["tebibyte", "tebibytes"], PiB: ["pebibyte", "pebibytes"],
  k: ["thousand", "thousand"], M: ["million", "million"], G: ["billion", "billion"], T: ["trillion", "trillion"],
};

/** A short number with its unit as a word, for screen readers: 231 mebibytes · 21.7 thousand. */
export function spoken(short: string): string {
  const [, amount, unit] = /^(.*\d) ?([A-Za-z]+)$/.exec(short) ?? [];
  const words = unit === undefined ? undefined : UNIT_WORDS[unit];
  return words === undefined ? short : `${amount} ${words[amount === "1" ? 0 : 1]}`;
}

/** 231 mebibytes */
export function sayBytes(value: number): string {
  return spoken(bytes(value));
}

/** 21.7 thousand requests */
export function sayRequests(value: number): string {
  return `${spoken(count(value))} ${value === 1 ? "request" : "requests"}`;
}

/** 18 s · 4 min 26 s · 3 h 5 min */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  const parts = [[Math.floor(whole / 3600), "h"], [Math.floor(whole / 60) % 60, "min"], [whole % 60, "s"]] as const;
  const begin = parts.findIndex(([amount]) => amount > 0);
  if (begin < 0) return "0 s";
  const shown = parts.slice(begin, begin + 2).filter(([amount]) => amount > 0);
  return shown.map(([amount, unit]) => `${exact(amount)} ${unit}`).join(" ");
}

/** Null of nothing. */
export function share(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}

/** A part of a whole, 0 to 1. What is more than nothing and less than all is not written as either. */
export function percent(part: number): string {
  const hundred = part * 100;
  if (hundred > 0 && hundred < 0.1) return "<0.1%";
  if (hundred > 99.9 && hundred < 100) return ">99.9%";
  return `${hundred.toFixed(hundred === 0 || hundred === 100 ? 0 : 1)}%`;
}

/** A part that the API has rounded to four places, of what is `amount`. */
export function roundedPercent(part: number, amount: number): string {
  return percent(part === 0 && amount > 0 ? Number.MIN_VALUE : part);
}

/** Three significant digits, without a step to "1000". */
function scaled(value: number, base: number, suffixes: string[]): string {
  let power = 0;
  let rest = Math.abs(value);
  while (power < suffixes.length - 1 && Number(threeDigits(rest)) >= base) {
    rest /= base;
    power += 1;
  }
  return `${value < 0 ? "−" : ""}${grouped(threeDigits(rest))}${suffixes[power]}`;
}

function threeDigits(value: number): string {
  return value.toFixed(value < 9.995 ? 2 : value < 99.95 ? 1 : 0);
}

/** Of 1024 there is a fourth digit. */
function grouped(digits: string): string {
  return digits.length === 4 && !digits.includes(".") ? `${digits[0]},${digits.slice(1)}` : digits;
}
