// The pressure-volume loop of the left ventricle, with the end-systolic and end-diastolic lines of the patient model.
import type { Samples } from "./samples";
import { theme } from "./theme.svelte";
import type { Value } from "./types";

export interface Limits { volume: number; pressure: number }

const BEATS_S = 4;

export function paint(
  canvas: HTMLCanvasElement, width: number, height: number, samples: Samples, values: Record<string, Value>,
  kept: Float32Array | null, before: Limits,
): Limits {
  const ratio = window.devicePixelRatio || 1;
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== w || canvas.height !== h) [canvas.width, canvas.height] = [w, h];
  const context = canvas.getContext("2d")!;
  context.clearRect(0, 0, w, h);
  const volume = samples.column("in.lvv_mL");
  const pressure = samples.column("in.lvp_mmHg");
  const mark = samples.column("beat.trigger");
  const font = parseFloat(getComputedStyle(canvas).fontSize) * 0.78 * ratio;
  context.font = `${font}px system-ui, sans-serif`;
  if (!volume || !pressure || !mark || samples.newest < 0 || Number.isNaN(samples.at(volume, samples.newest))) {
    context.fillStyle = theme.palette.text;
    context.fillText("LV volume or pressure is not measured on this bench", 8 * ratio, 2 * font);
    return before;
  }
  const from = Math.max(samples.kept, samples.newest - BEATS_S * 1000);
  let highV = 60;
  let highP = 60;
  for (let tick = from; tick <= samples.newest; tick += 4) {
    highV = Math.max(highV, samples.at(volume, tick));
    highP = Math.max(highP, samples.at(pressure, tick));
  }
  const limits = { volume: settle(before.volume, highV), pressure: settle(before.pressure, highP) };
  const [left, bottom, top] = [font * 2.4, h - font * 2.3, font * 0.6];
  const x = (v: number) => left + ((w - left - 1.1 * font) * v) / limits.volume;
  const y = (p: number) => bottom - ((bottom - top) * p) / limits.pressure;

  axes(context, limits, x, y, font, w, h);
  context.save();
  context.beginPath();
  context.rect(left, 0, w - left, bottom + 6 * ratio);
  context.clip();
  relations(context, values, samples.scalars["plant.contractility"] ?? NaN, x, y, limits, font, ratio);
  if (kept) {
    context.strokeStyle = theme.palette.kept;
    context.lineWidth = 1.2 * ratio;
    context.beginPath();
    for (let i = 0; i < kept.length; i += 2) context.lineTo(x(kept[i]!), y(kept[i + 1]!));
    context.closePath();
    context.stroke();
  }
  loops(context, samples, volume, pressure, mark, from, x, y, ratio);
  context.restore();
  return limits;
}

function settle(now: number, highest: number): number {
  const wanted = Math.ceil((1.12 * highest) / 25) * 25;
  return wanted > now || wanted < 0.7 * now ? wanted : now;
}

function axes(c: CanvasRenderingContext2D, limits: Limits, x: (v: number) => number, y: (p: number) => number, font: number, w: number, h: number) {
  c.strokeStyle = theme.palette.grid;
  c.fillStyle = theme.palette.text;
  c.lineWidth = 1;
  c.textAlign = "center";
  for (let v = 0; v <= limits.volume; v += limits.volume > 160 ? 50 : 25) {
    c.beginPath(), c.moveTo(x(v), y(0)), c.lineTo(x(v), y(limits.pressure)), c.stroke();
    c.fillText(String(v), x(v), y(0) + 1.05 * font);
  }
  c.fillText("mL", w - 1.2 * font, h - 0.25 * font);
  c.textAlign = "right";
  for (let p = 0; p <= limits.pressure; p += limits.pressure > 160 ? 50 : 25) {
    c.beginPath(), c.moveTo(x(0), y(p)), c.lineTo(x(limits.volume), y(p)), c.stroke();
    c.fillText(String(p), x(0) - 0.3 * font, y(p) + 0.35 * font);
  }
  c.textAlign = "left";
  c.fillText("mmHg", 0, h - 0.25 * font);
}

// P = Ees (V - V0), scaled by the contractility in force, and P = A (exp(B (V - V0)) - 1): the model's own relations
// (cext/tables/settings/patient.toml). They are of transmural pressure: in the chest, some mmHg lower.
function relations(
  c: CanvasRenderingContext2D, values: Record<string, Value>, contractility: number, x: (v: number) => number,
  y: (p: number) => number, limits: Limits, font: number, ratio: number,
) {
  if (!Number.isFinite(contractility)) return; // no patient model on this bench
  const ees = Number(values["patient.lv_ees_mmHg_mL"]) * contractility;
  const v0 = Number(values["patient.lv_v0_mL"]);
  const a = Number(values["patient.lv_edpvr_a_mmHg"]);
  const b = Number(values["patient.lv_edpvr_b_per_mL"]);
  if (![ees, v0, a, b].every(Number.isFinite)) return;
  c.setLineDash([5 * ratio, 4 * ratio]);
  c.lineWidth = 1.2 * ratio;
  c.strokeStyle = theme.palette.espvr;
  c.beginPath(), c.moveTo(x(v0), y(0)), c.lineTo(x(v0 + limits.pressure / ees), y(limits.pressure)), c.stroke();
  c.strokeStyle = theme.palette.edpvr;
  c.beginPath();
  for (let v = v0; v <= limits.volume; v += limits.volume / 60) c.lineTo(x(v), y(a * (Math.exp(b * (v - v0)) - 1)));
  c.stroke();
  c.setLineDash([]);
  c.textAlign = "left";
  c.fillStyle = theme.palette.espvr;
  const at = Math.min(v0 + (0.93 * limits.pressure) / ees, 0.75 * limits.volume);
  c.fillText("ESPVR", x(at) + 0.5 * font, y(Math.min(ees * (at - v0), 0.95 * limits.pressure)) + font);
  c.fillStyle = theme.palette.edpvr;
  c.textAlign = "right";
  c.fillText("EDPVR", x(limits.volume) - 0.3 * font, y(a * (Math.exp(b * (limits.volume - v0)) - 1)) - 0.5 * font);
}

function loops(
  c: CanvasRenderingContext2D, samples: Samples, volume: Float32Array, pressure: Float32Array, mark: Float32Array,
  from: number, x: (v: number) => number, y: (p: number) => number, ratio: number,
) {
  const starts: number[] = [from];
  for (let tick = from + 1; tick <= samples.newest; tick++) if (samples.at(mark, tick) > 0.5) starts.push(tick);
  starts.push(samples.newest);
  for (let i = 0; i + 1 < starts.length; i++) {
    const age = starts.length - 2 - i;
    c.strokeStyle = age < 1 ? theme.palette.loop : `rgba(${theme.palette.older}, ${Math.max(0.12, 0.6 - 0.12 * age)})`;
    c.lineWidth = (age < 1 ? 2 : 1.2) * ratio;
    c.beginPath();
    for (let tick = starts[i]!; tick <= starts[i + 1]!; tick += 2) c.lineTo(x(samples.at(volume, tick)), y(samples.at(pressure, tick)));
    c.stroke();
  }
  c.fillStyle = theme.palette.dot;
  c.beginPath();
  c.arc(x(samples.at(volume, samples.newest)), y(samples.at(pressure, samples.newest)), 3 * ratio, 0, 7);
  c.fill();
}
