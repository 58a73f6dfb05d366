"""Builders, hand-written fakes and real servers for the tests."""
