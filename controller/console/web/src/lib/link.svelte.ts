// The one connection to the console, and all that it has said. Comes back by itself.
import { get, post } from "./api";
import { markOf } from "./marks";
import { Samples } from "./samples";
import { trends } from "./trends";
import type { Judged, Layout, LoopEvent, Mark, Reply, Status, Value } from "./types";

const EVENTS = 300;
const JUDGED = 12;
const HEARTBEAT_MS = 2000;

class Link {
  online = $state(false);
  role = $state<string | null>(null);
  asks = $state(false);
  version = $state("");
  layout = $state.raw<Layout | null>(null);
  status = $state.raw<Status>({ phase: "connecting" });
  values = $state.raw<Record<string, Value>>({});
  beat = $state.raw<Record<string, number | null>>({});
  events = $state.raw<LoopEvent[]>([]);
  marks = $state.raw<Mark[]>([]); // of this session
  judged = $state.raw<Judged[]>([]); // beats of this session whose timing was judged
  holder = $state("");
  viewers = $state(0);
  lease = $state("");
  name = $state(remembered());
  said = $state<Reply | null>(null); // the last answer, for the message line
  readonly samples = new Samples();
  private socket: WebSocket | null = null;
  private pause_ms = 250;

  get control(): boolean {
    return this.lease !== "";
  }

  async begin(): Promise<void> {
    try {
      const hello = await get<{ asks: boolean; role: string | null; version: string }>("/api/hello");
      this.asks = hello.asks;
      this.role = hello.role;
      this.version = hello.version;
      if (hello.role) this.connect();
    } catch {
      setTimeout(() => this.begin(), 1000);
    }
  }

  private connect(): void {
    const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/api/stream`);
    socket.binaryType = "arraybuffer";
    this.socket = socket;
    socket.onopen = () => {
      this.online = true;
      this.pause_ms = 250;
    };
    socket.onmessage = (message) => {
      if (message.data instanceof ArrayBuffer) this.samples.take(new DataView(message.data));
      else this.hear(JSON.parse(message.data));
    };
    socket.onclose = () => {
      this.online = false;
      setTimeout(() => this.begin(), this.pause_ms);
      this.pause_ms = Math.min(2 * this.pause_ms, 3000);
    };
  }

  private hear(message: Record<string, unknown> & { type: string }): void {
    if (message.type === "layout") {
      this.layout = message.layout as Layout;
      this.samples.layout = this.layout;
    } else if (message.type === "status") {
      const status = message.status as Status;
      if (status.session !== this.status.session) [this.marks, this.judged] = [[], []];
      this.status = status;
    }
    else if (message.type === "values") this.values = message.values as Record<string, Value>;
    else if (message.type === "beat") {
      const { audit, ...beat } = message.beat as Record<string, number | null> & { audit?: Judged[] };
      this.beat = beat as Record<string, number | null>;
      if (audit?.length) this.judged = [...this.judged, ...audit].slice(-JUDGED);
      trends.push(this.beat);
    }
    else if (message.type === "events") this.events = (message.events as LoopEvent[]).reverse();
    else if (message.type === "event") {
      const event = message.event as LoopEvent;
      this.events = [event, ...this.events].slice(0, EVENTS);
      const mark = markOf(event);
      if (mark) this.marks = [...this.marks.slice(-40), mark];
    }
    else if (message.type === "lease") {
      this.holder = message.by as string;
      this.viewers = message.viewers as number;
    }
  }

  async login(token: string): Promise<Reply> {
    const reply = await post("/api/login", { token });
    if (reply.ok) await this.begin();
    return reply;
  }

  // STOP goes both ways at once: over the open connection, and as a request of its own. Twice is harmless.
  stop(): void {
    const by = this.name || "somebody at the screen";
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify({ stop: true, by }));
    void post("/api/stop", { by }).then((reply) => {
      this.said = reply.ok ? { ok: true, text: "STOP sent", problems: [] } : reply;
    });
  }

  async take(force = false): Promise<void> {
    try {
      localStorage.setItem("mockloop-name", this.name);
    } catch {
      /* a browser that keeps nothing */
    }
    const reply = await post("/api/lease", { by: this.name || "operator", force });
    this.said = reply.ok ? null : reply;
    if (!reply.ok) return;
    this.lease = reply.lease as string;
    void this.keep(this.lease);
  }

  private async keep(lease: string): Promise<void> {
    while (this.lease === lease) {
      await new Promise((done) => setTimeout(done, HEARTBEAT_MS));
      if (this.lease !== lease) return;
      const reply = await post("/api/lease/keep", { lease });
      if (!reply.ok && this.lease === lease) {
        this.lease = "";
        this.said = { ok: false, text: `control lost: ${reply.text}`, problems: [] };
      }
    }
  }

  async giveBack(): Promise<void> {
    const lease = this.lease;
    this.lease = "";
    await post("/api/lease/release", { lease });
  }

  /** Changes a setting. */
  set(path: string, value: Value): Promise<Reply> {
    return this.ask({ name: "set", path, value });
  }

  async ask(command: Record<string, unknown>): Promise<Reply> {
    const reply = await post("/api/command", { lease: this.lease, command });
    this.said = reply;
    return reply;
  }
}

function remembered(): string {
  try {
    return localStorage.getItem("mockloop-name") ?? "";
  } catch {
    return "";
  }
}

export const link = new Link();
