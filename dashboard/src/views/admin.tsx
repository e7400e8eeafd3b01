// Owners and their tokens.

import { useRef, useState } from "preact/hooks";
import { ApiFailure, call } from "../api/client.ts";
import type { Scope, ShownToken, Token } from "../api/reports.ts";
import { Dialog } from "../components/dialog.tsx";
import { FailureNotice } from "../components/notice.tsx";
import { OwnerForm, OwnerTable, type Owners } from "../components/owner-admin.tsx";
import { Panel } from "../components/panel.tsx";
import { Secret } from "../components/secret.tsx";
import { TokenForm, TokenTable, type Tokens } from "../components/token-admin.tsx";
import { reload, useReport } from "../state/report.ts";

/** What is asked before it is done, since it cannot be undone. */
interface Question {
  title: string;
  text: string;
  yes: string;
  act: () => Promise<void>;
}

export function Admin() {
  const owners = useReport<Owners>("/v1/owners?limit=1000");
  const tokens = useReport<Tokens>("/v1/tokens?limit=1000");
  const [shown, show] = useState<ShownToken | null>(null);
  const [question, ask] = useState<Question | null>(null);
  const [failure, setFailure] = useState<ApiFailure | null>(null);

  const table = useRef<HTMLDivElement>(null);

  /** Whether it was done. */
  const attempt = async (work: () => Promise<void>): Promise<boolean> => {
    setFailure(null);
    try {
      await work();
      return true;
    } catch (error) {
      if (!(error instanceof ApiFailure)) throw error;
      setFailure(error);
      return false;
    }
  };
  const register = async (name: string) => {
    const isThere = owners.data?.owners.some((owner) => owner.name === name) ?? false;
    const isDone = await attempt(async () => {
      await call("POST", "/v1/owners", { name });
      reload();
    });
    return isDone ? `${name} ${isThere ? "was registered already" : "is registered now"}.` : null;
  };
  const create = (owner: string, scopes: Scope[], days: number) =>
    attempt(async () => {
      show(await call<ShownToken>("POST", "/v1/tokens", { owner, scopes, expires_in_days: days }));
      reload();
    });
  const rotate = (token: Token) =>
    ask({
      title: "Rotate this token?",
      text: `The token ${token.id} of ${token.owner} gets a new secret, which is shown once. The old one stops working at once.`,
      yes: "Rotate",
      act: async () => {
        show(await call<ShownToken>("POST", `/v1/tokens/${token.id}/rotate`));
        reload();
      },
    });
  const revoke = (token: Token) =>
    ask({
      title: "Revoke this token?",
      text: `The token ${token.id} of ${token.owner} stops working at once and for good.`,
      yes: "Revoke",
      act: async () => {
        await call("DELETE", `/v1/tokens/${token.id}`);
        // The button that had it is about to go.
        table.current?.focus();
        reload();
      },
    });

  return (
    <>
      <div class="toolbar">
        <h1>Administration</h1>
      </div>
      {failure && <FailureNotice failure={failure} lead="That was not done" />}
      <div class="grid">
        <Panel title="Owners" class="span-4">
          <OwnerForm register={register} />
          <OwnerTable report={owners} />
        </Panel>
        <Panel title="Tokens" class="span-8">
          <TokenForm owners={owners.data?.owners ?? []} create={create} />
          <TokenTable frame={table} report={tokens} rotate={rotate} revoke={revoke} />
        </Panel>
      </div>
      {shown && <Secret token={shown} close={() => show(null)} />}
      {question && (
        <Dialog title={question.title} close={() => ask(null)}>
          <p>{question.text}</p>
          <div class="buttons">
            <button type="button" class="control" onClick={() => ask(null)}>
              Cancel
            </button>
            <button
              type="button"
              class="danger"
              onClick={() => {
                ask(null);
                void attempt(question.act);
              }}
            >
              {question.yes}
            </button>
          </div>
        </Dialog>
      )}
    </>
  );
}
