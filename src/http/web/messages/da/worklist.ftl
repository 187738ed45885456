# Arbejdslisten, handlinger og overlevering.

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
district = Distrikt
team = Team
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

seen-help = Grønne og blå kan ses igennem samlet: de lukkes uden handling. Røde og gule skal ses én for én.
seen-tick = Sæt kryds ved alle grønne og blå her
seen-do = Luk de afkrydsede som set
seen-one = Sæt kryds ved { $name }
done-seen = { $n ->
    [0] Ingen alarmer er lukket.
    [one] 1 alarm er lukket som set.
   *[other] { $n } alarmer er lukket som set.
}
done-unseen = { $n ->
    [0] Ingen alarmer er åbnet igen.
    [one] 1 alarm er åbnet igen.
   *[other] { $n } alarmer er åbnet igen.
}
not-seen = Disse er stadig åbne:
not-seen-urgent = niveauet er nu { $level }; se den for sig.
not-seen-held = { $name } har taget den.
not-seen-aside = den er { $state }.
not-seen-changed = den er ændret, siden listen blev vist.

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
