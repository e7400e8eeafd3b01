// Adds owners, and lists them.

import { useRef, useState } from "preact/hooks";
import type { ApiFailure } from "../api/client.ts";
import type { Owner } from "../api/reports.ts";
import { moment } from "../format/date.ts";
import type { Report } from "../state/report.ts";
import { FieldError } from "./field-error.tsx";
import { Link } from "./link.tsx";
import { ReportFailure } from "./notice.tsx";
import { TableSkeleton } from "./table-skeleton.tsx";
import { WideTable } from "./wide-table.tsx";

export type Owners = { owners: Owner[] };

const LONGEST = 63;

/** What came of an attempt to add an owner: a success, or a refusal of its name. */
export type Registration = { done: string } | { refusal: string };

/** Why the API refuses a name; null where it refuses something else. */
export function nameError({ code }: ApiFailure, name: string): string | null {
  if (code === "owner_malformed") return `Use 1–${LONGEST} lowercase letters, digits or hyphens, starting with a letter or digit.`;
  return code === "owner_reserved" ? `“${name}” is reserved. Choose another name.` : null;
}

const [ERROR, HINT] = ["owner-error", "owner-hint"];

/** `register` returns null for a failure that the page shows elsewhere. */
export function OwnerForm({ register }: { register: (name: string) => Promise<Registration | null> }) {
  const [name, setName] = useState("");
  const [done, setDone] = useState("");
  const [refusal, setRefusal] = useState<string | null>(null);
  const field = useRef<HTMLInputElement>(null);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    setDone("");
    setRefusal(null);
    const answer = await register(name.trim());
    if (answer === null) return;
    if ("refusal" in answer) {
      setRefusal(answer.refusal);
      field.current?.focus();
      return;
    }
    setName("");
    setDone(answer.done);
  };
  return (
    <form class="form" onSubmit={submit}>
      <label class="field">
        Name
        <input
          ref={field}
          name="owner"
          required
          maxLength={LONGEST}
          autocomplete="off"
          spellcheck={false}
          value={name}
          aria-invalid={refusal !== null}
          aria-describedby={refusal === null ? HINT : `${ERROR} ${HINT}`}
          onInput={(event) => setName(event.currentTarget.value)}
        />
      </label>
      <button type="submit" class="primary" disabled={name.trim() === ""}>
        Add owner
      </button>
      {refusal !== null && <FieldError id={ERROR}>{refusal}</FieldError>}
      <p class="hint" role="status">
        {done}
      </p>
      <p class="hint" id={HINT}>
        First part of this owner’s URLs, e.g. <code>/acme/…</code>. Lowercase letters, digits, hyphens.
      </p>
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
  if (owners.length === 0) return <p class="words">No owners yet. Add the first one above.</p>;
  return (
    <WideTable label="Table of owners" columns={["Owner", "Added"]}>
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
