// A table that scrolls by itself where it is wider than its place: by keyboard, too, for which it needs a name.

import type { ComponentChildren, RefObject } from "preact";

export interface Column {
  name: string;
  isAmount?: boolean;
  /** What is in it, for those who wonder. */
  hint?: string;
  /** The name is for those alone who hear it. */
  isUnseen?: boolean;
}

interface Properties {
  label: string;
  /** A name alone is a column of words. */
  columns: (string | Column)[];
  /** Classes of the table. */
  kind?: string;
  /** It scrolls where it is too high, too. */
  isTall?: boolean;
  frame?: RefObject<HTMLDivElement | null>;
  /** Rows. */
  children: ComponentChildren;
}

export function WideTable({ label, columns, kind = "", isTall = false, frame, children }: Properties) {
  return (
    <div class={isTall ? "wide tall" : "wide"} ref={frame} tabIndex={0} role="region" aria-label={label}>
      <table class={`table ${kind}`}>
        <thead>
          <tr>
            {columns.map((column) => (
              <Head key={typeof column === "string" ? column : column.name} {...(typeof column === "string" ? { name: column } : column)} />
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

function Head({ name, isAmount = false, hint, isUnseen = false }: Column) {
  return (
    <th scope="col" class={isAmount ? "amount" : undefined} title={hint}>
      {isUnseen ? <span class="unseen">{name}</span> : name}
    </th>
  );
}
