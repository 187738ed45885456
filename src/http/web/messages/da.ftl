# Pulsvagts sider på dansk. Den anden fil, en.ftl, har de samme navne; en prøve passer på.

product = Pulsvagt
skip = Gå til indholdet
nav = Sider
worklist = Arbejdsliste
worklist-title-red = ({ $n }) Arbejdsliste
handover = Overlevering
search = Søg
search-label = Find borger efter navn eller CPR-nummer
search-hint = Navn eller CPR
search-help = Skriv begyndelsen af fornavn eller efternavn, eller et helt CPR-nummer. Det, du skriver, gemmes ikke.
search-found = { $n ->
    [0] Ingen borgere fundet.
    [one] Én borger fundet.
   *[other] { $n } borgere fundet.
}
search-more = Der er flere; skriv mere af navnet.
in-english = English
in-danish = Dansk
sign-out = Log ud
accessibility = Tilgængelighed
not-emergency = Pulsvagt er ikke en alarmcentral. Ved akut sygdom: ring 112.
careful = Pas på:
unstaffed = Ingen holder øje lige nu.

level = Niveau
level-red = Rød
level-yellow = Gul
level-blue = Blå
level-green = Grøn
overdue = Overskredet
all = Alle
counts = Antal alarmer efter niveau
count-overdue = { $n ->
    [one] 1 over fristen.
   *[other] { $n } over fristen.
}
count-snoozed = { $n ->
    [one] 1 udsat.
   *[other] { $n } udsatte.
}
count-pending = { $n ->
    [one] 1 afventer en ny måling.
   *[other] { $n } afventer en ny måling.
}
count-restricted = { $n ->
    [one] 1 vises ikke, fordi borgerens data er begrænset.
   *[other] { $n } vises ikke, fordi borgernes data er begrænset.
}
filters = Vælg, hvad listen viser
programme = Program
programmes = Programmer
only-mine = Kun mine
only-overdue = Kun over fristen
only-silent = Kun udeblevne målinger
also-snoozed = Også udsatte
show = Vis
empty = Ingen alarmer på listen.
empty-means = Det betyder ikke, at alle har det godt: den, der ikke har målt nok, kan ikke vurderes.
next-page = Vis de næste
citizen = Borger
years = { $n } år
why = Hvorfor
problem = Problem
limit-personal = personlig grænse { $limit }
limit-standard = grænse { $limit }
missing = Mangler: { $what }
unsigned = ikke klinisk godkendt
spark-none = { $what }: ingen målinger i 14 dage
spark-told = { $what }, 14 dage: { $days ->
    [one] én dag med måling
   *[other] { $days } dage med måling
}, fra { $first } til { $last }
waited = Ventet
target = Frist
late-by = { $time } over
newest = Nyest
newest-none = ingen i 14 dage
ago = for { $time } siden
nobody-has-it = Ingen har den
yours-until = Du har den til { $until }
held-until = { $name } har den til { $until }
who-has-it = Hvem har den
somebody-has-it = En anden har taget den. Du kan skrive en note; resten er den andens, til den gives fri eller tiden løber ud.
more = Handl
story = Forløb

claim = Tag
take-back = Tag tilbage
release = Frigiv
release-help = Så kan andre tage den.
undo = Fortryd
acts-for = Handlinger for { $name }
acts-claim-first = Alarmen bliver din i samme øjeblik.
close = Luk
close-outcome = Hvad kom der ud af det?
close-note = Hvad gjorde du?
close-do = Luk alarmen
choose = Vælg …
escalate = Giv videre
escalate-to = Til hvem?
escalate-help = Pulsvagt ringer og skriver ikke selv: det gør du.
escalate-do = Giv videre
to-gp = egen læge
to-emergency = 112
to-lead = teamleder
snooze = Udsæt
snooze-for = Hvor længe?
snooze-reason = Hvorfor?
snooze-do = Udsæt
snooze-4h = 4 timer
snooze-1d = 1 døgn
snooze-2d = 2 døgn
snooze-3d = 3 døgn
snooze-1w = 1 uge
snooze-30d = 30 dage
call-back = Ring tilbage
call-back-at = Hvornår?
call-back-do = Aftal
remeasure = Ny måling
remeasure-help = Bed borgeren om at måle igen. Alarmen venter på målingen.
remeasure-do = Afvent ny måling
note = Note
note-do = Gem note
reopen = Åbn igen

