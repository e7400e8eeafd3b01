// Registering owners, and those who are.

import { useState } from "preact/hooks";
import type { Owner } from "../api/reports.ts";
import { moment } from "../format/date.ts";
import type { Report } from "../state/report.ts";
import { Link } from "./link.tsx";
import { ReportFailure } from "./notice.tsx";
import { TableSkeleton } from "./table-skeleton.tsx";
import { WideTable } from "./wide-table.tsx";

export type Owners = { owners: Owner[] };

const LONGEST = 63;

/** `register` answers what was done, or null where it was not. */
export function OwnerForm({ register }: { register: (name: string) => Promise<string | null> }) {
  const [name, setName] = useState("");
  const [done, setDone] = useState("");
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    setDone("");
    const answer = await register(name.trim());
    if (answer === null) return;
    setName("");
    setDone(answer);
  };
  return (
    <form class="form" onSubmit={submit}>
      <label class="field">
        Name
        <input name="owner" required maxLength={LONGEST} autocomplete="off" spellcheck={false} value={name} onInput={(event) => setName(event.currentTarget.value)} />
      </label>
      <button type="submit" class="primary" disabled={name.trim() === ""}>
        Register
      </button>
      <p class="hint" role="status">
        {done}
      </p>
      <p class="hint">a–z, 0–9 and -, beginning with a letter or digit, at most {LONGEST}: the first part of the paths of this owner’s media.</p>
    </form>
  );
}

export function OwnerTable({ report }: { report: Report<Owners> }) {
  return (
    <>
      <ReportFailure report={report} />
      {report.data !== null ? <List owners={report.data.owners} /> : report.isEmpty && <TableSkeleton rows={3} />}
    </>
  );
}

function List({ owners }: Owners) {
  if (owners.length === 0) return <p class="words">Nobody is registered yet. Register the owner of the first files above.</p>;
  return (
    <WideTable label="Owners that there are" columns={["Owner", "Registered"]}>
      {owners.map((owner) => (
        <tr key={owner.owner}>
          <th scope="row" class="owner-name">
            <Link to={{ view: "overview", owner: owner.name }} title={`Stored as ${owner.owner}`}>
              {owner.name}
            </Link>
          </th>
          <td class="number">{moment(owner.created_at)}</td>
        </tr>
      ))}
    </WideTable>
  );
}
