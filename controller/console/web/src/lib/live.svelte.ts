// Scalars of the newest block for panels, a few times a second: text that changes faster cannot be read.
import { link } from "./link.svelte";

export const STATES = ["INIT", "IDLE", "ARMED", "RUNNING", "STOPPING", "SAFE", "FAULT"];

class Live {
  scalars = $state.raw<Record<string, number>>({});
  lost = $state(0);
  skipped = $state(0);
  gaps = $state(0);
  worst_us = $state(0); // lateness, the greatest of the last seconds
  private highest: number[] = [];

  constructor() {
    setInterval(() => {
      const { samples } = link;
      if (samples.newest < 0) return;
      this.scalars = { ...samples.scalars };
      this.lost = samples.lost;
      this.skipped = samples.skipped;
      this.gaps = samples.gaps;
      this.highest.push(samples.scalars["time.lateness_us"] ?? 0);
      if (this.highest.length > 40) this.highest.shift();
      this.worst_us = Math.max(...this.highest);
    }, 200);
  }
}

export const live = new Live();
