<<<<<<< HEAD
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
=======
# Signing in, and one's own account.

account-title = Your account
account-elsewhere = Your account is not kept here. Change its password where you sign in.
account-on = Continue
password-title = Change password
password-rule = A password has 12 characters or more. When it is changed, you are signed out in all other browsers.
password-current = Present password
password-new = New password
password-repeat = New password, once more
password-done = Your password has been changed. You are signed out in all other browsers.
password-wrong = The present password is not right.
password-differ = The two new passwords are not the same.
password-shape = The new password must have 12 characters or more that are not all alike.
password-names = The new password must not hold your user name.
password-wait = Too many attempts. Try again in { $n } seconds.
codes-title = One-time codes
codes-on = You have one-time codes already. What you set up here takes their place.
codes-why = Enter this key in an app that makes one-time codes, and then a code that the app shows.
codes-open = Open the key in the app
codes-code = Code from the app
codes-save = Use one-time codes
codes-wrong = The code is not right. Try the next one that the app shows.
codes-stale = The page was too old. Here is a new key.
codes-done = One-time codes are asked for from now on. You are signed out in all other browsers.
codes-keep = Keep these recovery codes. Each is good once instead of a one-time code. They are only shown now.
>>>>>>> f0b0321 (Change one's own password and one-time codes in the browser)
