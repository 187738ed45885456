# Administration.

sections = Dele af administrationen
section-quarantine = Tvivlsomme målinger
section-quarantine-about = Målinger, der ikke kan passe, og som venter på et menneske.
section-settings = Regler for alarmer
section-settings-about = Bemandede tider, frister og hvor længe noget kan udsættes.
section-teams = Teams
section-teams-about = Hvem der ser efter hvem.
section-rules = Regelpakker
section-rules-about = Hver regel, hvor den kommer fra, og om den er klinisk godkendt.
section-ingestion = Modtagelse
section-ingestion-about = Hvad der kommer ind, hvor sent det kommer, og hvilke enheder der er tavse.
section-break-glass = Akutte adgange
section-break-glass-about = Hvem der har åbnet en borger uden for sine teams, og hvorfor.

doubt-intro = Disse målinger kan ikke passe. De er gemt, men tæller ikke med, før nogen har besluttet det.
doubt-counts = Hvad der venter, efter enhed og grund
doubt-device = Enhed
doubt-no-device = uden enhed
doubt-reason = Grund
doubt-number = Antal
doubt-oldest = Ældste
doubt-implausible = Værdien er uden for det mulige.
doubt-clock-ahead = Enhedens ur er foran: målingen er taget i fremtiden.
doubt-clock-behind = Enhedens ur er gået i stå: målingen er fra før 1970.
doubt-unit-unknown = Enheden for tallet er ikke kendt for denne slags måling.
doubt-not-final = Målingen står ikke ved magt.
doubt-end-before-start = Målingen slutter, før den begynder.
doubt-waiting = Venter
doubt-decided = Besluttet
doubt-to-waiting = Vis dem, der venter
doubt-to-decided = Vis dem, der er besluttet
doubt-to-all = Vis alle
doubt-none = Ingen målinger her.
doubt-usual = Sidst talt
doubt-taken = Målt
doubt-no-time = uden tidspunkt
doubt-received = Modtaget
doubt-why = Hvorfor? Skriv, hvad du ved.
doubt-fix = Ret den
doubt-fix-help = Udfyld kun det, der var forkert. Det, der blev sendt, bliver i historikken.
doubt-value = tal
doubt-unit = enhed
doubt-fix-do = Ret målingen
doubt-accept-do = Den er rigtig: lad den tælle
doubt-reject-do = Den er forkert: lad den ikke tælle
doubt-is-accepted = Tæller.
doubt-is-rejected = Forkert.
doubt-is-fixed = Rettet.
doubt-is-changed = Rettet af afsenderen.
doubt-done-accept = { $what } for { $name } tæller nu.
doubt-done-reject = { $what } for { $name } er markeret som forkert.
doubt-done-fix = { $what } for { $name } er rettet og tæller nu.
doubt-done-undo = { $what } for { $name } venter igen.
doubt-done-all = { $n ->
    [0] Ingen målinger blev ændret.
    [one] Én måling er besluttet.
   *[other] { $n } målinger er besluttet.
} { $left ->
    [0] Ingen af dem venter mere.
   *[other] Nogle venter stadig.
}
doubt-all = Alle på én gang
doubt-all-help = Gælder alle målinger fra denne enhed, der venter af denne grund, og som du har kunnet se her; højst 200 ad gangen. En rettelse, der ikke gør en måling mulig, lader den vente.
doubt-decision = Hvad skal der ske?
doubt-all-fix = Ret enheden for tallet
doubt-all-unit = Enheden, tallet i virkeligheden er i (UCUM; pund er [lb_av])
doubt-all-do = Beslut for alle
doubt-stale = En anden har ændret målingen imens. Her er den, som den er nu.
doubt-refused-now = Det kan ikke gøres ved målingen, som den er.
doubt-refused-why = Skriv hvorfor, med 3 til 1.000 tegn og uden CPR-nummer.
doubt-refused-value = Skriv et tal.
doubt-refused-unit = Skriv en enhed, som UCUM kender.
doubt-refused-number = Der er intet tal at rette dér.
doubt-refused-invalid = Målingen ville ikke være gyldig sådan; se på enheden.
doubt-refused-same = Det er, hvad målingen siger i forvejen.
doubt-refused-still = Målingen ville stadig ikke tælle: { $why }

