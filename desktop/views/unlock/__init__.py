"""The page that the window begins with, and shows whenever it is locked."""
