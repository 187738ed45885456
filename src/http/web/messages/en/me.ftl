# The citizen's own page.

me-title = My measurements
me-hello = { $name }
me-emergency-title = Are you ill now?
me-call-112 = Call 112 in an emergency
me-staffed = Somebody looks at the measurements now.
me-unstaffed = Right now nobody looks at the measurements.
me-measured = What you have measured
me-not-measured = Not measured in 90 days.
me-today = Today.
me-on = Measured on { $day }
me-alike = About the same as the week before.
me-higher = Higher than the week before.
me-lower = Lower than the week before.
me-seen = Who has seen my data
me-seen-help = The municipality can tell you who it was.
me-seen-none = Nobody yet.
me-refused = refused
