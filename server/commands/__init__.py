"""Verbs of `yizhan-server` that are more than a few lines: an exchange and words in, an answer out.

Beside the routes: as they read requests and write replies, these read options and write lines.
"""
