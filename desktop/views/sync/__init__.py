"""The Sync screen and its second page, To settle."""
