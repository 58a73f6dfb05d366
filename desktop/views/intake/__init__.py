"""Importing customers from a table: file, headings, what will change, import."""
