// A chart's data as a table, for readers who cannot see the lines or want to copy the numbers. It is built when it is unfolded.

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { ColumnHead, type Column } from "./wide-table.tsx";

interface Properties {
  label: string;
  columns: Column[];
  rows: () => ComponentChildren;
}

export function FoldedTable({ label, columns, rows }: Properties) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details class="day-table" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Show as table</summary>
      {isOpen && (
        <div class="scroll" tabIndex={0} role="region" aria-label={label}>
          <table aria-label={label}>
            <thead>
              <tr>
                {columns.map((column, index) => (
                  <ColumnHead key={index} {...column} />
                ))}
              </tr>
            </thead>
            <tbody>{rows()}</tbody>
          </table>
        </div>
      )}
    </details>
  );
}
