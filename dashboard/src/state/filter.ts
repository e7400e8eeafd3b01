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

/** Which filter a refusal is about, as far as its words tell. */
export function culprit(message: string, filters: string[]): number | null {
  const names = (text: string, of: (filter: Filter) => boolean) => {
    const filter = parseFilter(text);
    return filter === null ? message.includes(JSON.stringify(text)) : of(filter);
  };
  const isNamed = (dimension: string) => message.startsWith(`${dimension} `) || message.includes(` on ${dimension}`) || message.includes(JSON.stringify(dimension));
  const exact = filters.findIndex((text) => names(text, ({ dimension, values }) => isNamed(dimension) && values.some((value) => message.includes(JSON.stringify(value)))));
  const near = exact >= 0 ? exact : filters.findIndex((text) => names(text, ({ dimension }) => isNamed(dimension)));
  return near >= 0 ? near : filters.length === 1 ? 0 : null;
}
