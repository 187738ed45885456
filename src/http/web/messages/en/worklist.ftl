# The worklist, actions and handover.

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
district = District
team = Team
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

seen-help = Green and blue ones can be looked through in one go: they are closed without action. Red and yellow ones are looked at one by one.
seen-tick = Tick all green and blue ones here
seen-do = Close the ticked ones as seen
seen-one = Tick { $name }
done-seen = { $n ->
    [0] No alerts are closed.
    [one] 1 alert is closed as seen.
   *[other] { $n } alerts are closed as seen.
}
done-unseen = { $n ->
    [0] No alerts are open again.
    [one] 1 alert is open again.
   *[other] { $n } alerts are open again.
}
not-seen = These are open still:
not-seen-urgent = the level is { $level } now; look at it by itself.
not-seen-held = { $name } has taken it.
not-seen-aside = it is { $state }.
not-seen-changed = it has changed since the list was shown.

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
