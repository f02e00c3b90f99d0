"""Recovery points against what is promised of them: age, attainment, gaps, log chains, consistency, expiry. Pure."""