answer-yes = ja
answer-no = nej
policy-sign-in = For at ændre noget skal du have logget ind inden for de sidste ti minutter.
policy-sign-in-do = Log ind igen
policy-staffed = Bemandede tider
policy-staffed-help = Hvornår nogen ser på arbejdslisten. Fjern alle dage for at fjerne en linje; udfyld den sidste for at tilføje en.
policy-shift-n = Vagt { $n }
policy-from = fra
policy-to = til
policy-holidays = Også på helligdage
policy-closed = Lukkede dage
policy-closed-help = MM-DD med mellemrum, for eksempel 12-24 12-31.
policy-zone = Tidszone
policy-numbers = Frister og grænser
policy-red-minutes = Rød: nogen handler inden for
policy-yellow-days = Gul: nogen handler inden for
policy-blue-days = Blå: nogen handler inden for
policy-green-days = Grøn igen: nogen ser den igennem inden for
policy-quiet-red = Ro efter lukning, rød
policy-quiet-yellow = Ro efter lukning, gul
policy-quiet-blue = Ro efter lukning, blå
policy-snooze-red = Længste udsættelse, rød
policy-snooze-yellow = Længste udsættelse, gul
policy-snooze-blue = Længste udsættelse, blå
policy-claim = Så længe har man en alarm, man har taget
policy-remeasure = Så længe ventes der på en ny måling
policy-confirm = Mindste afstand til den måling, der bekræfter
policy-persistence = Dage, som en regels dage skal falde inden for
policy-minutes = minutter
policy-hours = timer
policy-days = dage
policy-working-days = arbejdsdage
policy-shadow = Regler på prøve
policy-shadow-help = Koder for regler, hvis fund skrives ned og ikke bliver til alarmer, med mellemrum.
policy-preview = Vis, hvad der ændres
policy-will = Det vil blive ændret
policy-will-help = Det gælder for det, der sker fra nu af. Frister, der allerede er sat, bliver stående.
policy-save = Sæt i kraft
policy-same = Intet ville blive ændret.
policy-back = Tilbage
policy-done = Ændringen er trådt i kraft.
policy-stale = En anden har ændret noget imens. Her er det, der gælder nu. Du ville ændre:
policy-unread = Det kan ikke læses: { $what }
policy-unstaffed = Der skal være mindst én vagt med mindst én dag.
policy-shift = En vagt slutter senere på dagen, end den begynder.
policy-range = { $what }: mellem { $least } og { $most }.
policy-none = ingen
policy-history = Hvad der er besluttet før
policy-history-none = Intet: det er standarden, der gælder.
policy-version = Version { $n }, sat af { $name }
day-monday = mandag
day-tuesday = tirsdag
day-wednesday = onsdag
day-thursday = torsdag
day-friday = fredag
day-saturday = lørdag
day-sunday = søndag

team-help = En sygeplejerske ser borgerne i sine egne teams; en leder ser alle. Borgere, som ingen har fordelt, er i teamet default.
team-citizens = { $n ->
    [one] Én borger
   *[other] { $n } borgere
}
team-change = Ret navn og distrikt
team-new = Nyt team
team-code = Kode (små bogstaver, tal, bindestreg)
team-name = Navn
team-district = Distrikt
team-save = Gem
team-refused = Et team skal have en kode af små bogstaver, tal og bindestreger, og et navn på højst 100 tegn.
team-members = Hvem der arbejder her
team-members-none = Ingen. Hvem der ikke er i et team, ser borgerne i teamet default.
team-member-since = siden { $day }
team-member-end = Tag ud af teamet
team-member-add = Sæt en medarbejder på teamet
team-member-account = Medarbejder med konto her
team-member-other = en anden
team-member-subject = En anden: brugernavn hos den, der logger dem ind
team-member-issuer = Hvem der logger dem ind (tomt: den samme som dig)
team-member-refused = Vælg en medarbejder, eller skriv et brugernavn på højst 200 tegn, som ikke er et CPR-nummer.
team-hours = Ser på listen
team-hours-common = når kommunen gør det
team-hours-change = Ret tiderne
team-hours-help = Det er det, borgerne i teamet får at vide. Uden dage gælder kommunens tider. Fristerne for alarmer følger altid kommunens tider.
team-hours-refused = Hver vagt skal have mindst én dag og slutte, efter den begynder.

