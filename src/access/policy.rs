//! Who may do what, as one readable table.

use super::Role;
use super::scope::{Scopes, Within};

/// What a caller wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Interaction {
    /// Read one resource, a version of it, or its history.
    Read,
    /// Search, `$lastn`, `$stats`.
    Search,
    /// Create.
    Create,
    /// Update.
    Update,
}

impl Interaction {
    /// All interactions.
    pub const ALL: [Self; 4] = [Self::Read, Self::Search, Self::Create, Self::Update];

    fn letter(self) -> char {
        match self {
            Self::Read => 'r',
            Self::Search => 's',
            Self::Create => 'c',
            Self::Update => 'u',
        }
    }
}

/// Of whose data a role's rights are, before scopes narrow them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whom {
    /// The citizen that the token names.
    Own,
    /// Citizens of the caller's teams, and those to whom an access was opened (break-glass).
    Teams,
    /// Every citizen of the municipality.
    Everybody,
    /// No citizen.
    Nobody,
}

/// Whom each role may know of. A leader stands in for all teams, assigns citizens to them and looks
/// after what was opened beyond them.
const WHOM: [(Role, Whom); 8] = [
    (Role::Citizen, Whom::Own),
    (Role::Relative, Whom::Own),
    (Role::Gateway, Whom::Everybody),
    (Role::Nurse, Whom::Teams),
    (Role::Lead, Whom::Everybody),
    (Role::Analyst, Whom::Nobody),
    (Role::Admin, Whom::Everybody),
    (Role::Operator, Whom::Nobody),
];

/// Whom the role may know of.
pub fn whom(role: Role) -> Whom {
    WHOM.iter().find(|(listed, _)| *listed == role).map_or(Whom::Nobody, |(_, whom)| *whom)
}

/// Whether the role may give resources ids of its own (PUT of what is not there). Such ids are one
/// name space of the municipality, and PUT to one that is taken would tell so: only who may know of
/// everybody gives them, and nobody whose token is confined to one citizen.
pub fn may_choose_ids(role: Role, is_confined: bool) -> bool {
    !is_confined && whom(role) == Whom::Everybody
}

/// Who may export in bulk what they may read, beside how a request of theirs comes: as a registered
/// system, or as a person.
const BULK: [(Role, bool); 3] = [(Role::Gateway, false), (Role::Lead, true), (Role::Admin, false)];

/// Whether the role may export in bulk. Who is confined to teams may not: an export that leaves out
/// citizens would be taken for a whole one.
pub fn may_export(role: Role, is_system: bool) -> bool {
    BULK.iter().any(|(listed, people)| *listed == role && (is_system || *people))
}

/// For which reasons (HL7 v3 `PurposeOfUse`) a role is shown a protected name and address. The request
/// has to give one; what is assumed of a role that says nothing is none.
const UNMASKS: &[(Role, &[&str])] = &[
    (Role::Nurse, &["TREAT", "ETREAT", "BTG", "CAREMGT", "COORD"]),
    (Role::Lead, &["TREAT", "ETREAT", "BTG", "CAREMGT", "COORD"]),
    (Role::Admin, &["PATADMIN"]),
];

/// Whether a request of that role with that reason is shown a protected name and address.
pub fn unmasks(role: Role, purpose: Option<&str>) -> bool {
    let reasons = UNMASKS.iter().find(|(listed, _)| *listed == role).map(|(_, reasons)| *reasons);
    purpose.is_some_and(|purpose| reasons.is_some_and(|reasons| reasons.contains(&purpose)))
}

