"""Metrics per beat and over windows of beats: definitions as code (docs/metrics.md)."""

from controller.metrics.beat import Beat
from controller.metrics.context import Absent, Context, Source, assist_group
from controller.metrics.gap import Gap
from controller.metrics.measure import BeatMetrics, Meter, beat_metrics
from controller.metrics.segment import Segmenter
from controller.metrics.window import STEADY_WITHIN, Agreement, Window, agree, steady, whole_groups, window

__all__ = [
    "STEADY_WITHIN",
    "Absent",
    "Agreement",
    "Beat",
    "BeatMetrics",
    "Context",
    "Gap",
    "Meter",
    "Segmenter",
    "Source",
    "Window",
    "agree",
    "assist_group",
    "beat_metrics",
    "steady",
    "whole_groups",
    "window",
]
