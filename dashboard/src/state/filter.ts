// Filters as the API writes them: `dimension:is:value;value`, where `\;` is a semicolon of a value and `\\` a backslash.

export interface Filter {
  dimension: string;
  operator: "is" | "is_not";
  values: string[];
}

/** Null for what is no filter. */
export function parseFilter(text: string): Filter | null {
  const [, dimension, operator, values] = /^([a-z_]+):(is|is_not):([^]*)$/.exec(text) ?? [];
  if (dimension === undefined || values === undefined) return null;
  return { dimension, operator: operator as Filter["operator"], values: split(values) };
}

function split(text: string): string[] {
  const values: string[] = [];
  let value = "";
  for (let at = 0; at < text.length; at += 1) {
    const isEscaped = text[at] === "\\" && at + 1 < text.length;
    if (isEscaped) at += 1;
    if (text[at] === ";" && !isEscaped) {
      values.push(value);
      value = "";
    } else {
      value += text[at];
    }
  }
  return [...values, value];
}

export function formatFilter({ dimension, operator, values }: Filter): string {
  return `${dimension}:${operator}:${values.map((value) => value.replace(/[\\;]/g, "\\$&")).join(";")}`;
}

/** The filters with one more value let through; a value that is let through already stays. */
export function withValue(filters: string[], dimension: string, value: string): string[] {
  const added = formatFilter({ dimension, operator: "is", values: [value] });
  const others = filters.filter((text) => {
    const filter = parseFilter(text);
    return filter === null || filter.dimension !== dimension || filter.operator !== "is";
  });
  return [...others, added];
}

/** The same values, let through instead of kept out, or the other way round. */
export function negated(text: string): string {
  const filter = parseFilter(text);
  return filter === null ? text : formatFilter({ ...filter, operator: filter.operator === "is" ? "is_not" : "is" });
}

/** Which filter was refused, as `filter[0]` says it; the only one there is, where the API names none. */
export function refusedFilter(parameter: string | null, filters: string[]): number | null {
  const [, place] = /^filter\[(\d+)\]$/.exec(parameter ?? "") ?? [];
  if (place === undefined) return filters.length === 1 ? 0 : null;
  return Number(place) < filters.length ? Number(place) : null;
}
