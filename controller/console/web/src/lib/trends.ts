// Metrics of every beat of the last hour, as this browser saw them. Time is the wall clock of the browser, so that the
// bench at rest and the runs between stand in one line.
const LONGEST = 8000; // beats: an hour at 130 bpm
const KEPT = ["hr_bpm", "map_mmHg", "aop_systolic_mmHg", "lvedp_mmHg", "pap_mean_mmHg", "cvp_mmHg", "co_L_min", "cpo_W"];

class Trends {
  private times: number[] = [];
  private values: (number | null)[][] = KEPT.map(() => []);

  get last_s(): number {
    return Date.now() / 1000;
  }

  push(beat: Record<string, number | null>): void {
    this.times.push(this.last_s);
    KEPT.forEach((name, i) => this.values[i]!.push(beat[name] ?? null));
    if (this.times.length > LONGEST) {
      this.times.splice(0, LONGEST / 8);
      for (const row of this.values) row.splice(0, LONGEST / 8);
    }
  }

  /** (time, value) of a metric over the last `span_s`. */
  of(name: string, span_s: number): [number, number][] {
    const row = this.values[KEPT.indexOf(name)]!;
    const found: [number, number][] = [];
    for (let i = this.times.length - 1; i >= 0 && this.times[i]! > this.last_s - span_s; i--) {
      if (row[i] !== null) found.push([this.times[i]!, row[i]!]);
    }
    return found.reverse();
  }

  /** Time of the beat nearest to `wanted_s`; null where there is none. */
  near(wanted_s: number): number | null {
    let best: number | null = null;
    for (const t of this.times) if (best === null || Math.abs(t - wanted_s) < Math.abs(best - wanted_s)) best = t;
    return best;
  }

  value(name: string, time_s: number): number | null {
    return this.values[KEPT.indexOf(name)]![this.times.indexOf(time_s)] ?? null;
  }
}

export const trends = new Trends();
