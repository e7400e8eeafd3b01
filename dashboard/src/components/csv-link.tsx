// The way to a report as a file, which is called after whose and of which days it is.

import { useState } from "preact/hooks";
import { ApiFailure, download as getFile } from "../api/client.ts";
import { today } from "../format/date.ts";
import { bounds } from "../format/range.ts";
import { MOST_VALUES } from "../state/list.ts";
import { ALL, owner, range } from "../state/query.ts";
import { sessionEnded } from "../state/session.ts";
import { Icon } from "./icon.tsx";
import { isPlain } from "./link.tsx";

interface Properties {
  address: string;
  of: string;
  /** Where they are others than those above. */
  days?: string;
  /** How many values the list has. */
  values?: number;
}

/** Until a browser has surely begun to save. */
const KEPT_MS = 30_000;

export function CsvLink({ address, of, days, values = 0 }: Properties) {
  const [failure, setFailure] = useState<ApiFailure | null>(null);
  const link = `${address}${address.includes("?") ? "&" : "?"}format=csv`;
  const name = fileName(of, days);
  const isCut = values > MOST_VALUES;
  const title = isCut ? `${of} as CSV: the first 1,000` : `${of} as CSV`;
  // The answer brings a name that does not tell whose it is, and that name would win.
  const download = async (event: MouseEvent) => {
    if (!isPlain(event)) return;
    event.preventDefault();
    setFailure(null);
    try {
      save(URL.createObjectURL(await getFile(link)), name);
    } catch (error) {
      if (!(error instanceof ApiFailure)) throw error;
      if (error.status === 401) sessionEnded();
      setFailure(error);
    }
  };
  const label = failure === null ? (isCut ? "CSV, first 1,000" : "CSV") : "Not saved, try again";
  return (
    <>
      <a class="csv" href={link} download={name} aria-label={title} title={failure?.message ?? title} onClick={download}>
        <Icon name="download" />
        {label}
      </a>
      {failure && (
        <span class="unseen" role="alert">
          {of} was not saved: {failure.message}
        </span>
      )}
    </>
  );
}

/** alice-countries-2026-10-23-2026-11-21.csv */
function fileName(of: string, days: string | undefined): string {
  const { start, end } = bounds(range.value, today());
  const parts = [owner.value === ALL ? "all-owners" : owner.value, of, days ?? (start === end ? start : `${start}-${end}`)];
  return `${parts.map((part) => part.toLowerCase().replace(/[^\p{L}\p{N}.-]+/gu, "-")).join("-")}.csv`;
}

function save(address: string, name: string): void {
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), KEPT_MS);
}
