"""Keys of the replica and the operating system's keyring. Knows no Qt, no SQL, no HTTP.

`vault` is the way in; `system_keyring` is the only module that touches the keyring library.
"""
