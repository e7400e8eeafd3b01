// The current owner. Administrators choose among all owners.

import { useReport } from "../state/report.ts";
import { go, view } from "../state/location.ts";
import { ALL, isAdmin, owner } from "../state/query.ts";
import type { Owner } from "../api/reports.ts";

/** A file belongs to one owner: a switch to another one leads to the overview of all files. */
function choose(owner: string): void {
  const { image } = view.value;
  go({ owner, filters: [], pages: {}, image: null, ...(image !== null && { view: "overview" }) });
}

export function OwnerSwitch() {
  const { data } = useReport<{ owners: Owner[] }>(isAdmin.value ? "/v1/owners?limit=1000" : null);
  if (!isAdmin.value) return <span class="owner">{owner.value}</span>;
  const names = (data?.owners ?? []).map(({ name }) => name);
  // An owner that is not registered can have traffic, and be in an address.
  const all = [...new Set([...names, ...(owner.value === ALL ? [] : [owner.value])])].sort();
  return (
    <select class="control owner" aria-label="Owner" value={owner.value} onChange={(event) => choose(event.currentTarget.value)}>
      <option value={ALL}>All owners</option>
      {all.map((name) => (
        <option value={name} key={name}>
          {name}
        </option>
      ))}
    </select>
  );
}
