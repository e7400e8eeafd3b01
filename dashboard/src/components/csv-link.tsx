// Downloads a report as a CSV file that is named after its owner, content and days.

import { useState } from "preact/hooks";
import { ApiFailure, download as getFile } from "../api/client.ts";
import { today } from "../format/date.ts";
import { bounds } from "../format/range.ts";
import { MOST_VALUES } from "../state/list.ts";
import { ALL, owner, range } from "../state/query.ts";
import { sessionEnded } from "../state/session.ts";
import { Icon } from "./icon.tsx";
import { isPlain } from "./link.tsx";
import { sentence } from "./notice.tsx";

interface Properties {
  address: string;
  /** The content of the file, within a sentence. */
  of: string;
  /** Where the days are not those of the view. */
  days?: string;
  /** How many rows the list has. */
  values?: number;
}

/** By then a browser has begun to save. */
const KEPT_MS = 30_000;

export function CsvLink({ address, of, days, values = 0 }: Properties) {
  const [failure, setFailure] = useState<ApiFailure | null>(null);
  const link = `${address}${address.includes("?") ? "&" : "?"}format=csv`;
  const name = fileName(of, days);
  const isCut = values > MOST_VALUES;
  const title = isCut ? `Download ${of} as CSV (first 1,000)` : `Download ${of} as CSV`;
  // The name that the response brings lacks the owner, and would win.
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
  const label = failure === null ? (isCut ? "CSV (first 1,000)" : "CSV") : "Download failed. Retry";
  return (
    <>
      <a class="csv" href={link} download={name} aria-label={failure === null ? title : `${label}: ${of} as CSV`} title={failure?.message ?? title} onClick={download}>
        <Icon name="download" />
        {label}
      </a>
      {failure && (
        <span class="unseen" role="alert">
          Couldn’t download {of}: {sentence(failure.message)}
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
