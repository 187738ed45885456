# Borgerens egen side.

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
