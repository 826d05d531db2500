// Metrics beat by beat, for trends. Live: of the last hour, as this browser saw them, on the clock of the browser, so that the
// bench at rest and the runs between stand in one line. Stored: those of the recording, in loop time.
const LONGEST = 8000; // beats: an hour at 130 bpm
export const TRENDS: [name: string, label: string, unit: string, color: string, ink: string, decimals: number][] = [
  ["hr_bpm", "HR", "bpm", "#4ade80", "#137333", 0], ["map_mmHg", "MAP", "mmHg", "#f87171", "#b3261e", 0],
  ["aop_systolic_mmHg", "systolic", "mmHg", "#fca5a5", "#b3261e", 0], ["lvedp_mmHg", "LVEDP", "mmHg", "#fb923c", "#a34a00", 1],
  ["pap_mean_mmHg", "PAP mean", "mmHg", "#facc15", "#7a5b00", 0], ["cvp_mmHg", "CVP", "mmHg", "#60a5fa", "#1558b0", 1],
  ["co_L_min", "CO", "L/min", "#22d3ee", "#006a7a", 2], ["cpo_W", "CPO", "W", "#c4b5fd", "#5b3fc4", 2],
];

export interface Beats {
  readonly first_s: number;
  readonly last_s: number;
  /** (time, value) of a metric between two times. */
  of(name: string, from_s: number, to_s: number): [number, number][];
  /** Time of the beat nearest to `wanted_s`; null where there is none. */
  near(wanted_s: number): number | null;
  value(name: string, time_s: number): number | null;
}

export class BeatTable implements Beats {
  constructor(protected times: number[], protected columns: Record<string, (number | null)[]>, private end_s = 0) {}

  get first_s(): number {
    return this.times[0] ?? 0;
  }
  get last_s(): number {
    return Math.max(this.end_s, this.times.at(-1) ?? 0);
  }

  of(name: string, from_s: number, to_s: number): [number, number][] {
    const row = this.columns[name] ?? [];
    const found: [number, number][] = [];
    for (let i = this.place(from_s); i < this.times.length && this.times[i]! <= to_s; i++) {
      const value = row[i];
      if (value !== null && value !== undefined) found.push([this.times[i]!, value]);
    }
    return found;
  }

  near(wanted_s: number): number | null {
    const at = this.place(wanted_s);
    const [before, after] = [this.times[at - 1], this.times[at]];
    if (before === undefined) return after ?? null;
    return after !== undefined && after - wanted_s < wanted_s - before ? after : before;
  }

  value(name: string, time_s: number): number | null {
    return this.columns[name]?.[this.place(time_s)] ?? null;
  }

  /** All metrics of the last beat that ended before `time_s`. */
  before(time_s: number): Record<string, number | null> {
    let at = this.place(time_s);
    if (this.times[at] !== time_s) at--;
    return at < 0 ? {} : Object.fromEntries(Object.entries(this.columns).map(([name, row]) => [name, row[at] ?? null]));
  }

  /** The first beat that is not before `time_s`. */
  private place(time_s: number): number {
    let [low, high] = [0, this.times.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.times[middle]! < time_s) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

class LiveTrends extends BeatTable {
  constructor() {
    super([], Object.fromEntries(TRENDS.map(([name]) => [name, []])));
  }

  override get last_s(): number {
    return Date.now() / 1000;
  }

  push(beat: Record<string, number | null>): void {
    this.times.push(this.last_s);
    for (const [name, row] of Object.entries(this.columns)) row.push(beat[name] ?? null);
    if (this.times.length > LONGEST) {
      this.times.splice(0, LONGEST / 8);
      for (const row of Object.values(this.columns)) row.splice(0, LONGEST / 8);
    }
  }
}

export const trends = new LiveTrends();
