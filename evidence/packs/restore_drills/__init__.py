"""The quarter's pack of restore drills: which drills it tells, their rows, their records and what proves who decided."""
