"""The first run: this laptop becomes known to the branch's server, and gets its passphrase."""
