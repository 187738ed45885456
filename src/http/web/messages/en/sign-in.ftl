# Signing in.

again-over = You are not signed in any more
again-check = Send what you wrote?
again-not-sent = What you wrote is not saved yet, but it is still here.
again-sign-in = Sign in in a new window
again-then = Then come back to this window and send it again.
again-person = You are signed in as { $name }. Look it over and send it again.
again-send = Send again
signed-in = You are signed in
signed-in-help = Go back to the window where you were writing, and send it again. This window can be closed.
