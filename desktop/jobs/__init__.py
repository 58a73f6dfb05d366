"""Runs callables off the GUI thread, with progress and cancel. Knows QtCore and nothing else."""
