# The citizen's page for staff.

alert-title = Alert: { $name }
alerts = Alerts
no-alerts = No open alerts.
to-worklist = To the worklist
to-citizen = To the citizen
to-start = To the front page
on-this-page = On this page
cpr = CPR
age = Age
phone = Telephone
address = Address
protected = Protected name and address
protected-means = Address and telephone number are not shown.
measurements = Measurements
days-90 = 90 days
nothing-measured = Nothing has been measured in 90 days.
chart-none = { $what } has not been measured in 90 days.
chart-newest = Newest { $value } ({ $day }), between { $low } and { $high }
chart-label = Chart of { $what }. { $newest }
chart-whole = Show the whole period
chart-help = Drag sideways to see single readings
chart-reading = Reading
chart-marks = Alert
as-table = { $what } as a table
day = Day
least-greatest = Least–greatest
readings = Readings
not-scored = Doubtful: not scored
doubtful = { $n ->
    [one] One doubtful reading, which is not scored
   *[other] { $n } doubtful readings, which are not scored
}
baseline = Baseline
limit-red = Red limit
limit-yellow = Yellow limit
own-limit = (personal)
findings = Assessment
partial = partial score
score-of = { $n } of { $all } parameters
score-three = At least one parameter scores 3.
score-missing = Missing: { $what }
score-partial-means = A partial score can only become higher.
score-oldest = The oldest reading is { $time } old
score-none = Not enough has been measured for a score.
screened-at = Assessed { $at }
never-screened = The citizen has not been assessed yet.
no-findings = No rule says anything. See also what could not be assessed.
quiet-rules = { $n ->
    [one] One rule that says nothing or cannot tell
   *[other] { $n } rules that say nothing or cannot tell
}
verdict-clear = Nothing to remark
verdict-holding = Better, but not over
verdict-not-applicable = Does not apply
verdict-not-evaluable = Cannot be assessed
why-do-i-see = Why am I seeing this?
looked-at = Looked at
limits = Limits
newest-reading = Newest reading
rule = Rule
sign-off = Clinical sign-off
unsigned-long = Missing: no clinician has signed the rule yet.
sign-off-not-needed = Not needed: the rule follows a published source.
sign-off-unknown = Unknown: the rule is of another version.
no-story = Nothing has happened yet.
plan = Plan
cadence = How often is measured
every-hours = { $hours ->
    [24] every day
    [168] every week
   *[other] every { $hours } hours
}
no-limits = There are no limits that can be changed.
limits-help = An empty field means that the limit of the rule pack holds. The citizen is assessed again when you save.
limits-do = Save limits
more-limits = Limits of rules for everybody
limit-range = The limit of the rule pack is { $standard }; allowed is { $least } to { $most }.
limit-refused = Cannot be used.
limits-refused = The limits are not saved. Mend those that are marked: they are no number, outside of what is allowed, or yellow and red contradict each other.
worse-low = Lower is worse.
worse-high = Higher is worse.
the-standard = the pack's
plan-history = Changes
plan-none = No plan has been agreed.
plan-version = Version { $n }, { $name }
plan-stale = Somebody else has changed the plan while you wrote. Nothing of what you wrote is saved; look at the new plan first.
