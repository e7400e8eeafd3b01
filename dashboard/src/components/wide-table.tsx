// A table that scrolls on its own where it is wider than its place; by keyboard, too, so it needs a name.

import type { ComponentChildren, RefObject } from "preact";

export interface Column {
  name: string;
  isAmount?: boolean;
  /** What the column means. */
  hint?: string;
  /** Only screen readers get the name. */
  isUnseen?: boolean;
}

interface Properties {
  label: string;
  /** A plain name is a column of text. */
  columns: (string | Column)[];
  /** Classes of the table. */
  kind?: string;
  /** It also scrolls where it is too high. */
  isTall?: boolean;
  frame?: RefObject<HTMLDivElement | null>;
  /** Rows. */
  children: ComponentChildren;
}

export function WideTable({ label, columns, kind = "", isTall = false, frame, children }: Properties) {
  return (
    <div class={isTall ? "table-frame tall" : "table-frame"} ref={frame} tabIndex={0} role="region" aria-label={label}>
      <table class={`table ${kind}`} aria-label={label}>
        <thead>
          <tr>
            {columns.map((column) => (
              <ColumnHead key={typeof column === "string" ? column : column.name} {...(typeof column === "string" ? { name: column } : column)} />
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}

/** A column of numbers. */
export function amount(name: string, hint?: string): Column {
  return { name, isAmount: true, hint };
}

export function ColumnHead({ name, isAmount = false, hint, isUnseen = false }: Column) {
  return (
    <th scope="col" class={isAmount ? "amount" : undefined} title={hint}>
      {isUnseen ? <span class="unseen">{name}</span> : name}
    </th>
  );
}
