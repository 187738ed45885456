<<<<<<< HEAD
# Log ind.

again-over = Du er ikke logget ind længere
again-check = Send det, du skrev?
again-not-sent = Det, du skrev, er ikke gemt endnu, men det er her stadig.
again-sign-in = Log ind i et nyt vindue
again-then = Gå så tilbage til dette vindue, og send igen.
again-person = Du er logget ind som { $name }. Se det igennem, og send igen.
again-send = Send igen
signed-in = Du er logget ind
signed-in-help = Gå tilbage til det vindue, hvor du skrev, og send igen. Dette vindue kan lukkes.
=======
# Log ind, og ens egen konto.

account-title = Din konto
account-elsewhere = Din konto er ikke oprettet her. Skift adgangskoden dér, hvor du logger ind.
account-on = Fortsæt
password-title = Skift adgangskode
password-rule = En adgangskode har mindst 12 tegn. Når den skiftes, bliver du logget ud i alle andre browsere.
password-current = Nuværende adgangskode
password-new = Ny adgangskode
password-repeat = Ny adgangskode igen
password-done = Din adgangskode er skiftet. Du er logget ud i alle andre browsere.
password-wrong = Den nuværende adgangskode passer ikke.
password-differ = De to nye adgangskoder er ikke ens.
password-shape = Den nye adgangskode skal have mindst 12 tegn, som ikke alle er ens.
password-names = Den nye adgangskode må ikke indeholde dit brugernavn.
password-wait = For mange forsøg. Prøv igen om { $n } sekunder.
codes-title = Engangskoder
codes-on = Du har allerede engangskoder. Det, du sætter op her, erstatter dem.
codes-why = Indtast denne nøgle i en app, der laver engangskoder, og derefter en kode, som appen viser.
codes-open = Åbn nøglen i appen
codes-code = Kode fra appen
codes-save = Brug engangskoder
codes-wrong = Koden passer ikke. Prøv den næste, som appen viser.
codes-stale = Siden var for gammel. Her er en ny nøgle.
codes-done = Fra nu af bliver du bedt om en engangskode. Du er logget ud i alle andre browsere.
codes-keep = Gem disse gendannelseskoder. Hver kan bruges én gang i stedet for en engangskode. De vises kun nu.
>>>>>>> f0b0321 (Change one's own password and one-time codes in the browser)
