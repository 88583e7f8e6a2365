"""The state database: pairs, links, remarks, journal, history, conflicts, runs and leases; the only user of SQLAlchemy."""
