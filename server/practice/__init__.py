"""A made-up branch for practice, demos and measurements: same seed, same bytes.

Nobody in it exists; docs/rules/identity.md section 5 says how that is made sure.
Knows no store and no network: it gives plain values, and others write them down.
"""
