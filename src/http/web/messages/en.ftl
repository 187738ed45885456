# Pulsvagt's pages in English. The other file, da.ftl, has the same names; a test looks.

product = Pulsvagt
skip = Skip to the content
nav = Pages
worklist = Worklist
worklist-title-red = ({ $n }) Worklist
handover = Handover
search = Search
search-label = Find a citizen by name or CPR number
search-hint = Name or CPR
search-help = Type the beginning of a given or family name, or a whole CPR number. What you type is not kept.
search-found = { $n ->
    [0] No citizens found.
    [one] One citizen found.
   *[other] { $n } citizens found.
}
search-more = There are more; type more of the name.
in-english = English
in-danish = Dansk
sign-out = Sign out
accessibility = Accessibility
not-emergency = Pulsvagt is not an emergency service. In an emergency, call 112.
careful = Careful:
unstaffed = Nobody is watching right now.

level = Level
level-red = Red
level-yellow = Yellow
level-blue = Blue
level-green = Green
overdue = Overdue
all = All
counts = Alerts by level
count-overdue = { $n } past the target.
count-snoozed = { $n } snoozed.
count-pending = { $n ->
    [one] 1 waits for a second measurement.
   *[other] { $n } wait for a second measurement.
}
count-restricted = { $n ->
    [one] 1 is not shown because the citizen's data is restricted.
   *[other] { $n } are not shown because the citizens' data is restricted.
}
filters = Choose what the list shows
programme = Programme
programmes = Programmes
only-mine = Only mine
only-overdue = Only overdue
only-silent = Only missing measurements
also-snoozed = Snoozed too
show = Show
empty = No alerts on the list.
empty-means = That does not mean that everybody is well: who has not measured enough cannot be assessed.
next-page = Show the next ones
citizen = Citizen
years = { $n } years
why = Why
problem = Problem
limit-personal = personal limit { $limit }
limit-standard = limit { $limit }
missing = Missing: { $what }
unsigned = not clinically signed
spark-none = { $what }: no measurements in 14 days
spark-told = { $what }, 14 days: { $days ->
    [one] one day with a measurement
   *[other] { $days } days with measurements
}, from { $first } to { $last }
waited = Waited
target = Target
late-by = { $time } late
newest = Newest
newest-none = none in 14 days
ago = { $time } ago
nobody-has-it = Nobody has it
yours-until = Yours until { $until }
held-until = { $name } has it until { $until }
who-has-it = Who has it
somebody-has-it = Somebody else has taken it. You can write a note; the rest is theirs until it is released or the time runs out.
more = Act
story = History

claim = Claim
take-back = Take back
release = Release
release-help = Others can take it then.
undo = Undo
acts-for = Actions for { $name }
acts-claim-first = The alert becomes yours at the same moment.
close = Close
close-outcome = What came of it?
close-note = What did you do?
close-do = Close the alert
choose = Choose …
escalate = Escalate
escalate-to = To whom?
escalate-help = Pulsvagt does not call or write by itself: you do.
escalate-do = Escalate
to-gp = the general practitioner
to-emergency = 112
to-lead = the team leader
snooze = Snooze
snooze-for = For how long?
snooze-reason = Why?
snooze-do = Snooze
snooze-4h = 4 hours
snooze-1d = 1 day
snooze-2d = 2 days
snooze-3d = 3 days
snooze-1w = 1 week
snooze-30d = 30 days
call-back = Call back
call-back-at = When?
call-back-do = Agree
remeasure = Re-measure
remeasure-help = Ask the citizen to measure again. The alert waits for it.
remeasure-do = Wait for a re-measure
note = Note
note-do = Save note
reopen = Open again

done-claim = You have claimed { $name }.
done-release = { $name } is released.
done-remeasure = { $name } waits for another measurement.
done-call-back = The call to { $name } is agreed.
done-escalate = { $name } is escalated. Remember to call.
done-snooze = { $name } is snoozed. If it gets worse, the alert comes back by itself.
done-close = { $name } is closed.
done-note = The note about { $name } is saved.
done-reopen = { $name } is open again.
not-done = It was not done
meanwhile = What happened meanwhile
you-wrote = What you wrote
as-it-is-now = How it is now
was-faster = { $name } was faster. Nothing of what you did is saved; look at what has happened before you go on.
readings-were-faster = New readings or the time have changed the alert while you looked at it. Nothing of what you did is saved; look again.
refused-held = { $name } has claimed the alert until { $until }.
refused-claim-first = Claim the alert first.
refused-state = This cannot be done now: the alert is { $state }.
refused-already-open = There is an open alert about the same problem already.
refused-text = A text is missing, or longer than { $most } characters.
refused-time = The time has to be later than now and not later than { $latest }.
refused-snooze = An alert of this level cannot be snoozed.
act-failed = It could not be sent. Try again.

