"""The list of customers and, beside it, the one who is chosen."""
