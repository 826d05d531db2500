"""Calibrations of sensors: lines from readings to values, records beside the bench file (their format: controller/config/calibration)."""
