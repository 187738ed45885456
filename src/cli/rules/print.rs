//! What `pulsvagt rules` prints.

use std::collections::BTreeMap;

use pulsvagt_analytics::Pack;
use serde_json::{Value, json};

use crate::cli::output;
use crate::ids::TenantCode;
use crate::screening::{Change, Limit, Misfits};
use crate::store::screenings::{Mode, StoredPack, Used};

/// What has to be known of a pack before it is used.
struct Facts {
    rules: usize,
    active: usize,
    /// Active rules that a clinician has to agree to.
    unsigned: usize,
    /// Thresholds whose value is remembered or proposed.
    values: usize,
}

impl Facts {
    fn of(pack: &Pack) -> Self {
        let active = pack.rules().iter().filter(|rule| rule.active);
        let values = pack.thresholds().iter().filter(|it| it.evidence.needs_sign_off());
        Self {
            rules: pack.rules().len(),
            active: active.clone().count(),
            unsigned: active.filter(|rule| rule.needs_sign_off).count(),
            values: values.count(),
        }
    }

    fn warn(&self) {
        if self.unsigned > 0 || self.values > 0 {
            output::line(format!(
                "{} active rules and {} values need clinical sign-off before real use",
                self.unsigned, self.values
            ));
        }
    }
}

fn described(pack: &Pack) -> Value {
    let facts = Facts::of(pack);
    json!({
        "name": pack.name(),
        "version": pack.version(),
        "hash": pack.hash(),
        "rules": facts.rules,
        "active": facts.active,
        "needSignOff": facts.unsigned,
        "valuesNeedSignOff": facts.values,
        "thresholds": pack.thresholds().len(),
        "features": pack.features().len(),
    })
}

/// A pack without faults.
pub(super) fn checked(pack: &Pack, json: bool) {
    if json {
        output::json(&described(pack));
        return;
    }
    let facts = Facts::of(pack);
    output::line(format!(
        "{} {} is valid: {} of {} rules active, {} thresholds, {} features ({})",
        pack.name(),
        pack.version(),
        facts.active,
        facts.rules,
        pack.thresholds().len(),
        pack.features().len(),
        pack.hash()
    ));
    facts.warn();
}

/// The packs of a municipality.
pub(super) fn list(tenant: &TenantCode, packs: &[StoredPack], json: bool) {
    if json {
        let packs: Vec<Value> = packs
            .iter()
            .map(|stored| {
                let pack = Pack::parse(&stored.body);
                let mut value = pack.as_ref().map_or_else(|_| json!({}), described);
                value["name"] = json!(stored.name);
                value["version"] = json!(stored.version);
                value["hash"] = json!(stored.hash);
                value["mode"] = json!(stored.mode.as_str());
                value["since"] = json!(stored.since.to_string());
                value["usable"] = json!(pack.is_ok());
                value
            })
            .collect();
        output::json(&json!({"tenant": tenant.as_str(), "packs": packs}));
        return;
    }
    if packs.is_empty() {
        output::line(format!(
            "{tenant} has no rule pack yet; the first screening takes {} {} ({})",
            Pack::default_pack().name(),
            Pack::default_pack().version(),
            Pack::default_pack().hash()
        ));
        return;
    }
    let heading = ["hash", "name", "version", "mode", "since", "rules", "active", "to sign off"];
    let mut rows = vec![heading.map(str::to_owned).to_vec()];
    for stored in packs {
        let (hash, name, version) = (&stored.hash, &stored.name, &stored.version);
        let mut row = vec![hash.clone(), name.clone(), version.clone()];
        row.extend([stored.mode.as_str().to_owned(), stored.since.to_string()]);
        match Pack::parse(&stored.body) {
            Ok(pack) => {
                let Facts { rules, active, unsigned, values } = Facts::of(&pack);
                row.extend([rules.to_string(), active.to_string()]);
                row.push(format!("{unsigned} rules, {values} values"));
            }
            Err(_) => row.extend(["?", "?", "can no longer be used"].map(str::to_owned)),
        }
        rows.push(row);
    }
    output::table(&rows);
}

