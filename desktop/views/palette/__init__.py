"""Ctrl+K: find anything, do anything."""
