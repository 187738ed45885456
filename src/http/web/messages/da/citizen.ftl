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