/// Letters as in SMART scopes: create, read, update, search. Of whose data, [`WHOM`] tells.
const TABLE: &[(&str, [&str; 8])] = &[
    // type            citizen relative gateway nurse lead analyst admin operator
    ("Observation", ["crus", "rs", "crus", "crus", "crus", "", "", ""]),
    ("Patient", ["rs", "", "rs", "rs", "rus", "", "crus", ""]),
    ("Device", ["crus", "", "crus", "rs", "rs", "", "crus", ""]),
    ("Condition", ["rs", "rs", "", "crus", "crus", "", "", ""]),
    ("Encounter", ["rs", "rs", "", "crus", "crus", "", "", ""]),
    ("CarePlan", ["rs", "", "", "crus", "crus", "", "", ""]),
    ("Goal", ["rs", "", "", "crus", "crus", "", "", ""]),
    ("EpisodeOfCare", ["rs", "rs", "", "crus", "crus", "", "", ""]),
    ("Communication", ["crs", "rs", "", "crus", "crus", "", "", ""]),
    ("QuestionnaireResponse", ["crus", "rs", "crus", "crus", "crus", "", "", ""]),
    // A gateway that could read it would learn of records that it may not know of.
    ("Provenance", ["crs", "", "c", "crus", "crus", "", "", ""]),
    // Who may see what of a citizen; see `consent`.
    ("Consent", ["crus", "", "", "crus", "crus", "", "", ""]),
    // Whom an export in bulk is of.
    ("Group", ["", "", "", "", "crus", "", "", ""]),
    // What triage says, made by the server. Not for citizens' apps: an alert that is not there must
    // not be taken for a clean bill of health, and the notes are the nurses'.
    ("Flag", ["", "", "", "rs", "rs", "", "", ""]),
    ("Task", ["", "", "", "rs", "rs", "", "", ""]),
    ("ClinicalImpression", ["", "", "", "rs", "rs", "", "", ""]),
    ("RiskAssessment", ["", "", "", "rs", "rs", "", "", ""]),
    ("DetectedIssue", ["", "", "", "rs", "rs", "", "", ""]),
    // Who did what. An administrator is told nothing clinical; a citizen has `/api/me/access-log`.
    ("AuditEvent", ["", "", "", "", "rs", "", "rs", ""]),
];

/// What a caller wants of the JSON API. Each operation needs exactly one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ApiRight {
    /// Read the worklist, its alerts and their history; follow what changes.
    WorklistRead,
    /// Claim, snooze, escalate, close and so on.
    WorklistAct,
    /// Read a citizen's plan and its history.
    PlanRead,
    /// Change a citizen's plan.
    PlanWrite,
    /// Read what was measured and computed about one citizen.
    SummaryRead,
    /// Read which alerts were held back, and why.
    SuppressionsRead,
    /// Read the alarm policy and the rules in force.
    PolicyRead,
    /// Change the alarm policy.
    PolicyWrite,
    /// See whether screening keeps up. Numbers only, nothing of any citizen.
    ScreeningStatus,
    /// Read who has read or changed what is kept about a citizen, in plain words.
    AccessLogRead,
    /// See which teams there are.
    TeamsRead,
    /// Make teams, and say which team looks after a citizen.
    TeamsWrite,
    /// Open an access to one citizen beyond the caller's teams.
    BreakGlass,
    /// See which such accesses were opened, by whom and why.
    BreakGlassRead,
    /// See readings that cannot be right and wait for somebody.
    QuarantineRead,
    /// Decide about them.
    QuarantineDecide,
    /// See what comes in from which device, and what has fallen silent. No values.
    IngestionStatus,
    /// End such an access before its time: one's own, and with [`Self::BreakGlassRead`] anybody's.
    BreakGlassEnd,
    /// See who works in which team.
    TeamMembersRead,
    /// Say who works in which team.
    TeamMembersWrite,
    /// Take home everything that is kept about oneself.
    OwnExport,
    /// Read definitions of cohorts, and check one. Nobody is counted.
    CohortRead,
    /// Save definitions of cohorts, run them, and read what may be told.
    CohortRun,
    /// Read what approved risk models say of one citizen.
    RiskRead,
}

impl ApiRight {
    /// All rights, in the order of the table.
    pub const ALL: [Self; 24] = [
        Self::WorklistRead,
        Self::WorklistAct,
        Self::PlanRead,
        Self::PlanWrite,
        Self::SummaryRead,
        Self::SuppressionsRead,
        Self::PolicyRead,
        Self::PolicyWrite,
        Self::ScreeningStatus,
        Self::AccessLogRead,
        Self::TeamsRead,
        Self::TeamsWrite,
        Self::BreakGlass,
        Self::BreakGlassRead,
        Self::QuarantineRead,
        Self::QuarantineDecide,
        Self::IngestionStatus,
        Self::BreakGlassEnd,
        Self::TeamMembersRead,
        Self::TeamMembersWrite,
        Self::OwnExport,
        Self::CohortRead,
        Self::CohortRun,
        Self::RiskRead,
    ];

