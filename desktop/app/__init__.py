"""Composition root of the laptop: the only package that knows every room.

`profiles` makes and opens profiles, `station` fills what the window asks for, `window` opens
it. Importing this package loads nothing: the unlock page must not wait for the database.
"""
