// What dimensions and their values are called. A value that needs no words of its own is shown as it is.

export interface DimensionLabel {
  /** Of a list: Countries. */
  many: string;
  /** Of a filter: Country. */
  one: string;
}

const DIMENSIONS: Record<string, DimensionLabel> = {
  image: { many: "Images", one: "Image" },
  video: { many: "Videos", one: "Video" },
  other: { many: "Other files", one: "Other file" },
  variant: { many: "Variants", one: "Variant" },
  status: { many: "Statuses", one: "Status" },
  country: { many: "Countries", one: "Country" },
  asset_type: { many: "Types", one: "Type" },
  format: { many: "Formats", one: "Format" },
  cache: { many: "Cache", one: "Cache" },
  device: { many: "Devices", one: "Device" },
  browser: { many: "Browsers", one: "Browser" },
  os: { many: "Systems", one: "System" },
  bot: { many: "Bots", one: "Bot class" },
  referrer: { many: "Referrers", one: "Referrer" },
  error_reason: { many: "Errors", one: "Error" },
  user_agent: { many: "User agents", one: "User agent" },
  ip: { many: "Addresses", one: "Address" },
  owner: { many: "Owners", one: "Owner" },
};

const VALUES: Record<string, Record<string, string>> = {
  asset_type: { image: "Images", video: "Videos", other: "Everything else" },
  bot: { human: "People", search: "Search engines", ai: "AI crawlers", other: "Other programs" },
  cache: { hit: "Hit", miss: "Miss", bypass: "Not asked", error: "Error answers" },
  device: { Bot: "Programs", unknown: "Not told" },
  browser: { unknown: "Not told" },
  os: { unknown: "Not told" },
  referrer: { "N/A": "No referrer" },
  user_agent: { "N/A": "No user agent" },
  ip: { "N/A": "No address" },
  owner: { _unknown: "Nobody’s paths" },
  variant: { "(none)": "No file was sent", original: "Original" },
  other: { "(missing)": "No file was sent" },
  image: { "(missing)": "No file was sent" },
  error_reason: {
    "(none)": "No error",
    path_too_long: "Path too long",
    path_malformed: "Path malformed",
    owner_malformed: "Owner malformed",
    owner_reserved: "Reserved name",
    not_media: "Not a media path",
    object_not_found: "File not found",
    variant_not_allowed: "Variant not found",
    method_not_allowed: "Method not allowed",
    range_not_satisfiable: "Range beyond the end",
    storage_unavailable: "Storage unavailable",
    internal_error: "Worker failed",
  },
};

const STATUSES: Record<string, string> = {
  200: "OK", 206: "Partial content", 304: "Not modified", 400: "Bad request", 404: "Not found", 405: "Method not allowed",
  412: "Precondition failed", 416: "Range not satisfiable", 500: "Server error", 503: "Unavailable",
};

export const OTHER = "(other)";

export function dimensionLabel(dimension: string): DimensionLabel {
  return DIMENSIONS[dimension] ?? { many: dimension, one: dimension };
}

/** `name` is what the API calls it, where it does. */
export function valueLabel(dimension: string, value: string, name?: string): string {
  if (value === OTHER) return "All others";
  if (value === "(private)") return "Private";
  if (dimension === "status") return STATUSES[value] === undefined ? value : `${value} ${STATUSES[value]}`;
  if (name !== undefined) return name;
  const labels = VALUES[dimension];
  return labels !== undefined && Object.hasOwn(labels, value) ? labels[value]! : value;
}