    /// How the API's documentation names it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::WorklistRead => "worklist:read",
            Self::WorklistAct => "worklist:act",
            Self::PlanRead => "plan:read",
            Self::PlanWrite => "plan:write",
            Self::SummaryRead => "summary:read",
            Self::SuppressionsRead => "suppressions:read",
            Self::PolicyRead => "policy:read",
            Self::PolicyWrite => "policy:write",
            Self::ScreeningStatus => "screening:status",
            Self::AccessLogRead => "access-log:read",
            Self::TeamsRead => "teams:read",
            Self::TeamsWrite => "teams:write",
            Self::BreakGlass => "break-glass:open",
            Self::BreakGlassRead => "break-glass:read",
            Self::QuarantineRead => "quarantine:read",
            Self::QuarantineDecide => "quarantine:decide",
            Self::IngestionStatus => "ingestion:status",
            Self::BreakGlassEnd => "break-glass:end",
            Self::TeamMembersRead => "team-members:read",
            Self::TeamMembersWrite => "team-members:write",
            Self::OwnExport => "own:export",
            Self::CohortRead => "cohorts:read",
            Self::CohortRun => "cohorts:run",
            Self::RiskRead => "risk:read",
        }
    }

    /// What a token with scopes needs to have this right: its type (`*` for all) and, as in a
    /// scope, the letters, without limits. Nothing where no citizen's data is told.
    const fn scopes(self) -> &'static [(&'static str, &'static [Interaction])] {
        use Interaction::{Create, Read, Search, Update};
        match self {
            Self::WorklistRead | Self::SuppressionsRead => &[
                ("Task", &[Read, Search]),
                ("Flag", &[Read, Search]),
                ("Observation", &[Read, Search]),
            ],
            Self::WorklistAct => &[
                ("Task", &[Read, Search, Update]),
                ("Flag", &[Read, Search]),
                ("Observation", &[Read, Search]),
            ],
            // A score tells of readings, stays and the plan.
            Self::RiskRead => &[
                ("RiskAssessment", &[Read, Search]),
                ("Observation", &[Read, Search]),
                ("Encounter", &[Read, Search]),
                ("CarePlan", &[Read, Search]),
            ],
            Self::PlanRead => &[("CarePlan", &[Read, Search])],
            Self::PlanWrite => &[("CarePlan", &[Create, Read, Search, Update])],
            Self::SummaryRead => &[
                ("Observation", &[Read, Search]),
                ("CarePlan", &[Read, Search]),
                ("Flag", &[Read, Search]),
            ],
            // Cohorts are made of everything that is stored.
            Self::PolicyRead | Self::OwnExport | Self::CohortRead | Self::CohortRun => {
                &[("*", &[Read, Search])]
            }
            Self::PolicyWrite => &[("*", &[Read, Search, Update])],
            Self::AccessLogRead | Self::BreakGlassRead => &[("AuditEvent", &[Read, Search])],
            Self::TeamsWrite => &[("Patient", &[Read, Update])],
            Self::QuarantineRead => &[("Observation", &[Read, Search])],
            Self::QuarantineDecide => {
                &[("Observation", &[Read, Search, Update]), ("Provenance", &[Create])]
            }
            Self::IngestionStatus => &[("Device", &[Read, Search])],
            Self::BreakGlass | Self::BreakGlassEnd => &[("Patient", &[Read])],
            // Who works where decides whose data they see.
            Self::TeamMembersRead => &[("*", &[Read, Search])],
            Self::TeamMembersWrite => &[("*", &[Read, Search, Update])],
            Self::ScreeningStatus | Self::TeamsRead => &[],
        }
    }

    /// Whether a token with these scopes may have this right at all.
    pub(super) fn is_within(self, scopes: &Scopes) -> bool {
        self.scopes().iter().all(|(kind, interactions)| {
            interactions.iter().all(|&interaction| match *kind {
                "*" => scopes.covers_all_types(interaction),
                kind => scopes.within(interaction, kind) == Within::Everything,
            })
        })
    }

    /// Whether the right is used for one citizen at a time.
    pub(super) fn is_about_one_citizen(self) -> bool {
        matches!(
            self,
            Self::PlanRead
                | Self::PlanWrite
                | Self::SummaryRead
                | Self::AccessLogRead
                | Self::OwnExport
                | Self::RiskRead
        )
    }

    /// The right of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|right| right.as_str() == name)
    }
}

/// How far a right reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// Nowhere.
    None,
    /// The caller's own record; whose it is says the token.
    Own,
    /// Citizens of the caller's teams.
    Teams,
    /// Every citizen of the municipality.
    All,
}

