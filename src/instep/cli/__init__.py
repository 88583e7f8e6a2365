"""The command line: a face that shows, asks and hands on; it decides nothing."""
