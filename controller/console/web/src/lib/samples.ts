// The last half minute of every channel, at full rate, indexed by tick. Nothing here grows.
import type { Layout } from "./types";

const LENGTH = 1 << 15; // ticks kept
const MASK = LENGTH - 1;
const HEAD = 24; // bytes: magic, n, first tick, lost, skipped

export class Samples {
  columns: Float32Array[] = [];
  scalars: Record<string, number> = {};
  newest = -1; // last tick received
  oldest = 0; // first tick since the last gap
  lost = 0; // frames that the console did not read
  skipped = 0; // blocks that this browser was too slow for
  gaps = 0; // jumps seen in the ticks
  blocks = 0;
  sessions = 0; // times that the ticks began anew
  rate = 1; // of what is shown against the clock; 0: it stands
  arrived_ms = 0; // when the last block came
  private offsets: number[] = []; // arrival minus tick, of the last blocks
  private names: string[] = [];
  private index = new Map<string, number>();

  set layout(layout: Layout) {
    this.names = layout.scalars;
    this.index = new Map(layout.channels.map((name, i) => [name, i]));
    this.columns = layout.channels.map(() => new Float32Array(LENGTH).fill(NaN));
    this.newest = -1;
  }

  column(name: string): Float32Array | undefined {
    const at = this.index.get(name);
    return at === undefined ? undefined : this.columns[at];
  }

  at(column: Float32Array, tick: number): number {
    return column[tick & MASK]!;
  }

  get kept(): number {
    return Math.max(this.oldest, this.newest - LENGTH + 1);
  }

  /** Forgets what was there: what comes next does not join on. */
  clear(): void {
    this.newest = -1;
    this.oldest = 0;
    this.offsets = [];
    this.sessions++;
    for (const column of this.columns) column.fill(NaN);
  }

  take(view: DataView): void {
    if (view.byteLength < HEAD || view.getUint32(0, true) !== 0x31424c4d) return; // "MLB1"
    const n = view.getUint32(4, true);
    const first = view.getFloat64(8, true);
    this.lost = view.getUint32(16, true);
    this.skipped = view.getUint32(20, true);
    let at = HEAD;
    for (const name of this.names) {
      this.scalars[name] = view.getFloat64(at, true);
      at += 8;
    }
    if (view.byteLength !== at + 4 * n * this.columns.length) return;
    if (first !== this.newest + 1) {
      // Another session, or frames that never came: what was there does not join on.
      if (this.newest >= 0 && first > this.newest) {
        this.gaps++;
        for (const column of this.columns) for (let tick = this.newest + 1; tick < Math.min(first, this.newest + LENGTH); tick++) column[tick & MASK] = NaN;
      }
      this.oldest = first;
      this.offsets = [];
      this.sessions += first <= this.newest ? 1 : 0;
    }
    for (const column of this.columns) {
      for (let i = 0; i < n; i++, at += 4) column[(first + i) & MASK] = view.getFloat32(at, true);
    }
    this.newest = first + n - 1;
    this.blocks++;
    this.arrived_ms = performance.now();
    this.offsets.push(this.arrived_ms - this.newest - this.missed);
    if (this.offsets.length > 200) this.offsets.shift();
  }

  /** How long ago the tick was, ms: by the quickest of the last blocks (5 s), so it counts what waiting there was on the way. */
  age_ms(tick: number, now_ms: number): number {
    return now_ms - tick - this.missed - Math.min(...this.offsets);
  }

  /** Periods that the loop missed: they are on the clock, but no ticks. */
  private get missed(): number {
    return this.scalars["time.missed"] || 0;
  }
}
