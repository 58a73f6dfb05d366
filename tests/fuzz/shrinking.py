"""Shortens a script that breaks something, by leaving parts of it out (delta debugging)."""

from __future__ import annotations

import time

from tests.fuzz.running import run_script


def shortened(template, outcome, plant, seconds, say):
    """Return a shorter list of actions that ends with the same kind of violation.

    Stops after `seconds` with the shortest found; a script that does not repeat stays whole.
    """
    deadline = time.monotonic() + seconds

    def breaks(actions):
        found = run_script(template, outcome.config, actions, plant).violation
        return found is not None and found.what == outcome.violation.what

    actions = list(outcome.actions)
    if not breaks(actions):
        say("the script alone does not repeat it: it needs what only happens side by side")
        return actions
    size = max(1, len(actions) // 2)
    while True:
        position = 0
        while position < len(actions):
            if time.monotonic() > deadline:
                return actions
            fewer = actions[:position] + actions[position + size :]
            if breaks(fewer):
                actions = fewer
            else:
                position += size
        if size == 1:
            return actions
        size = max(1, size // 2)