rules-intro = Kun den gældende pakkes fund bliver til alarmer. En pakke på prøve regner med ved siden af og rejser intet.
rules-active = Gældende
rules-shadow = På prøve
rules-no-shadow = Ingen pakke er på prøve.
rules-end = Afslut prøven
rules-unsigned = { $n ->
    [one] Én regel mangler klinisk godkendelse.
   *[other] { $n } regler mangler klinisk godkendelse.
}
rules-counted = Nye fund i { $days } dage
rules-rule = Regel
rules-evidence = Grundlag
rules-signed = Klinisk godkendt
rules-citizens = Borgere
rules-kept = Holdt tilbage på prøve
rules-off = bruges ikke
rules-trial = på prøve
rules-not-signed = mangler
rules-is-signed = kræves ikke
rules-signed-with = med pakken
rules-retired = Ikke i brug
rules-all = Alle regelpakker
rules-state = Tilstand
rules-since = siden { $when }
rules-meant = Beregnet til
rules-hash = Kendemærke
rules-look = Se, hvad den ville have gjort, skriv under, sæt i kraft
rules-look-active = Se pakken, og hvem der står inde for den
rules-text = Pakkens tekst som fil
rules-sign-in-do = Log ind igen i et andet vindue, og tryk så én gang til her
rules-upload = Sæt en pakke på prøve
rules-upload-help = Pakken regner med ved siden af den gældende og rejser ingen alarmer. Er der fejl i den, bliver intet gemt. Højst tre er på prøve ad gangen.
rules-file = Hent teksten fra en fil
rules-pack = Pakkens tekst (TOML)
rules-try = Sæt på prøve
rules-full = Tre pakker er på prøve allerede. Afslut en af prøverne først.
rules-in-force = Det er den gældende pakke.
rules-faulty = { $n ->
    [one] Der er en fejl i pakken. Intet er gemt.
   *[other] Der er { $n } fejl i pakken. Intet er gemt.
}
rules-line = Linje { $n }
rules-history = Hvad der har været gældende
rules-history-none = Ingen har sat en anden pakke i kraft.
rules-used = { $pack } blev sat i kraft af { $by }
rules-earlier = Pakker, der ikke er i brug
rules-until = siden { $when }
rules-before = den forrige
rules-has-signed = underskrevet
rules-compared = Hvad den ville have sagt
rules-compared-help = Borgere efter det mest hastende, hver pakke har sagt om dem siden { $when }. Det, der allerede stod, da prøven begyndte, kan være talt med kun for pakken på prøve.
rules-compared-none = Ingen af pakkerne har sagt noget endnu. Borgerne regnes igennem i løbet af kort tid.
rules-only-trial = Kun på prøve
rules-only-force = Kun gældende
rules-higher = Mere hastende på prøve
rules-lower = Mindre hastende på prøve
rules-alike = Ens
rules-any = Uanset regel
rules-misfits = Borgernes egne grænser
rules-misfits-none = Alle personlige grænser passer til pakken.
rules-misfits-told = { $n ->
    [one] En borger har personlige grænser, som pakken ikke kan bruge. De springes over, til planen er rettet.
   *[other] { $n } borgere har personlige grænser, som pakken ikke kan bruge. De springes over, til planerne er rettet.
}
rules-misfit-unknown = Findes ikke i pakken
rules-misfit-range = Uden for det tilladte; pakkens egen grænse gælder
rules-misfit-order = Rød er mindre langt ude end gul; de gælder, som de er
rules-signing = Hvem står inde for den
rules-nobody-signed = Ingen har skrevet under på pakken endnu.
rules-signed-by = { $name }, { $role }, { $when } (skrevet ind af { $by })
rules-sign-help = Det er netop denne tekst, der skrives under på. En anden tekst er en anden pakke.
rules-sign-by = Hvem står klinisk inde for pakken
rules-sign-as = Som hvad, for eksempel ledende overlæge
rules-sign = Skriv under
rules-sign-wrong = Skriv et navn og en funktion, hver på højst 100 tegn og uden CPR-nummer.
rules-use = Sæt den i kraft
rules-use-help = Den afløser den gældende pakke straks, og alle borgere regnes igennem igen. I kan altid gå tilbage til den forrige.
rules-use-not = Den kan sættes i kraft, når nogen har skrevet under.
rules-use-do = Sæt i kraft nu
rules-reason = Hvorfor?
rules-reason-wrong = Skriv hvorfor, i 3 til 1.000 tegn og uden CPR-nummer.
rules-stale = Der er imens sat en anden pakke i kraft. Her er, hvad denne ville ændre nu.
rules-not-signed-yet = Den kan ikke sættes i kraft, før nogen har skrevet under.
rules-end-help = Det, den har sagt, bliver gemt til sammenligning.
rules-done-trial = Pakken er på prøve.
rules-done-sign = Underskriften er gemt.
rules-done-use = Pakken er i kraft. Alle borgere regnes igennem igen.
rules-done-end = Prøven er afsluttet.
rules-differences = Hvad den ville ændre
rules-same = Intet: de vurderer ens.
rules-added = Nye regler
rules-removed = Regler, der falder væk
rules-changed = Regler, der virker anderledes
rules-limits = Grænser, der er forskellige
rules-limit = Grænse
evidence-published = udgivet kilde
evidence-computed = beregnet på åbne data
evidence-remembered = husket, ikke bekræftet
evidence-proposal = forslag

