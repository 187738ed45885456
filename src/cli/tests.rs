use anyhow::Context;
use clap::{CommandFactory, Parser};

use super::tally::{Receipt, Tally};
use super::{Cli, DATABASE, FAILURE, USAGE, exit_code, usage};
use crate::config::ConfigError;
use crate::store::StoreError;

#[test]
fn the_command_line_is_consistent() {
    Cli::command().debug_assert();
}

#[test]
fn the_contract_of_the_command_line_holds() {
    for line in [
        "demo --citizens 20 --days 3 --port 9000 --data d --once --seed 7 --json",
        "demo --no-live --days 14",
        "serve --config f --check",
        "serve --config f --migrate",
        "migrate --config f --tenant 0330 --json",
        "tenant add 0330 --name Slagelse --zone Europe/Copenhagen --database-url postgres://h/d",
        "tenant list --json",
        "token --tenant 0330 --role citizen --citizen c --scope s --seconds 60 --subject n --data d",
        "token --tenant 0330 --role nurse --citizen c --scope patient/*.rs",
        "client add --tenant 0330 --name n --role gateway --scope system/*.rs --jwks f --json",
        "client add --tenant 0330 --name n --role gateway --scope s --jwks-url https://a.dk --data d",
        "client list --tenant 0330 --json",
        "client revoke 0330-0123456789abcdef0123456789abcdef --config f",
        "client keys 0330-0123456789abcdef0123456789abcdef --jwks f",
        "client add --tenant 0330 --name n --role gateway --scope s --jwks f --certificate gateway.crt",
        "client certificate 0330-0123456789abcdef0123456789abcdef gateway.crt --data d",
        "client certificate 0330-0123456789abcdef0123456789abcdef old.crt new.crt",
        "client certificate 0330-0123456789abcdef0123456789abcdef --none",
        "client assertion 0330-0123456789abcdef0123456789abcdef --key f --endpoint https://a.dk",
        "account add --tenant 0330 --user anna --role nurse --team nord --team syd --code --json",
        "account add --tenant 0330 --user bo --name Bo --role citizen --citizen c --language en",
        "account list --tenant 0330 --json",
        "account reset --tenant 0330 --user anna --no-code --data d",
        "account disable --tenant 0330 --user anna",
        "session list --tenant 0330 --json",
        "session revoke --tenant 0330 0193c0de-0000-7000-8000-000000000000",
        "session revoke --tenant 0330 --subject s",
        "session revoke --tenant 0330 --all --data d",
        "keys rotate --json --data d",
        "keys list",
        "keys new folder",
        "token --tenant 0330 --role gateway --certificate gateway.crt --data d",
        "import a.ndjson b.json c --tenant 0330 --data d --json",
        "simulate --seed 1 --citizens 5 --days 2 --end 2026-01-01T00:00:00Z --density dense \
         --with-citizens --truth t",
        "fit --rows f --name n --outcome o --out m --html h --json --lambda 0.1,0.2 --alpha 0.5",
        "fit --challenge d --name n --outcome o --out m --folds 5 --seed 2 --draws 200",
        "fit --rows f --name n --outcome o --out m --from-period 9 --horizon 7 --leave-out x",
        "fit --rows f --name n --outcome o --out m --by-municipality --baseline a --baseline b",
        "fit --tenant 0330 --setup f --received-when-taken --name n --out m --predictions p",
        "rows --tenant 0330 --setup f --out r",
        "evaluate --rows f --model m --of 0330 --html h --json",
        "pilot f --html h --json",
        "region agree --tenant 0330 --region 1085 --purposes HQUALIMP,PUBHLTH --minimum-cell 10 \
         --until 2027-01-31 --by n --json",
        "region list --tenant 0330 --json",
        "region end --tenant 0330 --region 1085 --data d",
        "cohort run f --region 1085 --as-of 2026-01-01 --purpose HQUALIMP --reason r --out o.html",
        "cohort run f --tenant 0330 --as-of 2026-01-01 --purpose HQUALIMP --reason r",
        "doctor --config f --json",
        "rules list --tenant 0330 --json",
        "rules check f --json",
        "rules use f --tenant 0330 --shadow --json",
        "rules retire abcdef --tenant 0330 --data d --json",
        "screen --tenant 0330 --all --pack f",
        "citizen export --tenant 0330 --citizen c --out -",
        "citizen erase --tenant 0330 --citizen c --reason consent-withdrawn --dry-run --json",
        "citizen restrict --tenant 0330 --citizen c --reason accuracy-contested --by n",
        "citizen unrestrict --tenant 0330 --citizen c --reason settled",
        "citizen hold --tenant 0330 --citizen c --reason complaint --data d",
        "citizen release --tenant 0330 --citizen c",
        "export --lake d --tenant 0330 --purpose HRESCH --by n --anew --json --data e",
        "export --lake d --all --purpose HQUALIMP",
        "export --lake s3://health/lake --all --purpose PUBHLTH --json",
        "retention show --tenant 0330 --json",
        "retention set --tenant 0330 --policy f",
        "retention set --tenant 0330 --proposed",
        "retention set --tenant 0330 --off",
        "retention run --tenant 0330 --dry-run",
    ] {
        let words = std::iter::once("pulsvagt").chain(line.split_whitespace());
        assert!(Cli::try_parse_from(words).is_ok(), "{line}");
    }
    for line in [
        "token --tenant 330 --role nurse",
        "token --tenant 0330 --role doctor",
        "token --tenant 0330 --role nurse --seconds 100000",
        "client add --tenant 0330 --name n --role gateway --scope s",
        "client add --tenant 0330 --name n --role gateway --scope s --jwks f --jwks-url u",
        "client revoke 330-0123456789abcdef0123456789abcdef",
        "client revoke 0330-0123456789ABCDEF0123456789ABCDEF",
        "client certificate 0330-0123456789abcdef0123456789abcdef",
        "client certificate 0330-0123456789abcdef0123456789abcdef a.crt --none",
        "client certificate 0330-0123456789abcdef0123456789abcdef a.crt b.crt c.crt",
        "account add --tenant 0330 --user anna --role nurse --password secret",
        "account reset --tenant 0330 --user anna --code --no-code",
        "session revoke --tenant 0330",
        "session revoke --tenant 0330 --all --subject s",
        "import --tenant 0330",
        "migrate --config f --data d",
        "serve --check --migrate",
        "region agree --tenant 0330 --region 1085 --purposes TREAT --until 2027-01-31",
        "region agree --tenant 0330 --region 1085 --until 2027-01-31",
        "region agree --tenant 0330 --region 1085 --purposes HRESCH",
        "region agree --tenant 0330 --region 1085 --purposes HRESCH --until 2027-01-31 \
         --minimum-cell 4",
        "cohort run f --as-of 2026-01-01 --purpose HQUALIMP --reason r",
        "cohort run f --tenant 0330 --region 1085 --as-of 2026-01-01 --purpose HQUALIMP --reason r",
        "rules use f",
        "rules retire abcdef --tenant 0330 --shadow",
        "screen --pack f",
        "citizen export --tenant 0330 --citizen c",
        "citizen erase --tenant 0330 --citizen c",
        "citizen erase --tenant 0330 --citizen c --reason because",
        "citizen hold --tenant 0330 --reason complaint",
        "retention set --tenant 0330",
        "retention set --tenant 0330 --policy f --off",
        "retention run",
        "export --lake d --purpose HRESCH",
        "export --lake d --all --tenant 0330 --purpose HRESCH",
        "export --lake d --all --purpose TREAT",
    ] {
        let words = std::iter::once("pulsvagt").chain(line.split_whitespace());
        assert!(Cli::try_parse_from(words).is_err(), "{line}");
    }
}

