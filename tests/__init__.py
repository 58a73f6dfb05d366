"""The tests, room by room; `tests.helpers` is what they share."""
