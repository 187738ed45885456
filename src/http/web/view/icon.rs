//! Icons, which never stand for a word alone.

use maud::{Markup, html};

use crate::triage::Level;

/// The sign of a level: each has a shape of its own, so that the colour is not needed.
pub(super) fn level(level: Level) -> Markup {
    let path = match level {
        // An octagon with an exclamation mark.
        Level::Red => "M5 1h6l4 4v6l-4 4H5l-4-4V5zM7.2 3.8v5.4h1.6V3.8zM7.2 10.6v1.8h1.6v-1.8z",
        // A triangle, likewise.
        Level::Yellow => "M8 1.2 15.4 14.6H.6zM7.2 6v4.4h1.6V6zM7.2 11.4v1.7h1.6v-1.7z",
        // A plug.
        Level::Blue => {
            "M5 1v4H3v3a5 5 0 0 0 4.2 4.9V15h1.6v-2.1A5 5 0 0 0 13 8V5h-2V1H9.4v4H6.6V1z"
        }
        // A tick.
        Level::Green => {
            "M8 .8a7.2 7.2 0 1 0 0 14.4A7.2 7.2 0 0 0 8 .8zM7 11.6 3.6 8.2l1.2-1.2L7 9.2l4.4-4.4 \
             1.2 1.2z"
        }
    };
    html! {
        svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true"
            focusable="false" {
            path fill="currentColor" fill-rule="evenodd" d=(path) {}
        }
    }
}