#[test]
fn secrets_of_the_command_line_are_not_shown() {
    let words = ["pulsvagt", "tenant", "add", "0330", "--name", "S", "--database-url", "hunter2"];
    let cli = Cli::try_parse_from(words).expect("parses");
    assert!(!format!("{cli:?}").contains("hunter2"));
}

#[test]
fn exit_codes_tell_whose_turn_it_is() {
    let away = StoreError::Unavailable(std::io::Error::other("gone").into());
    assert_eq!(exit_code(&anyhow::Error::from(away).context("while starting")), DATABASE);
    let config: Result<(), _> = Err(ConfigError(vec!["listen: no".to_owned()]));
    assert_eq!(exit_code(&config.context("reading").expect_err("an error")), USAGE);
    assert_eq!(exit_code(&usage("no")), USAGE);
    assert_eq!(exit_code(&anyhow::anyhow!("else")), FAILURE);
}

#[test]
fn receipts_add_up() {
    let mut tally = Tally::default();
    for text in [
        r#"{"line":1,"status":201,"id":"a","version":1,"duplicate":false}"#,
        r#"{"line":2,"status":200,"id":"a","version":1,"duplicate":true}"#,
        r#"{"line":3,"status":422,"issues":[{"code":"x"}]}"#,
        r#"{"line":4,"status":201,"id":"b","version":1,"quarantine":"clock-ahead","issues":[]}"#,
    ] {
        let receipt: Receipt<'_> = serde_json::from_str(text).expect("a receipt");
        assert!(!receipt.is_transient());
        tally.count(&receipt);
    }
    assert_eq!(tally.received, tally.stored + tally.duplicate + tally.rejected);
    assert_eq!((tally.stored, tally.duplicate, tally.rejected), (2, 1, 1));
    assert_eq!(tally.reasons(), "clock-ahead 1");
    let summary = r#"{"received":4,"stored":2,"duplicate":1,"rejected":1,"quarantined":1}"#;
    assert!(serde_json::from_str::<Receipt<'_>>(summary).is_err(), "the summary is no receipt");
}
