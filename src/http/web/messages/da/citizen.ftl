# Borgerens side for personalet.

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
risk-of = Beregnet sandsynlighed for { $outcome }
risk-means = Den støtter din beslutning. Den er aldrig en grund til at afvise pleje, og et lavt tal er ikke en rask borger.
risk-as-of = Ud fra det, der var kendt, da { $day } begyndte
risk-more = Alt, der tæller
risk-missing = mangler
risk-usual = sædvanligt { $value }
risk-raises = øger × { $times }
risk-lowers = mindsker ÷ { $times }
risk-approved = { $who } står inde for brugen her, til { $until }.
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

baseline-agreed = Aftalt udgangspunkt
baseline-band = (plejer at ligge mellem { $low } og { $high })
usual = Plejer
contact-inpatient = Indlæggelse
contact-emergency = Akutmodtagelse
contact-other = Kontakt
contact-until = til { $day }
contact-still = endnu ikke afsluttet
story-filter = Vis kun
story-all = Alt
story-alerts = Alarmer
story-notes = Notater
story-calls = Opkald
story-messages = Beskeder
story-contacts = Kontakter og indlæggelser
call-from-citizen = Opkald fra borgeren
call-to-citizen = Opkald
message-from-citizen = Besked fra borgeren
message-to-citizen = Besked til borgeren
preview-do = Prøv grænserne
preview-title = Prøv grænserne
preview-not-saved = Grænserne er ikke gemt.
preview-wrong = Med disse grænser kan der ikke regnes.
preview-sentence = Med disse grænser ville der have været { $n ->
    [one] én alarm
   *[other] { $n } alarmer
  } de seneste { $days ->
    [one] dag
   *[other] { $days } dage
  } ({ $m } med de nuværende).
preview-red = Røde: { $n } ({ $m } med de nuværende).
preview-problem = { $problem }: { $n } ({ $m } med de nuværende)
preview-means = Gule og røde alarmer, regnet én gang ved slutningen af hver dag ud fra døgnets tal. Løbende vurdering kan se flere; se på forskellen.
changed-nothing = Ingen forskel fra versionen før.
changed-joined = Tilmeldt { $what }.
changed-left = Afmeldt { $what }.
changed-from-to = { $what }: fra { $before } til { $after }.
changed-baseline = Udgangspunkt for { $what }
changed-scale = NEWS2-skala { $n } for iltmætning bruges.
changed-oxygen = Borgeren får ilttilskud.
changed-no-oxygen = Borgeren får ikke længere ilttilskud.
not-measured = måles ikke
silence-critical = tavshed er farlig
the-own = borgerens eget
devices = Udstyr
no-devices = Der er ikke hørt fra noget udstyr.
device-unknown = Ubeskrevet udstyr
device-newest = Nyeste måling { $at }.
device-never = Ikke hørt fra i 90 dage.
device-silent = Tavs i { $time }.
device-battery = Batteri { $percent } % ({ $at })
tasks = Opgaver
no-tasks = Ingen åbne opgaver.
task-urgent = Haster.
task-due = Senest { $at }.
task-owner = Hos { $name }
letters = Udkast til tekster
letters-help = Udkastene er skrevet ud fra oplysningerne på siden. Intet bliver sendt herfra: ret teksten til, og send den selv.
letter-gp = Korrespondance til egen læge
letter-citizen = Besked til borgeren
letter-call = Notat om et opkald
copy = Kopiér teksten
copied = Kopieret
letter-why = Anledning:
letter-measured = Seneste målinger:
letter-scores = Scorer:
letter-contacts = Kontakter og indlæggelser i de seneste 90 dage:
letter-alert = { $level }: { $why } (siden { $at })
letter-value = { $what } { $value } ({ $day })
letter-usual = plejer at ligge mellem { $low } og { $high }
letter-basis = Udkast af { $at } ud fra målinger, som de blev vurderet { $screened }. Reglernes vurdering er ikke en diagnose.
letter-basis-unscreened = Udkast af { $at }. Målingerne er ikke vurderet.
gp-head = Vedrørende { $name }, CPR { $cpr }
    Fra { $from }, { $writer }, { $at }
gp-programmes = Borgeren følges med hjemmemåling for: { $programmes }.
gp-question = Vi vil bede dig vurdere:
    (skriv spørgsmålet her)
citizen-head = Hej { $name }

    Vi har set på dine målinger.
citizen-measured = Det har du målt:
citizen-ask = (skriv her, hvad du vil bede borgeren om: måle igen, ringe, vente på besøg)
citizen-foot = Bliver du akut syg, så ring 112. Vi ser ikke på målingerne hele døgnet.

    Venlig hilsen
    { $from }
call-head = Opkald { $at }
call-said = Borgeren fortæller:
    (skriv her)

    Aftalt:
    (skriv her)

# Akut adgang
break-glass = Åbn en borger uden for dine teams
break-glass-link = Er borgeren ikke i dine teams, og kan det ikke vente?
break-glass-help = Kun til hjælp, der ikke kan vente. Det bliver gemt, hvem der åbner hvem og hvorfor; teamlederne ser det, og borgeren kan se det.
break-glass-reason = Hvorfor det ikke kan vente
break-glass-reason-help = 10 til 500 tegn, uden CPR-nummer.
break-glass-minutes = Åben i så mange minutter
break-glass-open = Åbn borgeren
break-glass-own = Åbne nu
break-glass-until = Åben til { $at }
break-glass-ended = Lukket { $at }
break-glass-end = Luk nu
break-glass-wrong-number = Skriv CPR-nummeret med ti tegn.
break-glass-wrong-nobody = Her er ingen borger med det CPR-nummer.
break-glass-wrong-reason = Skriv hvorfor i 10 til 500 tegn, uden CPR-nummer.
