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
risk-of = Calculated probability of { $outcome }
risk-means = It supports your decision. It is never a reason to refuse care, and a low number is no clean bill of health.
risk-as-of = From what was known as { $day } began
risk-more = All that counts
risk-missing = missing
risk-usual = usual { $value }
risk-raises = raises × { $times }
risk-lowers = lowers ÷ { $times }
risk-approved = { $who } answers for its use here, until { $until }.
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

baseline-agreed = Agreed baseline
baseline-band = (usually between { $low } and { $high })
usual = Usually
contact-inpatient = Admission
contact-emergency = Emergency department
contact-other = Contact
contact-until = until { $day }
contact-still = not over yet
story-filter = Show only
story-all = Everything
story-alerts = Alerts
story-notes = Notes
story-calls = Calls
story-messages = Messages
story-contacts = Contacts and admissions
call-from-citizen = Call from the citizen
call-to-citizen = Call
message-from-citizen = Message from the citizen
message-to-citizen = Message to the citizen
preview-do = Try the limits
preview-title = Try the limits
preview-not-saved = The limits are not saved.
preview-wrong = Nothing can be computed with these limits.
preview-sentence = With these limits there would have been { $n ->
    [one] one alert
   *[other] { $n } alerts
  } in the last { $days ->
    [one] day
   *[other] { $days } days
  } ({ $m } with the present ones).
preview-red = Red: { $n } ({ $m } with the present ones).
preview-problem = { $problem }: { $n } ({ $m } with the present ones)
preview-means = Yellow and red alerts, computed once at the end of each day from the day's numbers. Live screening may see more; look at the difference.
changed-nothing = No difference from the version before.
changed-joined = Enrolled in { $what }.
changed-left = No longer enrolled in { $what }.
changed-from-to = { $what }: from { $before } to { $after }.
changed-baseline = Baseline of { $what }
changed-scale = NEWS2 scale { $n } of oxygen saturation is used.
changed-oxygen = The citizen has supplemental oxygen.
changed-no-oxygen = The citizen has no supplemental oxygen any longer.
not-measured = not measured
silence-critical = silence is dangerous
the-own = the citizen's own
devices = Devices
no-devices = No device has been heard of.
device-unknown = A device that is not described
device-newest = Newest reading { $at }.
device-never = Not heard of in 90 days.
device-silent = Silent for { $time }.
device-battery = Battery { $percent }% ({ $at })
tasks = Tasks
no-tasks = No open tasks.
task-urgent = Urgent.
task-due = By { $at }.
task-owner = With { $name }
letters = Drafts of texts
letters-help = The drafts are made from what this page shows. Nothing is sent from here: finish the text, and send it yourself.
letter-gp = Letter to the general practitioner
letter-citizen = Message to the citizen
letter-call = Note of a call
copy = Copy the text
copied = Copied
letter-why = Reason:
letter-measured = Newest readings:
letter-scores = Scores:
letter-contacts = Contacts and admissions in the last 90 days:
letter-alert = { $level }: { $why } (since { $at })
letter-value = { $what } { $value } ({ $day })
letter-usual = usually between { $low } and { $high }
letter-basis = Draft of { $at }, from readings as they were assessed { $screened }. What the rules say is no diagnosis.
letter-basis-unscreened = Draft of { $at }. The readings have not been assessed.
gp-head = About { $name }, CPR { $cpr }
    From { $from }, { $writer }, { $at }
gp-programmes = The citizen measures at home because of: { $programmes }.
gp-question = We ask you to assess:
    (write the question here)
citizen-head = Hello { $name }

    We have looked at your readings.
citizen-measured = This is what you measured:
citizen-ask = (write here what you ask of the citizen: measure again, call, wait for a visit)
citizen-foot = If you fall seriously ill, call 112. We do not watch the readings around the clock.

    Kind regards
    { $from }
call-head = Call { $at }
call-said = The citizen says:
    (write here)

    Agreed:
    (write here)

# Break-glass
break-glass = Open a citizen beyond your teams
break-glass-link = Is the citizen not in your teams, and it cannot wait?
break-glass-help = Only for care that cannot wait. Who opens whom and why is recorded; team leaders see it, and so can the citizen.
break-glass-reason = Why it cannot wait
break-glass-reason-help = 10 to 500 characters, without a CPR number.
break-glass-minutes = Open for so many minutes
break-glass-open = Open the citizen
break-glass-own = Open now
break-glass-until = Open until { $at }
break-glass-ended = Closed { $at }
break-glass-end = Close now
break-glass-wrong-number = Write the CPR number with ten characters.
break-glass-wrong-nobody = There is no citizen with that CPR number here.
break-glass-wrong-reason = Write why, in 10 to 500 characters and without a CPR number.
