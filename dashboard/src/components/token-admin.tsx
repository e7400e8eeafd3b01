// Creates tokens, and lists them.

import type { RefObject } from "preact";
import { useState } from "preact/hooks";
import type { Owner, Scope, Token } from "../api/reports.ts";
import { moment } from "../format/date.ts";
import type { Report } from "../state/report.ts";
import { ReportFailure } from "./notice.tsx";
import { TableSkeleton } from "./table-skeleton.tsx";
import { WideTable } from "./wide-table.tsx";

export type Tokens = { tokens: Token[] };

const SCOPES: [Scope, string][] = [
  ["read", "View data"],
  ["write", "Report usage"],
  ["admin", "Full access to all owners"],
];
const DEFAULT_DAYS = 90;

export function TokenForm({ owners, create }: { owners: Owner[]; create: (owner: string, scopes: Scope[], days: number) => Promise<boolean> }) {
  const [owner, setOwner] = useState("");
  const [scopes, setScopes] = useState<Scope[]>(["read"]);
  const [days, setDays] = useState(DEFAULT_DAYS);
  const chosen = owner || (owners[0]?.name ?? "");
  const turn = (scope: Scope, isOn: boolean) => setScopes(isOn ? [...scopes, scope] : scopes.filter((it) => it !== scope));
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    await create(chosen, scopes, days);
  };
  return (
    <form class="form" onSubmit={submit}>
      <label class="field">
        Owner
        <select name="token-owner" required value={chosen} onChange={(event) => setOwner(event.currentTarget.value)}>
          {owners.map(({ name }) => (
            <option value={name} key={name}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label class="field">
        Expires in (days)
        <input name="days" type="number" min={1} max={3650} required value={days} onInput={(event) => setDays(event.currentTarget.valueAsNumber)} />
      </label>
      <fieldset>
        <legend>Scopes</legend>
        <div class="scopes">
          {SCOPES.map(([scope, meaning]) => (
            <label class="switch" key={scope}>
              <input type="checkbox" name={scope} checked={scopes.includes(scope)} onChange={(event) => turn(scope, event.currentTarget.checked)} />
              {scope} <span class="aside">{meaning}</span>
            </label>
          ))}
        </div>
      </fieldset>
      <button type="submit" class="primary" disabled={chosen === "" || scopes.length === 0}>
        Create token
      </button>
    </form>
  );
}

interface TokenTableProperties {
  report: Report<Tokens>;
  frame: RefObject<HTMLDivElement | null>;
  rotate: (token: Token) => void;
  revoke: (token: Token) => void;
}

export function TokenTable({ report, ...rest }: TokenTableProperties) {
  return (
    <>
      <ReportFailure report={report} />
      {report.data !== null ? <List tokens={report.data.tokens} {...rest} /> : report.isEmpty && <TableSkeleton rows={3} />}
    </>
  );
}

function List({ tokens, frame, rotate, revoke }: Tokens & Omit<TokenTableProperties, "report">) {
  if (tokens.length === 0) return <p class="words">No tokens yet. Create one to let someone sign in.</p>;
  return (
    <WideTable label="Table of tokens" columns={["Token", "Owner", "Scopes", "Created", "Expires", { name: "Actions", isUnseen: true }]} kind="roomy stacked" frame={frame}>
      {validFirst(tokens).map((token) => (
        <tr key={token.id} class={isValid(token) ? "" : "quiet-row"}>
          <th scope="row">
            <code>{token.id}</code>
            {token.made_by !== null && <small> made with {token.made_by}</small>}
          </th>
          <td class="owner-name" data-label="Owner">{token.owner}</td>
          <td data-label="Scopes">{token.scopes.join(", ")}</td>
          <td class="number" data-label="Created">{moment(token.created_at)}</td>
          <td class="number" data-label="Expires">{token.revoked_at === null ? moment(token.expires_at) : `Revoked ${moment(token.revoked_at)}`}</td>
          <td class="amount">
            {isValid(token) && (
              <>
                <button type="button" class="quiet" aria-label={`Rotate ${token.id}`} onClick={() => rotate(token)}>
                  Rotate
                </button>
                <button type="button" class="quiet" aria-label={`Revoke ${token.id}`} onClick={() => revoke(token)}>
                  Revoke
                </button>
              </>
            )}
          </td>
        </tr>
      ))}
    </WideTable>
  );
}

function validFirst(tokens: Token[]): Token[] {
  return [...tokens.filter(isValid), ...tokens.filter((token) => !isValid(token))];
}

function isValid(token: Token): boolean {
  return token.revoked_at === null && Date.parse(token.expires_at) > Date.now();
}
