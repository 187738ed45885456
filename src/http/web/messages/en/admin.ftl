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
section-break-glass = Opened beyond teams
section-break-glass-about = Who has opened a citizen beyond their teams, and why.

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
team-members = Who works here
team-members-none = Nobody. Whoever is in no team sees the citizens of the team default.
team-member-since = since { $day }
team-member-end = Take off the team
team-member-add = Put somebody on the team
team-member-account = Somebody with an account here
team-member-other = somebody else
team-member-subject = Somebody else: user name with whoever signs them in
team-member-issuer = Who signs them in (empty: the same as you)
team-member-refused = Choose somebody, or write a user name of at most 200 characters that is no CPR number.
team-hours = Looks at the list
team-hours-common = when the municipality does
team-hours-change = Change the hours
team-hours-help = This is what citizens of the team are told. Without days the municipality's hours hold. Targets of alerts always go by the municipality's hours.
team-hours-refused = Each shift needs a day at least, and ends after it begins.

rules-intro = Only findings of the pack in force become alerts. A pack on trial is evaluated beside it and raises nothing.
rules-active = In force
rules-shadow = On trial
rules-no-shadow = No pack is on trial.
rules-end = End the trial
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
rules-signed-with = with the pack
rules-retired = Not in use
rules-all = All rule packs
rules-state = State
rules-since = since { $when }
rules-meant = Meant for
rules-hash = Known by
rules-look = See what it would have done, sign, put in force
rules-look-active = See the pack, and who answers for it
rules-text = The pack's text as a file
rules-sign-in-do = Sign in again in another window, then press once more here
rules-upload = Put a pack on trial
rules-upload-help = The pack is evaluated beside the one in force and raises no alerts. If there are faults in it, nothing is kept. At most three are on trial at a time.
rules-file = Take the text from a file
rules-pack = The pack's text (TOML)
rules-try = Put on trial
rules-full = Three packs are on trial already. End one of the trials first.
rules-in-force = That is the pack in force.
rules-faulty = { $n ->
    [one] There is a fault in the pack. Nothing was kept.
   *[other] There are { $n } faults in the pack. Nothing was kept.
}
rules-line = Line { $n }
rules-history = What has been in force
rules-history-none = Nobody has put another pack in force.
rules-used = { $pack } was put in force by { $by }
rules-earlier = Packs that are not in use
rules-until = since { $when }
rules-before = the one before
rules-has-signed = signed
rules-compared = What it would have said
rules-compared-help = Citizens by the most urgent that each pack has said of them since { $when }. What stood already when the trial began may be counted for the pack on trial only.
rules-compared-none = Neither pack has said anything yet. All citizens are evaluated within a short time.
rules-only-trial = Only on trial
rules-only-force = Only in force
rules-higher = More urgent on trial
rules-lower = Less urgent on trial
rules-alike = Alike
rules-any = Whatever the rule
rules-misfits = Citizens' own limits
rules-misfits-none = All personal limits go with the pack.
rules-misfits-told = { $n ->
    [one] One citizen has personal limits that the pack has no use for. They are passed over until the plan is changed.
   *[other] { $n } citizens have personal limits that the pack has no use for. They are passed over until the plans are changed.
}
rules-misfit-unknown = Not in the pack
rules-misfit-range = Outside what is allowed; the pack's own limit counts
rules-misfit-order = Red less far out than yellow; they count as they are
rules-signing = Who answers for it
rules-nobody-signed = Nobody has signed the pack yet.
rules-signed-by = { $name }, { $role }, { $when } (put in by { $by })
rules-sign-help = It is this very text that is signed. Another text is another pack.
rules-sign-by = Who answers for the pack clinically
rules-sign-as = As what, for example consultant in charge
rules-sign = Sign
rules-sign-wrong = Write a name and a function, each at most 100 characters and without a CPR number.
rules-use = Put it in force
rules-use-help = It takes the place of the pack in force at once, and all citizens are evaluated again. You can always go back to the one before.
rules-use-not = It can be put in force when somebody has signed it.
rules-use-do = Put in force now
rules-reason = Why?
rules-reason-wrong = Say why, in 3 to 1,000 characters and without a CPR number.
rules-stale = Another pack has been put in force meanwhile. Here is what this one would change now.
rules-not-signed-yet = It cannot be put in force before somebody has signed it.
rules-end-help = What it has said is kept to be compared.
rules-done-trial = The pack is on trial.
rules-done-sign = The signature is kept.
rules-done-use = The pack is in force. All citizens are evaluated again.
rules-done-end = The trial has ended.
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
intake-certificates = Certificates
intake-certificates-none = The server has none of its own: a proxy in front of it speaks TLS.
intake-certificate-server = The server's
intake-certificate-ca = Issuer of clients' certificates
intake-certificate-of = { $name } (as it last came with)
intake-certificate-until = valid until { $when }
intake-certificate-renew = { $name } runs out in { $days ->
    [0] less than a day
    [one] one day
   *[other] { $days } days
}. It has to be renewed.
intake-refused = Refused and in doubt, seven days
intake-refused-none = Nothing was refused.
intake-sender = Sender or device
intake-what-came = What became of it
intake-kept = kept, does not count
intake-not-kept = refused
intake-day = 24 hours
intake-week = 7 days
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

# Opened beyond teams
break-glass-list-help = Each time that somebody has opened a citizen beyond their teams, newest first.
break-glass-list-none = Nobody has opened anybody.
break-glass-when = When
break-glass-by = Who
break-glass-whom = Citizen
break-glass-why = Why
break-glass-state = State
