// A stored run, played again: its samples come in the blocks of the live stream, as fast as they are to be shown.
import { get } from "./api";
import { Samples } from "./samples";
import type { Source } from "./source.svelte";
import { BeatTable } from "./trends";
import type { Alarm, Judged, Layout, LoopEvent, Mark, Value } from "./types";
import { marksOf } from "./marks";

export const RATES = [0.1, 0.25, 0.5, 1, 2, 4, 10];
const CHUNK = 4000; // ticks of one request
const BEFORE = 8000; // ticks shown to the left of where one jumps to
const KEPT = 20; // chunks

export interface Step { name: string; title: string | null; verdict: string; start_s: number | null; end_s: number | null }
export interface AlarmRow extends Omit<Alarm, "mark" | "present" | "acknowledged"> {
  ended_s: number | null; acknowledged_s: number | null; acknowledged_by: string | null; epoch_s?: number | null; past?: boolean;
  signal: string | null; value: number | null; limit: number | null; unit: string | null;
}
export interface About {
  run: string; layout: Layout; policy: string; period_us: number; simulated: boolean; t0_epoch_s: number; first_tick: number;
  last_tick: number; stretches: [number, number][]; protocol: string; patient: string | null; bench: string; verdict: string;
  steps: Step[]; beats: { t_s: number[]; every: number; metrics: Record<string, (number | null)[]> };
  values: Record<string, Value>; offers: string[]; events: LoopEvent[]; alarms: AlarmRow[]; audit: Judged[];
}

/** Blocks of `ticks` ticks from `tick` on. */
export async function fetchBlocks(run: string, tick: number, ticks: number, layout: Layout): Promise<DataView[]> {
  const response = await fetch(`/api/runs/${encodeURIComponent(run)}/samples?tick=${tick}&ticks=${ticks}`);
  if (!response.ok) throw new Error(`samples of ${run}: ${response.status}`);
  const whole = await response.arrayBuffer();
  const blocks: DataView[] = [];
  for (let at = 0; at + 24 <= whole.byteLength; ) {
    const n = new DataView(whole, at).getUint32(4, true);
    const length = 24 + 8 * layout.scalars.length + 4 * n * layout.channels.length;
    blocks.push(new DataView(whole, at, length));
    at += length;
  }
  return blocks;
}

export class Replay implements Source {
  readonly live = false;
  readonly control = false;
  readonly realtime = true;
  readonly samples = new Samples();
  readonly beats: BeatTable;
  readonly layout: Layout;
  readonly offers: string[];
  readonly marks: Mark[];
  tick = $state(0); // where the pen is
  playing = $state(false);
  rate = $state(1);
  waiting = $state(false); // for samples
  said = $state("");
  beat = $state.raw<Record<string, number | null>>({});
  scalars = $state.raw<Record<string, number>>({});
  values = $state.raw<Record<string, Value>>({});
  judged = $state.raw<Judged[]>([]);
  private chunks = new Map<number, DataView[]>();
  private asked = new Set<number>();
  private fed = 0; // tick up to which samples were given to the screen
  private drawn_ms = 0;
  private told_ms = 0;
  private jumps = 0;
  private settings: LoopEvent[];

  constructor(readonly about: About) {
    this.layout = about.layout;
    this.samples.layout = about.layout;
    this.offers = about.offers;
    this.beats = new BeatTable(about.beats.t_s, about.beats.metrics, (about.last_tick * about.period_us) / 1e6);
    this.marks = marksOf(about.events);
    this.settings = about.events.filter((event) => event.kind === "setting" && event.data?.path !== undefined);
    this.rate = 1;
    void this.seek(about.first_tick);
  }

  static async open(run: string): Promise<Replay> {
    return new Replay(await get<About>(`/api/runs/${encodeURIComponent(run)}/replay`));
  }

  get perSecond(): number {
    return 1e6 / this.about.period_us;
  }
  get t_s(): number {
    return this.tick / this.perSecond;
  }
  /** Whether samples were recorded where the pen is. */
  get recorded(): boolean {
    return this.about.stretches.some(([a, b]) => a <= this.tick && this.tick <= b);
  }
  get step(): Step | null {
    return this.about.steps.find((step) => (step.start_s ?? Infinity) <= this.t_s && this.t_s < (step.end_s ?? Infinity)) ?? null;
  }

