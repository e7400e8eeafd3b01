// Countries by their codes, in the words of the reader's browser, where a report has the codes alone.

const NAMES = new Intl.DisplayNames("en", { type: "region" });
const OTHERS: Record<string, string> = { XX: "Unknown", T1: "Tor" };

export function countryName(code: string): string | undefined {
  return OTHERS[code] ?? (/^[A-Z]{2}$/.test(code) ? NAMES.of(code) : undefined);
}
