// The active filters. Each can be inverted and removed.

import { useLayoutEffect, useRef } from "preact/hooks";
import { countryName } from "../format/country.ts";
import { dimensionLabel, valueLabel } from "../format/label.ts";
import { negated, parseFilter } from "../state/filter.ts";
import { isStrict } from "../state/health.ts";
import { go, view } from "../state/location.ts";
import { Icon } from "./icon.tsx";

/** `isIgnored`: the view has no traffic to filter. */
export function FilterChips({ isIgnored = false }: { isIgnored?: boolean }) {
  const { filters } = view.value;
  const list = useRef<HTMLUListElement>(null);
  const removed = useRef<number | null>(null);
  // The focus goes to the chip that came after the removed one, or was before it; from the last one to the days.
  useLayoutEffect(() => {
    if (removed.current === null) return;
    const buttons = list.current?.querySelectorAll<HTMLButtonElement>(".remove") ?? [];
    const next = buttons[Math.min(removed.current, buttons.length - 1)] ?? document.querySelector<HTMLButtonElement>(".toolbar .popover > button");
    next?.focus();
    removed.current = null;
  }, [filters]);
  const remove = (index: number) => {
    removed.current = index;
    go({ filters: filters.filter((_, other) => other !== index), pages: {} });
  };
  const removeAll = () => {
    removed.current = 0;
    go({ filters: [], pages: {} });
  };
  if (filters.length === 0) return null;
  const put = (index: number, text: string) => filters.map((filter, other) => (other === index ? text : filter));
  return (
    <ul class={isIgnored ? "chips ignored" : "chips"} ref={list} aria-label={isIgnored ? "Filters, which don’t apply here" : "Filters"}>
      {filters.map((text, index) => (
        <li class="chip" key={index}>
          {isIgnored ? <s class="chip-value">{filterWords(text)}</s> : <Words text={text} turn={() => go({ filters: put(index, negated(text)), pages: {} })} />}
          <button type="button" class="remove" aria-label={`Remove filter ${filterWords(text)}`} title="Remove" onClick={() => remove(index)}>
            <Icon name="close" />
          </button>
        </li>
      ))}
      {isIgnored && <li class="hint">Filters don’t apply here.</li>}
      {filters.length > 1 && (
        <li>
          <button type="button" class="quiet" onClick={removeAll}>
            Clear all
          </button>
        </li>
      )}
    </ul>
  );
}

function Words({ text, turn }: { text: string; turn: () => void }) {
  const filter = parseFilter(text);
  if (filter === null) return <span class="chip-value">{text}</span>;
  const [now, then] = filter.operator === "is" ? ["is", "is not"] : ["is not", "is"];
  const { one } = dimensionLabel(filter.dimension);
  return (
    <>
      <span>{one}</span>
      <button type="button" class="operator" aria-label={`${one} ${now}: change to ${then}`} title={`Change to “${then}”`} onClick={turn}>
        {now}
      </button>
      <span class="chip-value" title={filter.values.join("; ")}>
        {names(filter.dimension, filter.values)}
      </span>
    </>
  );
}

/** A filter as words: Country is Germany. */
export function filterWords(text: string): string {
  const filter = parseFilter(text);
  if (filter === null) return text;
  return `${dimensionLabel(filter.dimension).one} ${filter.operator === "is" ? "is" : "is not"} ${names(filter.dimension, filter.values)}`;
}

function names(dimension: string, values: string[]): string {
  return values.map((value) => valueLabel(dimension, value, dimension === "country" ? countryName(value) : undefined, isStrict.value)).join(" or ");
}
