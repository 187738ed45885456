# Rammen om alle sider, fejl og enheder.

product = Pulsvagt
skip = Gå til indholdet
nav = Sider
worklist = Arbejdsliste
worklist-title-red = ({ $n }) Arbejdsliste
handover = Overlevering
admin = Administration
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
accessibility = Tilgængelighedserklæring
not-emergency = Pulsvagt er ikke en alarmcentral. Ved akut sygdom: ring 112.
act-signed-out = Du er blevet logget ud. Det, du skrev, står her endnu: log ind i et andet vindue, og prøv igen her.
session-idle = Der er ikke sket noget længe, så du bliver snart logget ud. Det, du har skrevet, bliver stående.
session-stay = Bliv logget ind
session-last = Du har været logget ind længe og bliver snart logget ud. Gem det, du er ved at skrive.
own-account = Mit login: skift adgangskode
careful = Pas på:
unstaffed = Ingen holder øje lige nu.

error-title = Det gik ikke
error-400 = Siden kunne ikke forstå det, den blev bedt om.
error-401 = Du er ikke logget ind.
error-403 = Det må du ikke se eller gøre.
error-404 = Den side findes ikke, eller du må ikke kende til den.
error-429 = Der blev bedt om for meget på én gang. Vent et øjeblik, og prøv igen.
error-500 = Der skete en fejl hos os. Den er skrevet ned; prøv igen.
error-503 = Databasen svarer ikke lige nu. Prøv igen om lidt.
error-id = Nummer, som driften kan finde fejlen ved:

a11y-what = Denne side siger, hvordan Pulsvagts sider kan bruges af alle. De skal opfylde EN 301 549 (WCAG 2.1 AA), som loven kræver af offentlige websteder. Det er en egenvurdering.
a11y-status-title = Status
a11y-status = Siderne overholder delvist kravene: vi kender ingen fejl, men de er ikke prøvet af mennesker, der bruger hjælpemidler.
a11y-official-title = Kommunens erklæring
a11y-official = Loven kræver, at hver kommune selv afgiver en erklæring i Digitaliseringsstyrelsens WAS-Tool. Den gælder frem for det, der står her.
a11y-official-of = Erklæring fra { $name }
a11y-official-none = Kommunen har endnu ikke angivet, hvor dens erklæring er. Den er uden den ikke klar til at blive brugt af borgere.
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
a11y-contact = Skriv eller ring til din kommune; i kommunens erklæring står hvortil. Har du ikke fået svar efter 10 arbejdsdage, eller er svaret ikke tilfredsstillende, kan du henvende dig til Digitaliseringsstyrelsen, som fører tilsyn med webtilgængelighedsloven.
a11y-agency = Sådan henvender du dig til Digitaliseringsstyrelsen

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
