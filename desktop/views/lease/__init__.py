"""What the window shows of the lease: the days left, and the one page when it has ended."""