  play(): void {
    if (this.tick >= this.about.last_tick) void this.seek(this.about.first_tick);
    this.playing = !this.playing;
    this.samples.rate = this.playing ? this.rate : 0;
  }

  speed(rate: number): void {
    this.rate = rate;
    this.samples.rate = this.playing ? rate : 0;
  }

  faster(by: number): void {
    this.speed(RATES[Math.min(RATES.length - 1, Math.max(0, RATES.indexOf(this.rate) + by))]!);
  }

  /** Goes to `tick` and shows what lies before it, as if it had been looked at. */
  async seek(tick: number): Promise<void> {
    const jump = ++this.jumps;
    const to = Math.max(this.about.first_tick, Math.min(this.about.last_tick, Math.round(tick)));
    this.tick = to;
    this.waiting = true;
    const from = Math.max(this.about.first_tick, to - BEFORE);
    const wanted: Promise<void>[] = [];
    for (let n = Math.floor(from / CHUNK); n <= Math.floor(to / CHUNK); n++) wanted.push(this.load(n));
    await Promise.all(wanted);
    if (jump !== this.jumps) return; // somebody has gone elsewhere meanwhile
    this.waiting = false;
    this.samples.clear();
    this.fed = from - 1;
    this.feed(to);
    this.tell();
  }

  /** One animation frame. */
  frame(now_ms: number): void {
    const passed_ms = Math.min(now_ms - this.drawn_ms, 250);
    this.drawn_ms = now_ms;
    if (!this.playing || this.waiting) return;
    let to = this.tick + (passed_ms * this.rate * this.perSecond) / 1000;
    const next = this.about.stretches.find(([, b]) => b >= to)?.[0];
    if (next !== undefined && next > to) {
      void this.seek(next); // nothing was recorded in between
      return;
    }
    if (to >= this.about.last_tick) {
      to = this.about.last_tick;
      this.playing = false;
      this.samples.rate = 0;
    }
    const chunk = Math.floor(to / CHUNK);
    void this.load(chunk + 1);
    if (this.rate > 2) void this.load(chunk + 2);
    if (!this.chunks.has(chunk)) {
      void this.load(chunk);
      return; // it goes on when they have come
    }
    this.tick = to;
    this.feed(to);
    if (now_ms - this.told_ms > 100) {
      this.told_ms = now_ms;
      this.tell();
    }
  }

  private feed(to: number): void {
    for (let n = Math.floor((this.fed + 1) / CHUNK); n <= Math.floor(to / CHUNK); n++) {
      for (const block of this.chunks.get(n) ?? []) {
        const first = block.getFloat64(8, true);
        if (first > this.fed && first <= to) {
          this.samples.take(block);
          this.fed = first + block.getUint32(4, true) - 1;
        }
      }
    }
  }

  private async load(n: number): Promise<void> {
    if (this.chunks.has(n) || this.asked.has(n) || n < 0 || n * CHUNK > this.about.last_tick) return;
    this.asked.add(n);
    try {
      this.chunks.set(n, await fetchBlocks(this.about.run, n * CHUNK, CHUNK, this.layout));
      this.said = "";
    } catch (error) {
      this.said = String(error);
      this.playing = false;
    } finally {
      this.asked.delete(n);
    }
    for (const old of this.chunks.keys()) if (this.chunks.size > KEPT && Math.abs(old - n) > KEPT / 2) this.chunks.delete(old);
  }

  private tell(): void {
    this.scalars = { ...this.samples.scalars };
    this.beat = this.beats.before(this.t_s);
    this.judged = this.about.audit.filter((one) => one.t_s <= this.t_s).slice(-12);
    const values = { ...this.about.values };
    for (const event of this.settings) {
      if (event.t_s > this.t_s) break;
      values[String(event.data!.path)] = event.data!.value as Value;
    }
    this.values = values;
  }
}
