// The table of settings, fetched once.
import { get } from "./api";
import type { Setting } from "./types";

class Settings {
  all = $state.raw<Setting[]>([]);
  private asked = false;

  load(): void {
    if (this.asked) return;
    this.asked = true;
    void get<Setting[]>("/api/settings").then((found) => (this.all = found), () => (this.asked = false));
  }

  row(path: string): Setting | undefined {
    return this.all.find((row) => row.path === path);
  }
}

export const settings = new Settings();