/// `a` = all citizens, `t` = those of the caller's teams, `o` = the caller's own, `-` = not at all.
const API_TABLE: &[(ApiRight, [char; 8])] = &[
    // right                  citizen relative gateway nurse lead analyst admin operator
    (ApiRight::WorklistRead, ['-', '-', '-', 't', 'a', '-', '-', '-']),
    (ApiRight::WorklistAct, ['-', '-', '-', 't', 'a', '-', '-', '-']),
    (ApiRight::PlanRead, ['o', '-', '-', 't', 'a', '-', '-', '-']),
    (ApiRight::PlanWrite, ['-', '-', '-', 't', 'a', '-', '-', '-']),
    (ApiRight::SummaryRead, ['o', '-', '-', 't', 'a', '-', '-', '-']),
    (ApiRight::SuppressionsRead, ['-', '-', '-', 't', 'a', '-', '-', '-']),
    (ApiRight::PolicyRead, ['-', '-', '-', 'a', 'a', 'a', 'a', '-']),
    (ApiRight::PolicyWrite, ['-', '-', '-', '-', 'a', '-', '-', '-']),
    (ApiRight::ScreeningStatus, ['-', '-', '-', 'a', 'a', '-', 'a', 'a']),
    (ApiRight::AccessLogRead, ['o', '-', '-', '-', '-', '-', '-', '-']),
    (ApiRight::TeamsRead, ['-', '-', '-', 'a', 'a', '-', 'a', '-']),
    (ApiRight::TeamsWrite, ['-', '-', '-', '-', 'a', '-', 'a', '-']),
    (ApiRight::BreakGlass, ['-', '-', '-', 'a', '-', '-', '-', '-']),
    (ApiRight::BreakGlassRead, ['-', '-', '-', '-', 'a', '-', '-', '-']),
    (ApiRight::QuarantineRead, ['-', '-', '-', 't', 'a', '-', '-', '-']),
    (ApiRight::QuarantineDecide, ['-', '-', '-', 't', 'a', '-', '-', '-']),
    (ApiRight::IngestionStatus, ['-', '-', '-', '-', 'a', '-', 'a', '-']),
    (ApiRight::BreakGlassEnd, ['-', '-', '-', 'a', 'a', '-', '-', '-']),
    (ApiRight::TeamMembersRead, ['-', '-', '-', '-', 'a', '-', 'a', '-']),
    (ApiRight::TeamMembersWrite, ['-', '-', '-', '-', 'a', '-', 'a', '-']),
    (ApiRight::OwnExport, ['o', '-', '-', '-', '-', '-', '-', '-']),
    (ApiRight::CohortRead, ['-', '-', '-', '-', '-', 'a', '-', '-']),
    (ApiRight::CohortRun, ['-', '-', '-', '-', '-', 'a', '-', '-']),
    // Not for citizens' apps, as alerts are not: it needs somebody who knows what it does not say.
    (ApiRight::RiskRead, ['-', '-', '-', 't', 'a', '-', '-', '-']),
];

/// How far the role's right to use the API reaches.
pub fn extent(role: Role, right: ApiRight) -> Extent {
    let Some((_, row)) = API_TABLE.iter().find(|(listed, _)| *listed == right) else {
        return Extent::None;
    };
    match Role::ALL.iter().zip(row).find(|(listed, _)| **listed == role) {
        Some((_, 'a')) => Extent::All,
        Some((_, 't')) => Extent::Teams,
        Some((_, 'o')) => Extent::Own,
        _ => Extent::None,
    }
}

/// The resource types that the table knows.
pub fn resource_types() -> impl Iterator<Item = &'static str> {
    TABLE.iter().map(|(name, _)| *name)
}

/// Whether the role may do that to resources of the type.
pub fn may(role: Role, interaction: Interaction, resource_type: &str) -> bool {
    let Some((_, rights)) = TABLE.iter().find(|(name, _)| *name == resource_type) else {
        return false;
    };
    Role::ALL
        .iter()
        .zip(rights)
        .any(|(&listed, letters)| listed == role && letters.contains(interaction.letter()))
}

/// Whether nobody may write resources of the type: the server makes them.
pub fn is_read_only(resource_type: &str) -> bool {
    !Role::ALL.iter().any(|role| {
        may(*role, Interaction::Create, resource_type)
            || may(*role, Interaction::Update, resource_type)
    })
}
