// Names of dimensions and their values. A value without a name here is shown unchanged.

export interface DimensionLabel {
  /** Heads a list: Countries. */
  many: string;
  /** Heads a column or a filter: Country. */
  one: string;
}

const DIMENSIONS: Record<string, DimensionLabel> = {
  image: { many: "Images", one: "Image" },
  video: { many: "Videos", one: "Video" },
  other: { many: "Other files", one: "Other file" },
  variant: { many: "Transformations", one: "Variant" },
  status: { many: "Status codes", one: "Status code" },
  country: { many: "Countries", one: "Country" },
  asset_type: { many: "Media types", one: "Media type" },
  format: { many: "Formats", one: "Format" },
  cache: { many: "Cache", one: "Cache" },
  device: { many: "Devices", one: "Device" },
  browser: { many: "Browsers", one: "Browser" },
  os: { many: "Operating systems", one: "Operating system" },
  bot: { many: "Bots", one: "Visitor type" },
  crawler: { many: "Crawlers", one: "Crawler" },
  referrer: { many: "Referrers", one: "Referrer" },
  error_reason: { many: "Errors", one: "Error" },
  hour: { many: "Hours", one: "Hour (UTC)" },
  user_agent: { many: "User agents", one: "User agent" },
  ip: { many: "IP addresses", one: "IP address" },
  owner: { many: "Owners", one: "Owner" },
};

const VALUES: Record<string, Record<string, string>> = {
  asset_type: { image: "Images", video: "Videos", other: "Other files" },
  bot: { human: "Humans", search: "Search engines", ai: "AI crawlers", other: "Other bots" },
  cache: { hit: "Hit", miss: "Miss", bypass: "Bypass", error: "Error" },
  crawler: { "(none)": "Humans", "Other bot": "Other bots" },
  device: { Bot: "Bots and scripts", unknown: "Unknown" },
  browser: { unknown: "Unknown" },
  os: { unknown: "Unknown" },
  referrer: { "N/A": "No referrer" },
  user_agent: { "N/A": "No user agent" },
  ip: { "N/A": "No IP address" },
  owner: { _unknown: "Unknown owner" },
  variant: { "(none)": "Error response", original: "Original" },
  other: { "(missing)": "Error response" },
  image: { "(missing)": "Error response" },
  error_reason: {
    "(none)": "No error",
    path_too_long: "Path too long",
    path_malformed: "Malformed path",
    owner_malformed: "Invalid owner",
    owner_reserved: "Reserved name",
    not_media: "Not a media path",
    object_not_found: "File not found",
    variant_not_allowed: "Variant not found",
    precondition_failed: "Precondition failed",
    method_not_allowed: "Method not allowed",
    range_not_satisfiable: "Range past end of file",
    storage_unavailable: "Storage unavailable",
    internal_error: "Worker error",
  },
};

/** What the values of a dimension mean. */
const HINTS: Record<string, string> = {
  variant: "The last part of the URL. “Original” is a file without a variant.",
  country: "The location of the visitor’s IP address, according to Cloudflare.",
  cache: "Hit: from the edge cache. Miss: from the bucket. Bypass: without a cache lookup. Error: the response is an error.",
  device: "Detected from the user agent. Most iPads identify themselves as Macs, so they count as Macs.",
  browser: "Detected from the user agent.",
  os: "Detected from the user agent. Most iPads identify themselves as Macs, so they count as macOS.",
  bot: "Detected from the user agent. Humans use browsers and apps. Search engines and AI crawlers are known by name. Other bots are all other programs.",
  referrer: "The host of the page that requested the file. Some browsers and apps don’t send it.",
};

/** How the rows of a list are counted: 1 country, 2 countries. */
const NOUNS: Record<string, [one: string, many: string]> = {
  image: ["image", "images"],
  video: ["video", "videos"],
  other: ["other file", "other files"],
  variant: ["variant", "variants"],
  status: ["status code", "status codes"],
  country: ["country", "countries"],
  asset_type: ["media type", "media types"],
  format: ["format", "formats"],
  cache: ["cache result", "cache results"],
  device: ["device", "devices"],
  browser: ["browser", "browsers"],
  os: ["operating system", "operating systems"],
  bot: ["visitor type", "visitor types"],
  referrer: ["referrer", "referrers"],
  error_reason: ["error cause", "error causes"],
  hour: ["hour", "hours"],
  user_agent: ["user agent", "user agents"],
  ip: ["IP address", "IP addresses"],
  owner: ["owner", "owners"],
  url: ["URL", "URLs"],
};

const STATUSES: Record<string, string> = {
  200: "OK", 206: "Partial content", 304: "Not modified", 400: "Bad request", 404: "Not found", 405: "Method not allowed",
  412: "Precondition failed", 416: "Range not satisfiable", 500: "Server error", 503: "Unavailable",
};

export const OTHER = "(other)";

/** The value of what was not recorded about a visitor. */
const PRIVATE = "(private)";

export function dimensionLabel(dimension: string): DimensionLabel {
  return DIMENSIONS[dimension] ?? { many: dimension, one: dimension };
}

/** What the values of a dimension mean, where their names do not say it. */
export function dimensionHint(dimension: string): string | undefined {
  return HINTS[dimension];
}

/** The noun for the rows of a list, within a sentence. */
export function noun(list: string, count: number): string {
  const [one, many] = NOUNS[list] ?? ["value", "values"];
  return count === 1 ? one : many;
}

/** `name` is the one that the API gives, if any. `isStrict`: the deployment records nothing about visitors. */
export function valueLabel(dimension: string, value: string, name?: string, isStrict = false): string {
  if (value === OTHER) return "All others";
  if (value === PRIVATE) return isStrict ? "Hidden (strict privacy)" : "Hidden (Do Not Track)";
  if (dimension === "status") return STATUSES[value] === undefined ? value : `${value} ${STATUSES[value]}`;
  if (name !== undefined) return name;
  const labels = VALUES[dimension];
  return labels !== undefined && Object.hasOwn(labels, value) ? labels[value]! : value;
}

/** The tooltip of a value: what the API calls it, or what it means. */
export function valueTitle(dimension: string, value: string, name?: string): string {
  if (value === PRIVATE) return "Not recorded: the visitor sent Do Not Track or Global Privacy Control, or ANALYTICS_PRIVACY is strict.";
  const label = valueLabel(dimension, value, name);
  return label === value ? label : `${label} (${value})`;
}