done-claim = Du har taget { $name }.
done-release = { $name } er givet fri.
done-remeasure = { $name } afventer en ny måling.
done-call-back = Opkald til { $name } er aftalt.
done-escalate = { $name } er givet videre. Husk selv at ringe.
done-snooze = { $name } er udsat. Bliver det værre, kommer alarmen tilbage af sig selv.
done-close = { $name } er lukket.
done-note = Noten om { $name } er gemt.
done-reopen = { $name } er åbnet igen.
not-done = Det blev ikke gjort
meanwhile = Det skete imens
you-wrote = Det, du skrev
as-it-is-now = Sådan er det nu
was-faster = { $name } var hurtigere. Intet af det, du gjorde, er gemt; se, hvad der er sket, før du går videre.
readings-were-faster = Nye målinger eller tiden har ændret alarmen, mens du så på den. Intet af det, du gjorde, er gemt; se den igen.
refused-held = { $name } har taget alarmen til { $until }.
refused-claim-first = Tag alarmen først.
refused-state = Det kan ikke gøres nu: alarmen er { $state }.
refused-already-open = Der er allerede en åben alarm om samme problem.
refused-text = Der mangler en tekst, eller den er længere end { $most } tegn.
refused-time = Tidspunktet skal være senere end nu og senest { $latest }.
refused-snooze = En alarm på dette niveau kan ikke udsættes.
act-failed = Det kunne ikke sendes. Prøv igen.

state-pending = afventende
state-new = ny
state-claimed = taget
state-waiting = afventende
state-escalated = givet videre
state-snoozed = udsat
state-closed = lukket
parked-snoozed = Udsat til { $until }
parked-escalated = Givet videre til { $to }
parked-remeasure = Afventer ny måling til { $until }
parked-call-back = Ring tilbage { $until }

outcome-no-action = Ingen handling
outcome-advice = Rådgivning
outcome-remeasure-normal = Ny måling normal
outcome-visit = Besøg
outcome-gp = Egen læge
outcome-ed = Akutmodtagelse
outcome-admission = Indlæggelse
outcome-technical = Teknisk
outcome-false-alarm = Falsk alarm

did-raise = Alarmen opstod.
did-merge = Nye målinger kom til.
did-confirm = En ny måling bekræftede den.
did-break-through = Det blev værre, og alarmen kom tilbage.
did-answer = Den nye måling kom, og problemet er der stadig.
did-clear = Målingerne er igen inden for grænserne.
did-run-out = Tiden løb ud, og alarmen er på listen igen.
did-claim = { $by } tog den.
did-release = { $by } gav den fri.
did-remeasure = { $by } bad om en ny måling.
did-call-back = { $by } aftalte at ringe tilbage.
did-escalate = { $by } gav den videre til { $to }.
did-snooze = { $by } udsatte den.
did-note = { $by } skrev en note.
did-close = { $by } lukkede den: { $outcome }.
did-reopen = { $by } åbnede den igen.

keys = Genveje
key-next = Næste
key-previous = Forrige
key-open = Åbn borgeren
key-claim = Tag
key-snooze = Udsæt
key-escalate = Giv videre
key-close = Luk
key-search = Søg
key-help = Vis genveje
close-dialog = Luk vinduet
stream-lost = Forbindelsen er afbrudt. Listen kan være forældet; den opdateres, så snart forbindelsen er der igen.
stream-new = Ny alarm:
stream-changed = Alarmen er ændret, mens du skriver. Gem dit arbejde eller luk feltet for at se den nye.

handover-as-of = { $municipality }, { $at }: { $n ->
    [one] én åben alarm
   *[other] { $n } åbne alarmer
}
handover-help = Udskriften har navne på borgere: den hører til i makulatoren bagefter.
handover-more = Der er flere alarmer, end arket har plads til.
print = Udskriv
remarks = Bemærkninger

