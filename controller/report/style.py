"""Ink and paper of the pictures. Colours of Okabe and Ito (2008), which people with colour blindness can tell apart."""

from __future__ import annotations

import re
from io import StringIO
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, SOFT, FAINT, BAND = "#1d2630", "#5c6873", "#d5dade", "#f1f4f6"
AORTA, VENTRICLE, ECG, BALLOON, GAS, PUMP, VALVE = (
    "#b3261e", "#0b5fa5", "#2f6b3c", "#6b7f93", "#8a5a00", "#7a3b8f", "#00695c",
)  # fmt: skip
ATRIUM, RIGHT, CIRCUIT = "#7a8b1e", "#3c6fb0", "#b25d00"
BASELINE = "#8b949c"
LOOPS = ("#0072b2", "#d55e00", "#009e73", "#a4457f", "#5c6873", "#b38600")
DASHES: tuple[Any, ...] = ("-", (0, (5, 1.6)), (0, (1.2, 1.2)), (0, (6, 1.5, 1.2, 1.5)), (0, (9, 2)), (0, (3, 1, 1, 1, 1, 1)))
RC: Any = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 8.0,
    "axes.labelsize": 8.0,
    "axes.edgecolor": SOFT,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": True,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "text.color": INK,
    "lines.solid_capstyle": "round",
    "lines.solid_joinstyle": "round",
    "path.simplify_threshold": 0.06,
    "svg.fonttype": "none",  # text stays text: sharp, searchable, in the font of the page
    "svg.hashsalt": "mockloop",
}


def new_figure(width_in: float, height_in: float) -> Figure:
    """A figure outside of pyplot: nothing is kept, no window, no state."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width_in, height_in))


def grid(axes: Axes) -> None:
    axes.grid(axis="y", color=FAINT, linewidth=0.5)
    axes.set_axisbelow(True)


def as_svg(figure: Figure, title: str) -> str:
    """The figure as an inline SVG that scales with the page; `title` is what a screen reader says."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    FigureCanvasSVG(figure)
    target = StringIO()
    figure.savefig(target, format="svg", metadata={"Date": None, "Creator": None})
    text = target.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>\s*", "", text, flags=re.S)
    text = re.sub(r'<g id="[^"]*"', "<g", text)  # ids are for one picture, and a page has many
    text = re.sub(r' width="[\d.]+pt" height="[\d.]+pt"', "", text, count=1)
    text = text.replace("'DejaVu Sans', sans-serif", "var(--sans)").replace("'DejaVu Sans'", "var(--sans)")
    text = re.sub(r"-?\d+\.\d{3,}", lambda found: f"{float(found[0]):.2f}", text)  # hundredths of a point are enough
    label = title.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    return text.replace("<svg ", f'<svg role="img" aria-label="{label}" ', 1)
