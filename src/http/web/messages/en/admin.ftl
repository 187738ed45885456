# Administration.

sections = Parts of administration
section-quarantine = Doubtful readings
section-quarantine-about = Readings that cannot be right and wait for a human.
section-settings = Alert policy
section-settings-about = Staffed hours, response targets and how long something can be put off.
section-teams = Teams
section-teams-about = Who looks after whom.
section-rules = Rule packs
section-rules-about = Each rule, where it comes from, and whether it is clinically approved.
section-ingestion = Ingestion
section-ingestion-about = What comes in, how late it is, and which devices are silent.

doubt-intro = These readings cannot be right. They are kept, and do not count until somebody has decided.
doubt-counts = What waits, by device and reason
doubt-device = Device
doubt-no-device = no device
doubt-reason = Reason
doubt-number = Number
doubt-oldest = Oldest
doubt-implausible = The value is outside what is possible.
doubt-clock-ahead = The device's clock is ahead: the reading is from the future.
doubt-clock-behind = The device's clock has stopped: the reading is from before 1970.
doubt-unit-unknown = The unit of the number is not known for this kind of reading.
doubt-not-final = The reading does not stand.
doubt-end-before-start = The reading ends before it starts.
doubt-waiting = Waiting
doubt-decided = Decided
doubt-to-waiting = Show those that wait
doubt-to-decided = Show those that are decided
doubt-to-all = Show all
doubt-none = No readings here.
doubt-usual = Last that counted
doubt-taken = Measured
doubt-no-time = without a time
doubt-received = Received
doubt-why = Why? Write what you know.
doubt-fix = Correct it
doubt-fix-help = Fill in only what was wrong. What was sent stays in the history.
doubt-value = number
doubt-unit = unit
doubt-fix-do = Correct the reading
doubt-accept-do = It is right: let it count
doubt-reject-do = It is wrong: do not let it count
doubt-is-accepted = Counts.
doubt-is-rejected = Wrong.
doubt-is-fixed = Corrected.
doubt-is-changed = Corrected by its sender.
doubt-done-accept = { $what } of { $name } counts now.
doubt-done-reject = { $what } of { $name } is marked as wrong.
doubt-done-fix = { $what } of { $name } is corrected and counts now.
doubt-done-undo = { $what } of { $name } waits again.
doubt-done-all = { $n ->
    [0] No readings were changed.
    [one] One reading is decided.
   *[other] { $n } readings are decided.
} { $left ->
    [0] None of them waits any more.
   *[other] Some still wait.
}
doubt-all = All at once
doubt-all-help = About all readings from this device that wait for this reason and that you could see here; at most 200 at a time. A correction that does not make a reading possible leaves it waiting.
doubt-decision = What is to happen?
doubt-all-fix = Correct the unit of the number
doubt-all-unit = The unit that the number is really in (UCUM; pounds are [lb_av])
doubt-all-do = Decide about all
doubt-stale = Somebody else has changed the reading meanwhile. Here it is as it is now.
doubt-refused-now = That cannot be done with the reading as it is.
doubt-refused-why = Say why, in 3 to 1,000 characters and without a CPR number.
doubt-refused-value = Write a number.
doubt-refused-unit = Write a unit that UCUM knows.
doubt-refused-number = There is no number there to correct.
doubt-refused-invalid = The reading would not be valid like that; look at the unit.
doubt-refused-same = That is what the reading says already.
doubt-refused-still = The reading would still not count: { $why }

