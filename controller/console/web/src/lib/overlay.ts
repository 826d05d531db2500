// Beats of two runs over one another: cut at their triggers, aligned at the first.
import type { About } from "./replay.svelte";
import { fetchBlocks } from "./replay.svelte";
import { Samples } from "./samples";
import { theme } from "./theme.svelte";
import type { Trace } from "./types";

export interface Cut { samples: Samples; from: number; to: number; triggers: number[] }
const LOOK_S = 8;
export const STROKES: [number[], number][] = [[[], 1], [[7, 4], 1]]; // dashes: the other run is told by its line, not by its colour alone

/** The last whole beats, at most `beats`, before `end_s`. Null where nothing was recorded there. */
export async function cut(about: About, end_s: number, beats: number): Promise<Cut | null> {
  const perSecond = 1e6 / about.period_us;
  const end = Math.min(about.last_tick, Math.round(end_s * perSecond));
  const begin = Math.max(about.first_tick, end - LOOK_S * perSecond);
  const samples = new Samples();
  samples.layout = about.layout;
  for (let tick = begin; tick < end; tick += 4000) {
    for (const block of await fetchBlocks(about.run, tick, Math.min(4000, end - tick), about.layout)) samples.take(block);
  }
  const mark = samples.column("beat.trigger");
  if (!mark || samples.newest < 0) return null;
  const triggers: number[] = [];
  for (let tick = samples.kept; tick <= samples.newest; tick++) if (samples.at(mark, tick) > 0.5) triggers.push(tick);
  if (triggers.length < 2) return null;
  const kept = triggers.slice(-(beats + 1));
  return { samples, from: kept[0]!, to: kept.at(-1)!, triggers: kept };
}

export function drawLanes(canvas: HTMLCanvasElement, w: number, h: number, cuts: (Cut | null)[], traces: Trace[]): void {
  const c = prepared(canvas, w, h);
  const ratio = window.devicePixelRatio || 1;
  const longest = Math.max(...cuts.map((one) => (one ? one.to - one.from : 0)), 1);
  const each = canvas.height / traces.length;
  const left = 62 * ratio;
  c.font = `${11 * ratio}px system-ui, sans-serif`;
  traces.forEach((trace, row) => {
    let [low, high] = [Infinity, -Infinity];
    for (const one of cuts) {
      const column = one?.samples.column(trace.signal);
      for (let tick = one?.from ?? 0; one && column && tick <= one.to; tick++) {
        const value = one.samples.at(column, tick);
        if (value < low) low = value;
        if (value > high) high = value;
      }
    }
    if (!(high > low)) return;
    const y = (v: number) => each * (row + 0.95) - ((v - low) / (high - low)) * 0.88 * each;
    c.strokeStyle = theme.palette.grid;
    c.setLineDash([]);
    c.lineWidth = 1;
    c.strokeRect(left, each * row + 2, canvas.width - left - 2, each - 4);
    c.fillStyle = theme.of(trace);
    c.fillText(trace.label, 2 * ratio, each * (row + 0.5));
    c.fillText(`${high.toFixed(high < 20 ? 1 : 0)}`, 2 * ratio, each * row + 14 * ratio);
    c.fillText(`${low.toFixed(Math.abs(low) < 20 ? 1 : 0)} ${trace.unit}`, 2 * ratio, each * (row + 1) - 5 * ratio);
    cuts.forEach((one, i) => {
      const column = one?.samples.column(trace.signal);
      if (!one || !column) return;
      pen(c, i, theme.of(trace), ratio);
      for (let tick = one.from; tick <= one.to; tick++) c.lineTo(left + ((canvas.width - left - 2) * (tick - one.from)) / longest, y(one.samples.at(column, tick)));
      c.stroke();
    });
  });
}

export function drawLoops(canvas: HTMLCanvasElement, w: number, h: number, cuts: (Cut | null)[]): void {
  const c = prepared(canvas, w, h);
  const ratio = window.devicePixelRatio || 1;
  let [highV, highP] = [60, 60];
  const pairs = cuts.map((one) => {
    const [v, p] = [one?.samples.column("in.lvv_mL"), one?.samples.column("in.lvp_mmHg")];
    const points: [number, number][] = [];
    for (let tick = one?.from ?? 0; one && v && p && tick <= one.to; tick++) points.push([one.samples.at(v, tick), one.samples.at(p, tick)]);
    for (const [x, y] of points) [highV, highP] = [Math.max(highV, x), Math.max(highP, y)];
    return points;
  });
  const [left, bottom] = [36 * ratio, canvas.height - 26 * ratio];
  const x = (v: number) => left + ((canvas.width - left - 8 * ratio) * v) / (1.1 * highV);
  const y = (p: number) => bottom - ((bottom - 8 * ratio) * p) / (1.1 * highP);
  c.font = `${11 * ratio}px system-ui, sans-serif`;
  c.strokeStyle = theme.palette.grid;
  c.fillStyle = theme.palette.text;
  c.setLineDash([]);
  for (let v = 0; v <= 1.1 * highV; v += 50) c.strokeRect(x(v), y(1.1 * highP), 0, bottom - y(1.1 * highP)), c.fillText(String(v), x(v) - 8 * ratio, bottom + 13 * ratio);
  for (let p = 0; p <= 1.1 * highP; p += 25) c.strokeRect(left, y(p), canvas.width - left, 0), c.fillText(String(p), 6 * ratio, y(p) + 4 * ratio);
  c.fillText("mmHg over mL", canvas.width - 90 * ratio, canvas.height - 2 * ratio);
  pairs.forEach((points, i) => {
    pen(c, i, theme.palette.loop, ratio);
    for (const [v, p] of points) c.lineTo(x(v), y(p));
    c.stroke();
  });
  c.setLineDash([]);
}

function pen(c: CanvasRenderingContext2D, i: number, color: string, ratio: number): void {
  c.setLineDash(STROKES[i]![0].map((d) => d * ratio));
  c.strokeStyle = color;
  c.globalAlpha = 1;
  c.lineWidth = (i ? 1.3 : 1.8) * ratio;
  c.beginPath();
}

function prepared(canvas: HTMLCanvasElement, w: number, h: number): CanvasRenderingContext2D {
  const ratio = window.devicePixelRatio || 1;
  [canvas.width, canvas.height] = [Math.max(1, Math.round(w * ratio)), Math.max(1, Math.round(h * ratio))];
  const context = canvas.getContext("2d")!;
  context.clearRect(0, 0, canvas.width, canvas.height);
  return context;
}
