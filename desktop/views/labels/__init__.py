"""The screen that prints address labels: people, sheet and place, check, print."""
