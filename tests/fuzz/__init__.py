"""The fuzzer: real laptops, a real server and a bad line between them, in random order.

`python3 do.py fuzz` starts it; docs/fuzz.md tells how to read what it finds.
"""
