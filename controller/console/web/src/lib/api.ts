// REST calls. A refusal is an answer, not an exception: people are shown its words.
import type { Reply } from "./types";

export async function get<T>(path: string): Promise<T> {
  const response = await fetch(path, { headers: { accept: "application/json" } });
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refusal(said(body, response), problems(body));
  return body as T;
}

export async function post(path: string, body: unknown): Promise<Reply & Record<string, unknown>> {
  try {
    const response = await fetch(path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    const found = await response.json().catch(() => ({}));
    return { ...found, ok: response.ok, text: said(found, response), problems: problems(found) };
  } catch {
    return { ok: false, text: "the console does not answer", problems: [] };
  }
}

export class Refusal extends Error {
  constructor(text: string, readonly problems: string[]) {
    super(text);
  }
}

function said(body: Record<string, unknown>, response: Response): string {
  const text = body.text ?? body.detail;
  return typeof text === "string" && text ? text : response.ok ? "" : `refused (${response.status})`;
}

function problems(body: Record<string, unknown>): string[] {
  const found = Array.isArray(body.problems) ? body.problems : [];
  return found.map((p) => (typeof p === "string" ? p : `${p.where}: ${p.text}`));
}
