// The sweep of a patient monitor: traces are written from left to right over what stood there, behind an erase bar.
// Only what is new is drawn, so that a frame costs a few dozen line segments, whatever the width of the wall.
import type { Samples } from "./samples";
import { theme } from "./theme.svelte";
import type { Trace } from "./types";

export const MM = 96 / 25.4; // CSS pixels
const GAP_MM = 4; // of the erase bar
const BEHIND_MS = 35; // how far the pen stays behind the newest sample, so that it moves evenly
const SCALE_EVERY_MS = 2500;

export interface Lane { trace: Trace; low: number; high: number; top: number; height: number }

export class Sweep {
  lanes: Lane[] = [];
  frozen = false;
  speed_mm_s = 25;
  frames = 0; // drawn, for the measurement of frames/s
  latencies_ms: number[] = []; // from the sample to its place on the screen, of the last frames
  private session = 0;
  private pen = NaN; // tick that was drawn last
  private drawn_ms = 0;
  private scaled_ms = 0;
  private context: CanvasRenderingContext2D;

  constructor(private canvas: HTMLCanvasElement, private samples: Samples, private rescaled: () => void) {
    this.context = canvas.getContext("2d", { alpha: true })!;
  }

  fit(traces: Trace[], width: number, height: number): void {
    const ratio = window.devicePixelRatio || 1;
    this.canvas.width = Math.max(1, Math.round(width * ratio));
    this.canvas.height = Math.max(1, Math.round(height * ratio));
    const known = new Map(this.lanes.map((lane) => [lane.trace.signal, lane]));
    const each = this.canvas.height / Math.max(1, traces.length);
    this.lanes = traces.map((trace, i) => {
      const before = known.get(trace.signal);
      return { trace, low: before?.low ?? trace.low, high: before?.high ?? trace.high, top: i * each, height: each };
    });
    this.redraw();
  }

  private get perTick(): number {
    return (this.speed_mm_s * MM * (window.devicePixelRatio || 1)) / 1000;
  }

  /** Ticks that the width shows. */
  get span(): number {
    return Math.floor(this.canvas.width / this.perTick);
  }

  /** Shows all that there is, up to the newest: somebody went to another place of a stored run. */
  private jump(now_ms: number): void {
    this.session = this.samples.sessions;
    this.pen = this.samples.newest;
    this.scale();
    this.rescaled();
    this.redraw();
    this.scaled_ms = now_ms;
  }

  /** The tick that is drawn at `x` (CSS pixels from the left). */
  tickAt(x: number): number {
    const pen = Math.floor(this.pen);
    const at = Math.round((x * (window.devicePixelRatio || 1)) / this.perTick);
    return pen - ((((pen - at) % this.span) + this.span) % this.span);
  }

  /** Where a tick is drawn, CSS pixels from the left; null where it is not on the screen. */
  placeOf(tick: number): number | null {
    const pen = Math.floor(this.pen);
    if (!(tick <= pen && tick > pen - this.span && tick >= this.samples.kept)) return null;
    return ((tick % this.span) * this.perTick) / (window.devicePixelRatio || 1);
  }

  get penTick(): number {
    return Math.floor(this.pen);
  }

  redraw(): void {
    this.context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    if (this.samples.newest < 0) return;
    const to = Number.isNaN(this.pen) ? this.samples.newest : Math.floor(this.pen);
    const gap = (GAP_MM * MM * (window.devicePixelRatio || 1)) / this.perTick;
    const from = Math.max(this.samples.kept, to - this.span + Math.ceil(gap));
    this.draw(from, to);
  }

