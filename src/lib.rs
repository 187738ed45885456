//! Pulsvagt: remote patient monitoring for chronic patients who live at home.
//!
//! The modules stand in the order a reading travels: it comes in over [`http`], [`access`] says who
//! sends it, [`ingest`] makes it an observation, [`store`] keeps it, [`plans`] are what was agreed
//! with the citizens. [`jobs`] have citizens with new readings go through [`screening`]; what that
//! finds, [`triage`] makes alerts of.
//! What became of them, [`projection`] tells other systems, and [`live`] those who watch.

pub mod app;
pub mod audit;
pub mod clock;
pub mod identity;
pub mod ids;

pub mod http;

pub mod access;
pub mod ingest;
pub mod limits;
pub mod plans;
pub mod projection;
pub mod retention;
pub mod screening;
pub mod store;
pub mod triage;

pub mod backtest;
pub mod cohorts;
pub mod lake;
pub mod risk;

pub mod jobs;
pub mod live;

pub mod cli;
pub mod config;
pub mod consent;
pub mod server;

pub mod embedded;
pub mod simulate;
pub mod telemetry;
