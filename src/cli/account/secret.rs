//! Asking for a password, never as an argument: those can be read by everybody on the computer.

use std::io::IsTerminal;

use anyhow::Context;

use crate::access::accounts::password::Hash;
use crate::cli::usage;

/// The hash of a password that is typed twice without being shown, or is the first line of standard
/// input.
pub(super) fn ask(user: &str) -> anyhow::Result<Hash> {
    let text = if std::io::stdin().is_terminal() {
        let first = rpassword::prompt_password("Password: ").context("cannot ask")?;
        let second = rpassword::prompt_password("Again: ").context("cannot ask")?;
        if first != second {
            return Err(usage("the two are not the same"));
        }
        first
    } else {
        let mut line = String::new();
        std::io::stdin().read_line(&mut line).context("cannot read standard input")?;
        line.trim_end_matches(['\r', '\n']).to_owned()
    };
    super::hashed(&text, user)
}