  /** One animation frame at `now_ms`. */
  frame(now_ms: number): void {
    const { samples } = this;
    if (this.frozen || samples.newest < 0 || !this.lanes.length) return;
    this.frames++;
    if (samples.rate !== 1 && samples.sessions !== this.session) this.jump(now_ms);
    const due = samples.newest + (samples.rate ? Math.min(samples.rate * (now_ms - samples.arrived_ms), 60) - BEHIND_MS : 0);
    let to = this.pen + samples.rate * (now_ms - this.drawn_ms);
    this.drawn_ms = now_ms;
    if (due - to > 60) to = due; // samples or page were held up: catch up with what has come meanwhile
    if (!(due - to > -250) || this.pen < samples.kept - 1 || due - this.pen > this.span) {
      // A new session, a gap, or a tab that slept: go on from the newest.
      this.pen = Math.max(samples.kept, due - 50) - 1;
      to = due;
      if (samples.sessions !== this.session) {
        this.session = samples.sessions;
        this.context.clearRect(0, 0, this.canvas.width, this.canvas.height);
        this.scaled_ms = now_ms - SCALE_EVERY_MS + 600;
      }
    }
    to = Math.min(to + 0.1 * (due - to), samples.newest);
    const first = Math.floor(this.pen);
    const last = Math.floor(to);
    if (last > first) this.draw(Math.max(first, samples.kept), last);
    this.pen = Math.max(this.pen, to);
    this.latencies_ms.push(samples.age_ms(this.pen, performance.now()));
    if (this.latencies_ms.length > 6000) this.latencies_ms.splice(0, 3000);
    if (now_ms - this.scaled_ms > SCALE_EVERY_MS) {
      this.scaled_ms = now_ms;
      if (this.scale()) {
        this.redraw();
        this.rescaled();
      }
    }
  }

  private draw(from: number, to: number): void {
    const { context, samples, canvas, perTick } = this;
    const ratio = window.devicePixelRatio || 1;
    const width = this.span * perTick;
    const gap = GAP_MM * MM * ratio;
    const begin = (from * perTick) % width;
    const end = begin + (to - from) * perTick;
    this.erase(begin + 0.5, end + gap - begin, width);
    context.lineWidth = 1.6 * ratio;
    context.lineJoin = "round";
    for (const lane of this.lanes) {
      const column = samples.column(lane.trace.signal);
      if (!column) continue;
      const scale = (lane.height - 6 * ratio) / (lane.high - lane.low);
      const bottom = lane.top + lane.height - 3 * ratio;
      context.save();
      context.beginPath();
      context.rect(0, lane.top, canvas.width, lane.height);
      context.clip();
      context.strokeStyle = theme.of(lane.trace);
      context.beginPath();
      let up = true; // the pen is lifted
      let before = -1;
      for (let tick = from; tick <= to; tick++) {
        const value = samples.at(column, tick);
        const x = (tick * perTick) % width;
        if (Number.isNaN(value)) {
          up = true;
          continue;
        }
        const y = bottom - (value - lane.low) * scale;
        if (up || x < before) context.moveTo(x, y);
        else context.lineTo(x, y);
        up = false;
        before = x;
      }
      context.stroke();
      context.restore();
    }
  }

  private erase(x: number, wide: number, width: number): void {
    const { context, canvas } = this;
    let at = x % width;
    for (let left = Math.min(wide, width); left > 0; ) {
      const part = Math.min(left, width - at);
      context.clearRect(at, 0, Math.max(part, 1), canvas.height);
      left -= Math.max(part, 1);
      at = 0;
    }
  }

  /** Widens lanes whose trace leaves them, narrows those that it hardly fills. True if any changed. */
  private scale(): boolean {
    let changed = false;
    for (const lane of this.lanes) {
      const column = this.samples.column(lane.trace.signal);
      if (!column) continue;
      let low = Infinity;
      let high = -Infinity;
      for (let tick = Math.max(this.samples.kept, this.samples.newest - 12000); tick <= this.samples.newest; tick += 4) {
        const value = this.samples.at(column, tick);
        if (value < low) low = value;
        if (value > high) high = value;
      }
      if (!(high > low)) continue;
      const outside = low < lane.low || high > lane.high;
      if (!outside && high - low > 0.4 * (lane.high - lane.low)) continue;
      const least = 0.2 * (lane.trace.high - lane.trace.low);
      const [newLow, newHigh] = nice(low, high, least);
      if (newLow === lane.low && newHigh === lane.high) continue;
      lane.low = newLow;
      lane.high = newHigh;
      changed = true;
    }
    return changed;
  }
}

/** Round limits around low…high with a margin, at least `least` apart. */
export function nice(low: number, high: number, least: number): [number, number] {
  const middle = 0.5 * (low + high);
  const half = 0.55 * Math.max(high - low, least);
  const raw = half / 3;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].find((s) => s * power >= raw)! * power;
  return [Math.floor((middle - half) / step) * step, Math.ceil((middle + half) / step) * step];
}
