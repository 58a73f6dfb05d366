"""Settings, help with keys, what this computer is, and what may be wrong with it."""
