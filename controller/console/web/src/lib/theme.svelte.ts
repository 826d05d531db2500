// Dark by default; light for print and bright rooms. Canvases ask here, everything else asks the style sheet.
import type { Trace } from "./types";

const KEY = "mockloop-theme";
const DARK = {
  grid: "#263140", text: "#a3b0bf", loop: "#ffb454", older: "251, 146, 60", kept: "#9aa7b5", espvr: "#f0abfc", edpvr: "#67e8f9", dot: "#ffffff",
};
const LIGHT: typeof DARK = {
  grid: "#d5dbe2", text: "#46525f", loop: "#a34a00", older: "163, 74, 0", kept: "#5b6875", espvr: "#9a1fb0", edpvr: "#006a7a", dot: "#000000",
};

class Theme {
  light = $state(remembered());

  constructor() {
    $effect.root(() => {
      $effect(() => {
        document.documentElement.dataset.theme = this.light ? "light" : "dark";
      });
    });
    // What is printed is light, whatever the screen is.
    let before = false;
    window.addEventListener("beforeprint", () => ((before = this.light), (this.light = true)));
    window.addEventListener("afterprint", () => (this.light = before));
  }

  get palette(): typeof DARK {
    return this.light ? LIGHT : DARK;
  }

  of(trace: Trace): string {
    return this.light ? trace.ink : trace.color;
  }

  toggle(): void {
    this.light = !this.light;
    try {
      localStorage.setItem(KEY, this.light ? "light" : "dark");
    } catch {
      /* a browser that keeps nothing */
    }
  }
}

function remembered(): boolean {
  try {
    return localStorage.getItem(KEY) === "light";
  } catch {
    return false;
  }
}

export const theme = new Theme();
