"""The pages: accounts, synchronizing, conflicts, history and help, served by a local program to a browser."""
