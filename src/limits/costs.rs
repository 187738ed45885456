//! What a request costs. A unit is about the work of reading one resource by its id.

use serde::Deserialize;

/// What kind of work a request is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Health and metrics: for whoever watches the server, also when it is under attack.
    Free,
    /// One resource, one page of our own, or nothing at all.
    Read,
    /// Anything that looks for things: searches, histories, worklist.
    Search,
    /// Anything that computes over many readings.
    Statistics,
    /// Anything that changes something. What it brings is limited by the queue and by bytes.
    Write,
}

/// Where the kind is not what the method says: route as it is written in the router, kind.
/// Routes that are not listed are reads with GET and HEAD, and writes otherwise.
const ROUTES: &[(&str, Kind)] = &[
    ("/health/live", Kind::Free),
    ("/health/ready", Kind::Free),
    ("/metrics", Kind::Free),
    ("/fhir/Observation/_search", Kind::Search),
    ("/fhir/{kind}/_search", Kind::Search),
    ("/fhir/Observation/$lastn", Kind::Search),
    ("/fhir/Observation/$stats", Kind::Statistics),
    ("/fhir/Observation/{id}/_history", Kind::Search),
    ("/fhir/{kind}/{id}/_history", Kind::Search),
    ("/fhir/$export", Kind::Search),
    ("/fhir/Patient/$export", Kind::Search),
    ("/fhir/Group/{id}/$export", Kind::Search),
    ("/fhir/$export-status/{id}", Kind::Search),
    ("/fhir/$export-file/{id}/{number}", Kind::Statistics),
    ("/fhir/$viewdefinition-run", Kind::Statistics),
    ("/fhir/ViewDefinition/$viewdefinition-run", Kind::Statistics),
    ("/fhir/ViewDefinition/$run", Kind::Statistics),
    ("/fhir/AuditEvent", Kind::Search),
    ("/fhir/AuditEvent/_search", Kind::Search),
    ("/api/worklist", Kind::Search),
    ("/api/suppressions", Kind::Search),
    ("/api/quarantine", Kind::Search),
    ("/api/ingestion", Kind::Search),
    ("/api/me/access-log", Kind::Search),
    ("/api/me/export", Kind::Statistics),
    ("/api/citizens/{id}/summary", Kind::Statistics),
    ("/api/citizens/{id}/plan/preview", Kind::Statistics),
    ("/api/cohort-runs", Kind::Search),
    ("/api/cohort-runs/{id}/rows", Kind::Statistics),
    ("/api/cohorts/{name}/runs", Kind::Search),
    ("/", Kind::Search),
    ("/rows", Kind::Search),
    ("/handover", Kind::Search),
    ("/search", Kind::Search),
    ("/citizens/{id}", Kind::Statistics),
    ("/citizens/{id}/readings", Kind::Search),
    ("/citizens/{id}/plan/preview", Kind::Statistics),
    ("/admin/ingestion", Kind::Search),
    ("/admin/quarantine", Kind::Search),
    ("/cohorts", Kind::Search),
    ("/cohorts/runs/{id}/rows", Kind::Statistics),
    ("/me", Kind::Statistics),
    ("/me/export", Kind::Statistics),
];

/// Routes on which GET is a search and POST is not.
const COLLECTIONS: &[&str] = &["/fhir/Observation", "/fhir/{kind}"];

impl Kind {
    /// The kind of work behind a route, as the router names it.
    pub fn of(is_read: bool, route: &str) -> Self {
        let listed = ROUTES.iter().find(|(name, _)| *name == route);
        match listed {
            Some((_, kind)) => *kind,
            None if is_read && COLLECTIONS.contains(&route) => Self::Search,
            None if is_read => Self::Read,
            None => Self::Write,
        }
    }

    /// The routes that the table names.
    #[cfg(test)]
    pub(super) fn routes() -> impl Iterator<Item = &'static str> {
        ROUTES.iter().map(|(route, _)| *route).chain(COLLECTIONS.iter().copied())
    }
}

/// What each kind costs, in units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Costs {
    /// [`Kind::Read`].
    pub read: u32,
    /// [`Kind::Search`].
    pub search: u32,
    /// [`Kind::Statistics`].
    pub statistics: u32,
    /// [`Kind::Write`].
    pub write: u32,
    /// So many entries of a Bundle cost one unit more.
    pub entries_per_unit: u32,
}

impl Default for Costs {
    fn default() -> Self {
        Self { read: 1, search: 5, statistics: 10, write: 1, entries_per_unit: 10 }
    }
}

impl Costs {
    /// What a request of that kind costs.
    pub fn of(&self, kind: Kind) -> u32 {
        match kind {
            Kind::Free => 0,
            Kind::Read => self.read,
            Kind::Search => self.search,
            Kind::Statistics => self.statistics,
            Kind::Write => self.write,
        }
    }

    /// What a Bundle costs beyond the request that brings it.
    pub fn entries(&self, count: usize) -> u32 {
        u32::try_from(count).unwrap_or(u32::MAX) / self.entries_per_unit.max(1)
    }
}
