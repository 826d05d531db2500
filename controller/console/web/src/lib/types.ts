// What the server sends (controller/console/desk.py, board.py, catalogue.py).
export interface Trace { signal: string; label: string; color: string; ink: string; low: number; high: number; numeric: string[]; unit: string }
export interface Layout { traces: Trace[]; channels: string[]; scalars: string[] }
export type Priority = "info" | "low" | "medium" | "high";
export interface Alarm {
  condition: string; priority: Priority; mark: string; text: string; t_s: number;
  present: boolean; first_out: boolean; acknowledged: string; count: number;
}
export interface Standing {
  step: number; steps: number; name: string; text: string; elapsed_s: number; remaining_s: number;
  wall_remaining_s: number | null; fraction: number; done: boolean;
}
export interface LastRun { run: string; protocol: string; verdict: string; problems: string[]; report?: boolean }
export interface Status {
  phase: string; session?: number; arming?: string[]; breakable?: boolean; levels?: Record<string, string[]>;
  faults?: { text: string; begin_s: number; end_s: number | null }[]; bench?: string; title?: string; protocol?: string | null; protocol_title?: string; patient?: string | null;
  folder?: string | null; steps?: { label: string; expected_s: number }[]; standing?: Standing | null; verdict?: string | null;
  simulated?: boolean; realtime?: boolean; offers?: string[]; stop_held?: boolean; paused?: boolean;
  prompt?: { id: number; text: string } | null; alarms?: Alarm[]; last_run?: LastRun;
}
export interface LoopEvent {
  t_s: number; tick: number; epoch_s: number; kind: string; text: string; priority: Priority; data?: Record<string, unknown>;
}
export interface Mark { tick: number; t_s: number; kind: string; sign: string; text: string; priority: Priority }
/** A judged beat (controller/audit/auditing.py): times in s, errors in ms, negative is early. */
export interface Judged {
  t_s: number; label: string; inflation_label: string | null; deflation_label: string | null; inflation_error_ms: number | null;
  deflation_error_ms: number | null; augmentation_mmHg: number | null;
}
export type Value = number | string | boolean | null;
export interface Setting {
  path: string; unit: string; kind: "float" | "int" | "bool" | "choice"; default: Value; low: number | null; high: number | null;
  choices: string[]; live: boolean; description: string; source: string; allowed: string;
}
export interface Plan {
  name: string; title: string; patient: string | null; bench: string; simulated: boolean; expected: string; longest: string;
  steps: { number: number; label: string; title: string; lines: string[] }[]; text: string[];
}
export interface Protocol {
  name: string; title: string; description: string; requires: string[]; patient: string; bench: string; problem: string;
}
export interface Run {
  name: string; protocol: string; state: string; verdict: string; simulated: boolean; started_epoch_s: number | null;
  duration_s: number; size_MB: number; report: boolean;
}
export interface Reply { ok: boolean; text: string; problems: string[] }