answer-yes = yes
answer-no = no
policy-sign-in = To change something you must have signed in within the last ten minutes.
policy-sign-in-do = Sign in again
policy-staffed = Staffed hours
policy-staffed-help = When somebody looks at the worklist. Clear all days to remove a line; fill in the last one to add one.
policy-shift-n = Shift { $n }
policy-from = from
policy-to = to
policy-holidays = On public holidays too
policy-closed = Closed days
policy-closed-help = MM-DD with spaces, for example 12-24 12-31.
policy-zone = Time zone
policy-numbers = Targets and limits
policy-red-minutes = Red: somebody acts within
policy-yellow-days = Yellow: somebody acts within
policy-blue-days = Blue: somebody acts within
policy-green-days = Green again: somebody looks it through within
policy-quiet-red = Quiet after closing, red
policy-quiet-yellow = Quiet after closing, yellow
policy-quiet-blue = Quiet after closing, blue
policy-snooze-red = Longest snooze, red
policy-snooze-yellow = Longest snooze, yellow
policy-snooze-blue = Longest snooze, blue
policy-claim = How long one has an alert that one has taken
policy-remeasure = How long another reading is waited for
policy-confirm = Least distance of the reading that confirms
policy-persistence = Days within which a rule's days must fall
policy-minutes = minutes
policy-hours = hours
policy-days = days
policy-working-days = working days
policy-shadow = Rules on trial
policy-shadow-help = Codes of rules whose findings are written down and raise no alert, with spaces.
policy-preview = Show what changes
policy-will = This would change
policy-will-help = It holds for what happens from now on. Targets that are set already stay.
policy-save = Put in force
policy-same = Nothing would change.
policy-back = Back
policy-done = The change is in force.
policy-stale = Somebody else has changed something meanwhile. Here is what holds now. You wanted to change:
policy-unread = This cannot be read: { $what }
policy-unstaffed = There must be at least one shift with at least one day.
policy-shift = A shift ends later on the day than it begins.
policy-range = { $what }: between { $least } and { $most }.
policy-none = none
policy-history = What was decided before
policy-history-none = Nothing: the defaults hold.
policy-version = Version { $n }, set by { $name }
day-monday = Monday
day-tuesday = Tuesday
day-wednesday = Wednesday
day-thursday = Thursday
day-friday = Friday
day-saturday = Saturday
day-sunday = Sunday

team-help = A nurse sees the citizens of her own teams; a leader sees all. Citizens whom nobody assigned are in the team default.
team-citizens = { $n ->
    [one] One citizen
   *[other] { $n } citizens
}
team-change = Change name and district
team-new = New team
team-code = Code (small letters, digits, hyphen)
team-name = Name
team-district = District
team-save = Save
team-refused = A team needs a code of small letters, digits and hyphens, and a name of at most 100 characters.

rules-intro = Only findings of the pack in force become alerts. A pack on trial is evaluated beside it and raises nothing.
rules-active = In force
rules-shadow = On trial
rules-no-shadow = No pack is on trial.
rules-how = Packs are loaded and put in force on the server, by operations: pulsvagt rules use --shadow.
rules-unsigned = { $n ->
    [one] One rule has still to be approved clinically.
   *[other] { $n } rules have still to be approved clinically.
}
rules-counted = New findings in { $days } days
rules-rule = Rule
rules-evidence = Basis
rules-signed = Clinically approved
rules-citizens = Citizens
rules-kept = Kept out on trial
rules-off = not used
rules-trial = on trial
rules-not-signed = missing
rules-is-signed = not needed
rules-differences = What it would change
rules-same = Nothing: they judge alike.
rules-added = New rules
rules-removed = Rules that go
rules-changed = Rules that work otherwise
rules-limits = Limits that are different
rules-limit = Limit
evidence-published = published source
evidence-computed = computed on open data
evidence-remembered = remembered, not confirmed
evidence-proposal = proposal

intake-now = The last 48 hours
intake-received = Readings received
intake-doubtful = Of these, doubtful
intake-delay = From measured to received
intake-delay-told = half within { $median }, 95 of 100 within { $p95 }, the slowest { $most }
intake-nothing = Nothing has come.
intake-queue = Waiting to be written
intake-screening = Screening
intake-screening-told = { $lag } behind (alarm at { $alarm }); { $backlog } waiting, { $parked } cannot be screened
intake-waiting = Waiting for a decision
intake-devices = The devices that send most
intake-sum = Readings
intake-by-hour = Hour by hour
intake-bars = { $hours } hours: at most { $most } in an hour, { $last } in the last one
intake-silent = Silent devices
intake-silent-none = None is silent.
intake-what = What
intake-every = Agreed
intake-last = Last measured
intake-never = not in 120 days
seconds-short = { $n } s
