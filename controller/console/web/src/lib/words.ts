// Numbers and times as people read them.
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const s = String(whole % 60).padStart(2, "0");
  const m = Math.floor(whole / 60) % 60;
  const h = Math.floor(whole / 3600);
  return h ? `${h}:${String(m).padStart(2, "0")}:${s}` : `${m}:${s}`;
}

export function number(value: number | null | undefined, decimals = 0): string {
  return value === null || value === undefined || !Number.isFinite(value) ? "–" : value.toFixed(decimals);
}

export function date(epoch_s: number | null): string {
  return epoch_s === null ? "" : new Date(epoch_s * 1000).toLocaleString(undefined, { dateStyle: "short", timeStyle: "medium" });
}

// A verdict is told by its word and its mark, and only then by its colour.
const VERDICTS: Record<string, [string, string]> = {
  pass: ["✓", "good"], fail: ["✗", "bad"], tripped: ["✗", "bad"], aborted: ["■", "warn"], incomplete: ["■", "warn"], "not-run": ["–", "dim"],
};

export function mark(verdict: string): string {
  return verdict ? (VERDICTS[verdict.toLowerCase()]?.[0] ?? "✗") : "";
}

export function style(verdict: string): string {
  return verdict ? (VERDICTS[verdict.toLowerCase()]?.[1] ?? "bad") : "dim";
}
