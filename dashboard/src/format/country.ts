// Names of countries, in English as the API has them, for reports that have only the codes.

const NAMES = new Intl.DisplayNames("en", { type: "region" });
const OTHERS: Record<string, string> = { XX: "Unknown", T1: "Tor" };

export function countryName(code: string): string | undefined {
  return OTHERS[code] ?? (/^[A-Z]{2}$/.test(code) ? NAMES.of(code) : undefined);
}
