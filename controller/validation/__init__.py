"""The table of published numbers against ours: ``python -m controller.validation`` writes docs/validation.md."""
