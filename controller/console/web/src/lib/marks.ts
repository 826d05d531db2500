// What happened, as flags on the sweep and on the time line. A mark is told by its sign and its words, not by its colour alone.
import type { LoopEvent, Mark } from "./types";

export const SIGNS: Record<string, string> = { high: "▲", medium: "◆", low: "●", info: "▏" };

export function markOf(event: LoopEvent): Mark | null {
  if (event.kind === "annotation") return { tick: event.tick, t_s: event.t_s, kind: "annotation", sign: "✎", text: event.text, priority: "info" };
  if (event.kind === "alarm") return { tick: event.tick, t_s: event.t_s, kind: "alarm", sign: SIGNS[event.priority] ?? "●", text: event.text, priority: event.priority };
  if (event.kind === "step" && event.data?.begins) return { tick: event.tick, t_s: event.t_s, kind: "step", sign: "▸", text: String(event.data.step), priority: "info" };
  if (event.kind === "fault") return { tick: event.tick, t_s: event.t_s, kind: "fault", sign: "✱", text: event.text, priority: event.priority };
  return null;
}

export function marksOf(events: LoopEvent[]): Mark[] {
  return events.map(markOf).filter((mark) => mark !== null);
}
