// Two cursors on a sweep that stands still, placed at ticks: what they read are the samples, not the pixels.
import type { Source } from "./source.svelte";
import type { Sweep } from "./sweep";

export class Cursor {
  a = $state(-1);
  b = $state(-1);
  moving = $state<"a" | "b">("b");
  private low = 0;
  private high = 0;

  get set(): boolean {
    return this.a >= 0;
  }

  /** Puts both into the frozen sweep: A a second before B, B at the pen; no further back than there are samples. */
  place(sweep: Sweep, kept: number): void {
    this.high = sweep.penTick;
    this.low = Math.max(kept, sweep.penTick - sweep.span + 1);
    if (!Number.isFinite(this.high)) return;
    this.b = this.within(this.high - 200);
    this.a = this.within(this.high - 1200);
    this.moving = "b";
  }

  leave(): void {
    this.a = this.b = -1;
  }

  step(ticks: number): void {
    this[this.moving] = this.within(this[this.moving] + ticks);
  }

  /** Takes the nearer one to `tick`, and moves that from then on. */
  take(tick: number): void {
    this.moving = Math.abs(tick - this.a) < Math.abs(tick - this.b) ? "a" : "b";
    this.to(tick);
  }

  to(tick: number): void {
    this[this.moving] = this.within(tick);
  }

  value(source: Source, signal: string, tick: number): number {
    const column = source.samples.column(signal);
    return column && tick >= source.samples.kept ? source.samples.at(column, tick) : NaN;
  }

  private within(tick: number): number {
    return Math.max(this.low, Math.min(this.high, Math.round(tick)), 0);
  }
}
