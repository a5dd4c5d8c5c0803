"""Real shocks as typed, dated events, played against plans; see ``diversify.stress``."""