state-pending = pending
state-new = new
state-claimed = claimed
state-waiting = waiting
state-escalated = escalated
state-snoozed = snoozed
state-closed = closed
parked-snoozed = Snoozed until { $until }
parked-escalated = Escalated to { $to }
parked-remeasure = Waits for a re-measure until { $until }
parked-call-back = Call back { $until }

outcome-no-action = No action
outcome-advice = Advice
outcome-remeasure-normal = Re-measure was normal
outcome-visit = Visit
outcome-gp = General practitioner
outcome-ed = Emergency department
outcome-admission = Admission
outcome-technical = Technical
outcome-false-alarm = False alarm

did-raise = The alert was raised.
did-merge = New readings were added.
did-confirm = Another measurement confirmed it.
did-break-through = It got worse, and the alert came back.
did-answer = The re-measure has come, and the problem is still there.
did-clear = The readings are within the limits again.
did-run-out = The time ran out, and the alert is on the list again.
did-claim = { $by } claimed it.
did-release = { $by } released it.
did-remeasure = { $by } asked for a re-measure.
did-call-back = { $by } agreed to call back.
did-escalate = { $by } escalated it to { $to }.
did-snooze = { $by } snoozed it.
did-note = { $by } wrote a note.
did-close = { $by } closed it: { $outcome }.
did-reopen = { $by } opened it again.

keys = Keys
key-next = Next
key-previous = Previous
key-open = Open the citizen
key-claim = Claim
key-snooze = Snooze
key-escalate = Escalate
key-close = Close
key-search = Search
key-help = Show the keys
close-dialog = Close the window
stream-lost = The connection is lost. The list may be out of date; it is brought up to date as soon as the connection is back.
stream-new = New alert:
stream-changed = The alert has changed while you write. Save your work or close the field to see the new one.

handover-as-of = { $municipality }, { $at }: { $n ->
    [one] one open alert
   *[other] { $n } open alerts
}
handover-help = The sheet has names of citizens on it: shred it afterwards.
handover-more = There are more alerts than the sheet has room for.
print = Print
remarks = Remarks

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

error-title = That did not work
error-400 = The page could not understand what it was asked for.
error-401 = You are not signed in.
error-403 = You may not see or do this.
error-404 = There is no such page, or you may not know of it.
error-429 = Too much was asked for at once. Wait a moment and try again.
error-500 = Something failed on our side. It is written down; try again.
error-503 = The database does not answer right now. Try again in a moment.

a11y-what = This page says how Pulsvagt's pages can be used by everybody. They have to meet EN 301 549 (WCAG 2.1 AA), which the law asks of public websites. It is our own assessment.
a11y-how-title = How the pages are made
a11y-keyboard = Everything can be done by keyboard alone.
a11y-colour = Colours never stand alone: each level has a sign and a word.
a11y-zoom = The pages can be enlarged to 200 % and used on a screen 320 points wide.
a11y-script = Everything works without JavaScript, but that the list then does not change by itself.
a11y-table = Each chart is there as a table too.
a11y-language = The pages are in Danish and English.
a11y-tested-title = How this is tested
a11y-tested = Each page is tested automatically with axe-core in a real browser, in both languages and several states, whenever something changes. The pages have not yet been tried by users of screen readers.
a11y-not-title = What we do not meet yet
a11y-not = We know of no fault, but the trial with people is missing.
a11y-contact-title = Did you find a fault?
a11y-contact = Write to your municipality. If you do not hear from it, you can complain to the Danish Agency for Digital Government.

at-time = { $time }
at-date-time = { $date }, { $time }
minutes-short = { $n } min
hours-short = { $n } h
days-short = { $n } d
unit-per-minute = /min
unit-hours = hours
unit-days = days
unit-steps = steps
month-1 = Jan
month-2 = Feb
month-3 = Mar
month-4 = Apr
month-5 = May
month-6 = Jun
month-7 = Jul
month-8 = Aug
month-9 = Sep
month-10 = Oct
month-11 = Nov
month-12 = Dec
