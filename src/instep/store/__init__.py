"""The state database: pairs, links, remarks, journal, history, conflicts, runs, leases; alone in using SQLAlchemy."""
