"""What both faces do with an installation: open it, pair its folders, run its accounts."""
