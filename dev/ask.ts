// Requests to the local worker of which none may fail.

/** Any answer but success is the error that it tells. */
export async function ask(what: string, url: string, init?: RequestInit): Promise<Response> {
  const answer = await fetch(url, init);
  if (!answer.ok) throw new Error(`${what}: ${answer.status} ${await answer.text()}`);
  return answer;
}