intake-now = De seneste 48 timer
intake-received = Modtagne målinger
intake-doubtful = Heraf tvivlsomme
intake-delay = Fra målt til modtaget
intake-delay-told = halvdelen inden for { $median }, 95 af 100 inden for { $p95 }, den langsomste { $most }
intake-nothing = Der er intet kommet.
intake-queue = Venter på at blive skrevet
intake-screening = Vurdering
intake-screening-told = { $lag } bagud (alarm ved { $alarm }); { $backlog } venter, { $parked } kan ikke vurderes
intake-waiting = Venter på en beslutning
intake-certificates = Certifikater
intake-certificates-none = Serveren har ingen selv: en proxy foran den står for TLS.
intake-certificate-server = Serverens
intake-certificate-ca = Udsteder af klienters certifikater
intake-certificate-of = { $name } (som det sidst kom med)
intake-certificate-until = gælder til { $when }
intake-certificate-renew = { $name } udløber om { $days ->
    [0] under et døgn
    [one] en dag
   *[other] { $days } dage
}. Det skal fornys.
intake-refused = Afvist og tvivlsomt, syv dage
intake-refused-none = Intet er afvist.
intake-sender = Afsender eller enhed
intake-what-came = Hvad blev der af det
intake-kept = gemt, tæller ikke
intake-not-kept = afvist
intake-day = 24 timer
intake-week = 7 dage
intake-devices = De enheder, der sender mest
intake-sum = Målinger
intake-by-hour = Time for time
intake-bars = { $hours } timer: højst { $most } på en time, { $last } i den sidste
intake-silent = Tavse enheder
intake-silent-none = Ingen er tavse.
intake-what = Hvad
intake-every = Aftalt
intake-last = Sidst målt
intake-never = ikke i 120 dage
seconds-short = { $n } s

# Akutte adgange
break-glass-list-help = Hver gang nogen har åbnet en borger uden for sine teams, nyeste først.
break-glass-list-none = Ingen har åbnet nogen.
break-glass-when = Hvornår
break-glass-by = Hvem
break-glass-whom = Borger
break-glass-why = Hvorfor
break-glass-state = Tilstand
