"""Configuration, secrets, discovery, pairing, the connection test."""
