"""Accounts: the settings file, secrets, how the folders are paired, and the connection test."""
