"""Bringing a bench into service: outputs by hand behind the core's gates, identification, leak test, point-to-point list."""
