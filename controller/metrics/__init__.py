"""Metrics per beat and over windows of beats: definitions as code (docs/metrics.md)."""

from controller.metrics.beat import Beat
from controller.metrics.context import Absent, Context, Source, assist_group
from controller.metrics.measure import BeatMetrics, Meter, beat_metrics
from controller.metrics.rhythm import Rhythm, rhythm_of, window_beats
from controller.metrics.segment import Segmenter
from controller.metrics.steadiness import STEADY_WITHIN, Agreement, agree, steady
from controller.metrics.window import Window, whole_groups, window

__all__ = [
    "STEADY_WITHIN",
    "Absent",
    "Agreement",
    "Beat",
    "BeatMetrics",
    "Context",
    "Meter",
    "Rhythm",
    "Segmenter",
    "Source",
    "Window",
    "agree",
    "assist_group",
    "beat_metrics",
    "rhythm_of",
    "steady",
    "whole_groups",
    "window",
    "window_beats",
]
