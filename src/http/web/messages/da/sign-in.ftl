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
