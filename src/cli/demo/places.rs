//! The municipalities of a demo: real names, invented people.

use crate::access::Role;

/// A municipality.
pub(super) struct Place {
    pub(super) code: &'static str,
    pub(super) name: &'static str,
    pub(super) teams: &'static [Team],
    /// When there is staff, as in the triage policy: days, from, to.
    pub(super) staffed: &'static [(&'static [&'static str], &'static str, &'static str)],
    /// Who is not in one team: user name, role, what they are called.
    pub(super) others: [(&'static str, Role, &'static str); 3],
}

/// A team and the district that it looks after.
pub(super) struct Team {
    pub(super) code: &'static str,
    pub(super) name: &'static str,
    pub(super) district: &'static str,
    /// User name of its nurse, and what she is called.
    pub(super) nurse: (&'static str, &'static str),
}

const WEEKDAYS: &[&str] = &["monday", "tuesday", "wednesday", "thursday", "friday"];
const WEEKEND: &[&str] = &["saturday", "sunday"];

/// All of them; citizens are shared out by the simulation. The first is where examples are from.
pub(super) static PLACES: [Place; 3] = [
    Place {
        code: "0330",
        name: "Slagelse",
        teams: &[
            Team {
                code: "nord",
                name: "Team Nord",
                district: "Slagelse by",
                nurse: ("nurse", "Nanna Nord"),
            },
            Team {
                code: "syd",
                name: "Team Syd",
                district: "Korsør, Skælskør",
                nurse: ("nurse-syd", "Sanne Syd"),
            },
        ],
        staffed: &[(WEEKDAYS, "08:00", "16:00")],
        others: [
            ("lead", Role::Lead, "Lone Lund"),
            ("analyst", Role::Analyst, "Anders Ager"),
            ("admin", Role::Admin, "Asta Aa"),
        ],
    },
    Place {
        code: "0461",
        name: "Odense",
        teams: &[
            Team {
                code: "centrum",
                name: "Team Centrum",
                district: "Odense C",
                nurse: ("nurse", "Clara Centrum"),
            },
            Team {
                code: "nord",
                name: "Team Nord",
                district: "Odense N",
                nurse: ("nurse-nord", "Niels Nordlys"),
            },
            Team {
                code: "syd",
                name: "Team Syd",
                district: "Odense SØ",
                nurse: ("nurse-syd", "Signe Sydhavn"),
            },
        ],
        staffed: &[(WEEKDAYS, "07:00", "22:00"), (WEEKEND, "08:00", "20:00")],
        others: [
            ("lead", Role::Lead, "Leif Lærke"),
            ("analyst", Role::Analyst, "Anna Allé"),
            ("admin", Role::Admin, "Adam Å"),
        ],
    },
    Place {
        code: "0851",
        name: "Aalborg",
        teams: &[
            Team {
                code: "vest",
                name: "Team Vest",
                district: "Aalborg",
                nurse: ("nurse", "Vibeke Vest"),
            },
            Team {
                code: "nord",
                name: "Team Nord",
                district: "Nørresundby, Vodskov",
                nurse: ("nurse-nord", "Nikoline Nor"),
            },
        ],
        staffed: &[(WEEKDAYS, "07:30", "18:00"), (WEEKEND, "09:00", "15:00")],
        others: [
            ("lead", Role::Lead, "Laura Løgstør"),
            ("analyst", Role::Analyst, "Aksel Analyse"),
            ("admin", Role::Admin, "Arne Alm"),
        ],
    },
];

/// The municipality with this code.
pub(super) fn place(code: &str) -> Option<&'static Place> {
    PLACES.iter().find(|place| place.code == code)
}
