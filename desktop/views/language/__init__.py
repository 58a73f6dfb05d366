"""The window's language: texts, their switching, and local forms of numbers and dates."""
