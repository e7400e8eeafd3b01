// The administration of owners and their tokens.

import { useRef, useState } from "preact/hooks";
import { ApiFailure, call } from "../api/client.ts";
import type { Scope, ShownToken, Token } from "../api/reports.ts";
import { Dialog } from "../components/dialog.tsx";
import { FilterChips } from "../components/filter-chips.tsx";
import { FailureNotice } from "../components/notice.tsx";
import { OwnerForm, OwnerTable, nameError, type Owners, type Registration } from "../components/owner-admin.tsx";
import { Panel } from "../components/panel.tsx";
import { Secret } from "../components/secret.tsx";
import { TokenForm, TokenTable, type Tokens } from "../components/token-admin.tsx";
import { reload, useReport } from "../state/report.ts";

/** Asks for confirmation, since the action cannot be undone. */
interface Question {
  title: string;
  text: string;
  yes: string;
  /** Leads the failure. */
  failed: string;
  act: () => Promise<void>;
  /** A further-reaching choice. */
  more?: { yes: string; act: () => Promise<void> };
}

export function Admin() {
  const owners = useReport<Owners>("/v1/owners?limit=1000");
  const tokens = useReport<Tokens>("/v1/tokens?limit=1000");
  const [shown, show] = useState<ShownToken | null>(null);
  const [question, ask] = useState<Question | null>(null);
  const [failed, setFailed] = useState<{ lead: string; failure: ApiFailure } | null>(null);

  const table = useRef<HTMLDivElement>(null);

  /** Whether the action succeeded. A form shows the failures that concern its own field, as `refused` says. */
  const attempt = async (lead: string, work: () => Promise<void>, refused: (failure: ApiFailure) => boolean = () => false): Promise<boolean> => {
    setFailed(null);
    try {
      await work();
      return true;
    } catch (error) {
      if (!(error instanceof ApiFailure)) throw error;
      if (!refused(error)) setFailed({ lead, failure: error });
      return false;
    }
  };
  const register = async (name: string): Promise<Registration | null> => {
    const isThere = owners.data?.owners.some((owner) => owner.name === name) ?? false;
    let refusal: string | null = null;
    const work = async () => {
      await call("POST", "/v1/owners", { name });
      reload();
    };
    const isDone = await attempt("Couldn’t add the owner", work, (failure) => (refusal = nameError(failure, name)) !== null);
    if (refusal !== null) return { refusal };
    return isDone ? { done: isThere ? `${name} already exists.` : `${name} added.` } : null;
  };
  const create = (owner: string, scopes: Scope[], days: number) =>
    attempt("Couldn’t create the token", async () => {
      show(await call<ShownToken>("POST", "/v1/tokens", { owner, scopes, expires_in_days: days }));
      reload();
    });
  const rotate = (token: Token) =>
    ask({
      title: "Rotate this token?",
      text: `Token ${token.id} (${token.owner}) gets a new secret, shown once. The current one stops working immediately.`,
      failed: "Couldn’t rotate the token",
      yes: "Rotate",
      act: async () => {
        show(await call<ShownToken>("POST", `/v1/tokens/${token.id}/rotate`));
        reload();
      },
    });
  const revoke = (token: Token) => {
    const made = tokens.data?.tokens.some((it) => it.made_by === token.id && it.revoked_at === null) ?? false;
    const act = (query: string) => async () => {
      await call("DELETE", `/v1/tokens/${token.id}${query}`);
      // The focused button is about to go.
      table.current?.focus();
      reload();
    };
    ask({
      title: "Revoke this token?",
      text: `Token ${token.id} (${token.owner}) stops working immediately. This can’t be undone.${made ? " Tokens created with it stay valid unless you revoke them, too." : ""}`,
      failed: "Couldn’t revoke the token",
      yes: "Revoke",
      act: act(""),
      more: made ? { yes: "Revoke with all it created", act: act("?made=revoke") } : undefined,
    });
  };

  return (
    <>
      <div class="toolbar">
        <h1>Administration</h1>
        <FilterChips isIgnored />
      </div>
      {failed && <FailureNotice {...failed} />}
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
                void attempt(question.failed, question.act);
              }}
            >
              {question.yes}
            </button>
            {question.more && (
              <button
                type="button"
                class="danger"
                onClick={() => {
                  ask(null);
                  void attempt(question.failed, question.more!.act);
                }}
              >
                {question.more.yes}
              </button>
            )}
          </div>
        </Dialog>
      )}
    </>
  );
}
