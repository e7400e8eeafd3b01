// A part of a page: with a heading, or with tabs that show one list at a time.

import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import { dimensionHint, dimensionLabel, noun } from "../format/label.ts";
import { view } from "../state/location.ts";
import { narrowed } from "../state/query.ts";
import { Hint } from "./hint.tsx";
import { Link } from "./link.tsx";

interface Properties {
  title: string;
  /** Beside the heading. */
  aside?: ComponentChildren;
  class?: string;
  children: ComponentChildren;
}

export function Panel({ title, aside, class: classes = "", children }: Properties) {
  return (
    <section class={`panel ${classes}`} aria-label={title}>
      <header>
        <h2>{title}</h2>
        {aside}
      </header>
      {children}
    </section>
  );
}

interface TabsProperties {
  /** Its name in the address. */
  name: string;
  title: string;
  dimensions: string[];
  /** Whether a dimension has rows; null while that is unknown. */
  hasRows: ((dimension: string) => boolean) | null;
  class?: string;
  children: (dimension: string) => ComponentChildren;
}

export function TabbedPanel({ name, title, dimensions, hasRows, class: classes = "", children }: TabsProperties) {
  const { shown } = view.value;
  const first = useFirstWithRows(dimensions, hasRows);
  const current = dimensions.find((dimension) => dimension === shown[name]) ?? first;
  return (
    <section class={`panel ${classes}`} aria-label={title}>
      <header>
        <h2 class="unseen">{title}</h2>
        <nav class="tabs" aria-label={`${title} by`}>
          {dimensions.map((dimension) => (
            <Link key={dimension} to={{ shown: { ...shown, [name]: dimension } }} isCurrent={dimension === current}>
              {dimensionLabel(dimension).many}
            </Link>
          ))}
        </nav>
        <DimensionHint dimension={current} />
      </header>
      {children(current)}
    </section>
  );
}

/** Explains a dimension; nothing where its name is enough. */
export function DimensionHint({ dimension }: { dimension: string }) {
  const hint = dimensionHint(dimension);
  return hint === undefined ? null : <Hint about={noun(dimension, 2)}>{hint}</Hint>;
}

/** The tab that opens: the first with rows. It stays while the view does, so that no refresh turns to another tab. */
function useFirstWithRows(dimensions: string[], hasRows: TabsProperties["hasRows"]): string {
  const found = useRef<{ scope: string; dimension: string } | null>(null);
  const scope = JSON.stringify([narrowed.value, dimensions]);
  if (hasRows !== null && found.current?.scope !== scope) {
    found.current = { scope, dimension: dimensions.find(hasRows) ?? dimensions[0]! };
  }
  return found.current?.scope === scope ? found.current.dimension : dimensions[0]!;
}
