"""The pieces, one file each: the healthy code, and in ``PIECE`` the line that breaks it."""