/// What has become of a pack that was to be used, and what that changes.
pub(super) fn used(
    tenant: &TenantCode,
    pack: &Pack,
    (mode, used, is_signed): (Mode, Used, bool),
    change: Option<&Change>,
    misfits: &Misfits,
    json: bool,
) {
    let due = if let Used::Now { due } = used { due } else { 0 };
    if json {
        let mut value = described(pack);
        value["tenant"] = json!(tenant.as_str());
        value["mode"] = json!(mode.as_str());
        value["changed"] = json!(used != Used::Already);
        value["due"] = json!(due);
        value["signed"] = json!(is_signed);
        value["change"] = json!(change);
        value["limits"] = json!(misfits);
        output::json(&value);
        return;
    }
    let what = match mode {
        Mode::Active => "is the active rule pack",
        Mode::Shadow => "is in the shadow of the active rule pack, and raises nothing",
        Mode::Retired => "is retired",
    };
    let (name, version, hash) = (pack.name(), pack.version(), pack.hash());
    let since = if used == Used::Already { "already" } else { "from now on" };
    output::line(format!("{tenant}: {name} {version} ({hash}) {what} {since}"));
    match change {
        None => output::line("the rule pack that was active can no longer be read"),
        Some(_) if used == Used::Already && mode == Mode::Active => {}
        Some(change) if change.is_nothing() => {
            output::line("rules and thresholds are those of the active rule pack");
        }
        Some(change) => tell_change(change),
    }
    tell_misfits(misfits);
    if used != Used::Already {
        output::line(format!("{due} more citizens are due, after those who have new readings"));
    }
    if !is_signed {
        Facts::of(pack).warn();
        if mode == Mode::Active {
            output::line("nobody has signed it; sign it on /admin/rules");
        }
    }
}

fn tell_change(change: &Change) {
    for (what, rules) in [
        ("rules added", &change.rules_added),
        ("rules removed", &change.rules_removed),
        ("rules changed", &change.rules_changed),
    ] {
        if !rules.is_empty() {
            output::line(format!("{what}: {}", rules.join(", ")));
        }
    }
    if change.thresholds.is_empty() {
        return;
    }
    let mut rows = vec![["threshold", "was", "is"].map(str::to_owned).to_vec()];
    for it in &change.thresholds {
        let limits = [&it.before, &it.now].map(|limit| limit.as_ref().map_or("–".to_owned(), text));
        rows.push(std::iter::once(it.name.clone()).chain(limits).collect());
    }
    output::table(&rows);
}

fn text(limit: &Limit) -> String {
    let Limit { value, unit, allowed } = limit;
    match allowed {
        Some((least, greatest)) => format!("{value} {unit} (plans: {least} to {greatest})"),
        None => format!("{value} {unit}"),
    }
}

fn tell_misfits(misfits: &Misfits) {
    let limits = misfits.limits();
    if limits == 0 {
        return;
    }
    let citizens = misfits.citizens;
    output::line(format!("{limits} limits in the plans of {citizens} citizens do not go with it:"));
    let tell = |what: &str, counts: &BTreeMap<String, u64>| {
        let counts: Vec<String> =
            counts.iter().map(|(name, count)| format!("{name} ({count})")).collect();
        if !counts.is_empty() {
            output::line(format!("  {what}: {}", counts.join(", ")));
        }
    };
    tell("no such limit, so it does nothing", &misfits.unknown);
    tell("out of range, so the pack's own counts", &misfits.out_of_range);
    tell("red less far out than yellow", &misfits.contradictions);
}

/// A pack that is no longer used.
pub(super) fn retired(tenant: &TenantCode, pack: &StoredPack, used: Used, json: bool) {
    let StoredPack { hash, name, version, .. } = pack;
    let changed = used != Used::Already;
    if json {
        output::json(&json!({"tenant": tenant.as_str(), "name": name, "version": version,
                             "hash": hash, "mode": "retired", "changed": changed}));
        return;
    }
    let since = if changed { "" } else { " already" };
    output::line(format!("{tenant}: {name} {version} ({hash}) is retired{since}"));
}
