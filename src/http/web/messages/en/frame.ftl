# The frame around all pages, errors and units.

product = Pulsvagt
skip = Skip to the content
nav = Pages
worklist = Worklist
worklist-title-red = ({ $n }) Worklist
handover = Handover
admin = Administration
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
accessibility = Accessibility statement
not-emergency = Pulsvagt is not an emergency service. In an emergency, call 112.
act-signed-out = You have been signed out. What you wrote is still here: sign in in another window, and try again here.
session-idle = Nothing has happened for a while, so you are about to be signed out. What you have written stays where it is.
session-stay = Stay signed in
session-last = You have been signed in for long and are about to be signed out. Save what you are writing.
own-account = My sign-in: change the password
careful = Careful:
unstaffed = Nobody is watching right now.

error-title = That did not work
error-400 = The page could not understand what it was asked for.
error-401 = You are not signed in.
error-403 = You may not see or do this.
error-404 = There is no such page, or you may not know of it.
error-429 = Too much was asked for at once. Wait a moment and try again.
error-500 = Something failed on our side. It is written down; try again.
error-503 = The database does not answer right now. Try again in a moment.
error-id = Number by which the operator finds the fault:

a11y-what = This page says how Pulsvagt's pages can be used by everybody. They have to meet EN 301 549 (WCAG 2.1 AA), which the law asks of public websites. It is our own assessment.
a11y-status-title = Status
a11y-status = The pages meet the requirements in part: we know of no fault, but they have not been tried by people who use assistive technology.
a11y-official-title = The municipality's statement
a11y-official = The law asks each municipality to make a statement of its own in the agency's WAS-Tool. It counts before what stands here.
a11y-official-of = Statement of { $name }
a11y-official-none = The municipality has not yet said where its statement is. Without it this is not ready to be used by citizens.
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
a11y-contact = Write to or call your municipality; its statement says where. If you have had no answer after 10 working days, or the answer is not satisfactory, you can turn to the Danish Agency for Digital Government, which supervises the law on web accessibility.
a11y-agency = How to turn to the Agency for Digital Government

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
