"""`mockloop fit`: a patient's parameters from a table of targets."""

from controller.fit.solve import Fitted, fit

__all__ = ["Fitted", "fit"]
