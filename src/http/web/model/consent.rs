//! What a citizen consents to.

use crate::clock::Micros;

/// What one consent says.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::http) struct Consented {
    /// Its id.
    pub(in crate::http) id: String,
    /// Its version.
    pub(in crate::http) version: u32,
    /// What it says; nothing where it says nothing that is carried out here.
    pub(in crate::http) says: Vec<Said>,
}

/// Some categories that are permitted or denied.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::http) struct Said {
    /// Whether they may be seen.
    pub(in crate::http) permit: bool,
    /// The relative it is about, as the sign-in names them; `None` = who looks after the citizen.
    pub(in crate::http) relative: Option<String>,
    /// The categories; see [`crate::consent`].
    pub(in crate::http) categories: Vec<&'static str>,
    /// From when, if it is not from the beginning.
    pub(in crate::http) from: Option<Micros>,
    /// Until when, if it ends.
    pub(in crate::http) to: Option<Micros>,
}

/// What is written into the form for a new consent.
#[derive(Debug, Clone, Default)]
pub(in crate::http) struct NewConsent {
    /// Whom it is about: a relative who gets an access, else a denial for who looks after the citizen.
    pub(in crate::http) relative: Option<String>,
    /// The categories.
    pub(in crate::http) categories: Vec<&'static str>,
    /// The first day, `2026-01-31`; empty = at once.
    pub(in crate::http) from: String,
    /// The last day; empty = until it is withdrawn.
    pub(in crate::http) to: String,
}