alert-title = Alarm: { $name }
alerts = Alarmer
no-alerts = Ingen åbne alarmer.
to-worklist = Til arbejdslisten
to-citizen = Til borgeren
to-start = Til forsiden
on-this-page = På denne side
cpr = CPR
age = Alder
phone = Telefon
address = Adresse
protected = Navne- og adressebeskyttelse
protected-means = Adresse og telefonnummer vises ikke.
measurements = Målinger
days-90 = 90 dage
nothing-measured = Der er ikke målt noget i 90 dage.
chart-none = { $what } er ikke målt i 90 dage.
chart-newest = Nyeste { $value } ({ $day }), mellem { $low } og { $high }
chart-label = Graf over { $what }. { $newest }
chart-whole = Vis hele perioden
chart-help = Træk vandret for at se enkelte målinger
chart-reading = Måling
chart-marks = Alarm
as-table = { $what } som tabel
day = Dag
least-greatest = Mindst–størst
readings = Målinger
not-scored = Usikker: vurderes ikke
doubtful = { $n ->
    [one] Én usikker måling, som ikke vurderes
   *[other] { $n } usikre målinger, som ikke vurderes
}
baseline = Udgangspunkt
limit-red = Rød grænse
limit-yellow = Gul grænse
own-limit = (personlig)
findings = Vurdering
partial = delvis
score-of = { $n } af { $all } parametre
score-three = Mindst én parameter giver 3.
score-missing = Mangler: { $what }
score-partial-means = En delvis score kan kun blive højere.
score-oldest = Ældste måling er { $time } gammel
score-none = Der er ikke målt nok til en score.
screened-at = Vurderet { $at }
never-screened = Borgeren er endnu ikke vurderet.
no-findings = Ingen regel siger noget. Se også, hvad der ikke kunne vurderes.
quiet-rules = { $n ->
    [one] Én regel, som ikke siger noget eller ikke kan vurderes
   *[other] { $n } regler, som ikke siger noget eller ikke kan vurderes
}
verdict-clear = I orden
verdict-holding = Bedre, men ikke overstået
verdict-not-applicable = Gælder ikke
verdict-not-evaluable = Kan ikke vurderes
why-do-i-see = Hvorfor ser jeg det?
looked-at = Så på
limits = Grænser
newest-reading = Nyeste måling
rule = Regel
sign-off = Klinisk godkendelse
unsigned-long = Mangler: en kliniker har endnu ikke godkendt reglen.
sign-off-not-needed = Kræves ikke: reglen følger en offentliggjort kilde.
sign-off-unknown = Ukendt: reglen er fra en anden version.
no-story = Der er ikke sket noget endnu.
plan = Plan
cadence = Hvor tit der måles
every-hours = { $hours ->
    [24] hver dag
    [168] hver uge
   *[other] hver { $hours }. time
}
no-limits = Der er ingen grænser, som kan ændres.
limits-help = Et tomt felt betyder, at regelsættets grænse gælder. Borgeren vurderes igen, når du gemmer.
limits-do = Gem grænser
more-limits = Grænser i regler for alle
limit-range = Regelsættets grænse er { $standard }; tilladt er { $least } til { $most }.
limit-refused = Kan ikke bruges.
limits-refused = Grænserne er ikke gemt. Ret dem, der er markeret: de er ikke et tal, ligger uden for det tilladte, eller gul og rød modsiger hinanden.
worse-low = Lavere er værre.
worse-high = Højere er værre.
the-standard = regelsættets
plan-history = Ændringer
plan-none = Der er ikke aftalt en plan.
plan-version = Version { $n }, { $name }
plan-stale = En anden har ændret planen, mens du skrev. Intet af det, du skrev, er gemt; se den nye plan først.

me-title = Mine målinger
me-hello = { $name }
me-emergency-title = Er du syg nu?
me-call-112 = Ring 112 ved akut sygdom
me-staffed = Der er nogen, der ser på målingerne nu.
me-unstaffed = Lige nu ser ingen på målingerne.
me-measured = Det har du målt
me-not-measured = Ikke målt i 90 dage.
me-today = I dag.
me-on = Målt den { $day }
me-alike = Omtrent som ugen før.
me-higher = Højere end ugen før.
me-lower = Lavere end ugen før.
me-seen = Hvem har set mine oplysninger
me-seen-help = Kommunen kan fortælle dig, hvem det var.
me-seen-none = Ingen endnu.
me-refused = afvist

error-title = Det gik ikke
error-400 = Siden kunne ikke forstå det, den blev bedt om.
error-401 = Du er ikke logget ind.
error-403 = Det må du ikke se eller gøre.
error-404 = Den side findes ikke, eller du må ikke kende til den.
error-429 = Der blev bedt om for meget på én gang. Vent et øjeblik, og prøv igen.
error-500 = Der skete en fejl hos os. Den er skrevet ned; prøv igen.
error-503 = Databasen svarer ikke lige nu. Prøv igen om lidt.

a11y-what = Denne side siger, hvordan Pulsvagts sider kan bruges af alle. De skal opfylde EN 301 549 (WCAG 2.1 AA), som loven kræver af offentlige websteder. Det er en egenvurdering.
a11y-how-title = Sådan er siderne lavet
a11y-keyboard = Alt kan gøres med tastaturet alene.
a11y-colour = Farver står aldrig alene: hvert niveau har et tegn og et ord.
a11y-zoom = Siderne kan forstørres til 200 % og bruges på en skærm, der er 320 punkter bred.
a11y-script = Alt virker uden JavaScript, bortset fra at listen så ikke opdateres af sig selv.
a11y-table = Hver graf findes også som tabel.
a11y-language = Siderne er på dansk og engelsk.
a11y-tested-title = Sådan er det prøvet
a11y-tested = Hver side prøves automatisk med axe-core i en rigtig browser, på begge sprog og i flere tilstande, hver gang der ændres noget. Siderne er endnu ikke prøvet med brugere af skærmlæsere.
a11y-not-title = Det opfylder vi ikke endnu
a11y-not = Vi kender ingen fejl, men prøven med mennesker mangler.
a11y-contact-title = Fandt du en fejl?
a11y-contact = Skriv til din kommune. Hører du ikke fra den, kan du klage til Digitaliseringsstyrelsen.

at-time = kl. { $time }
at-date-time = { $date } kl. { $time }
minutes-short = { $n } min
hours-short = { $n } t
days-short = { $n } d
unit-per-minute = /min
unit-hours = timer
unit-days = dage
unit-steps = skridt
month-1 = jan.
month-2 = feb.
month-3 = mar.
month-4 = apr.
month-5 = maj
month-6 = jun.
month-7 = jul.
month-8 = aug.
month-9 = sep.
month-10 = okt.
month-11 = nov.
month-12 = dec.
