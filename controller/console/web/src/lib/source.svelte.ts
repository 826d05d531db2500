// What a screen shows: the running loop, or a stored run that is played again. Panels ask a source and nothing else.
import { link } from "./link.svelte";
import { live } from "./live.svelte";
import type { Samples } from "./samples";
import type { Beats } from "./trends";
import { trends } from "./trends";
import type { Judged, Layout, Mark, Value } from "./types";

export interface Source {
  readonly live: boolean;
  readonly samples: Samples;
  readonly layout: Layout | null;
  readonly beat: Record<string, number | null>; // metrics of the last beat
  readonly scalars: Record<string, number>;
  readonly values: Record<string, Value>; // settings in force
  readonly offers: string[];
  readonly control: boolean; // whether this person may change something here
  readonly marks: Mark[]; // what happened, to be shown on the sweep
  readonly judged: Judged[]; // the last beats whose timing the auditor has judged
  readonly beats: Beats; // for trends
  readonly realtime: boolean;
}

class LiveSource implements Source {
  readonly live = true;
  readonly samples = link.samples;
  readonly beats = trends;
  get layout() {
    return link.layout;
  }
  get beat() {
    return link.beat;
  }
  get scalars() {
    return live.scalars;
  }
  get values() {
    return link.values;
  }
  get offers() {
    return link.status.offers ?? [];
  }
  get control() {
    return link.control;
  }
  get marks() {
    return link.marks;
  }
  get judged() {
    return link.judged;
  }
  get realtime() {
    return link.status.realtime !== false;
  }
}

export const liveSource: Source = new LiveSource();
