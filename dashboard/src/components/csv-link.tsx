// The way to a report as a file.

import { Icon } from "./icon.tsx";

export function CsvLink({ address, of }: { address: string; of: string }) {
  const link = `${address}${address.includes("?") ? "&" : "?"}format=csv`;
  return (
    <a class="csv" href={link} download aria-label={`${of} as CSV`} title={`${of} as CSV`}>
      <Icon name="download" />
      CSV
    </a>
  );
}
