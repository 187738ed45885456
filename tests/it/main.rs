//! The server as its users meet it: through the HTTP door, on a real TimescaleDB.

#![expect(clippy::expect_used, reason = "a test that cannot go on has failed")]

mod access;
mod administration;
mod architecture;
mod around;
mod audit;
mod backtest;
mod bundles;
mod clients;
mod cost;
mod examples;
mod gdpr;
mod jwt;
mod keys;
mod laws;
mod limits;
mod machines;
mod matrix;
mod metadata;
mod migrations;
mod normalise;
mod openapi;
mod people;
mod plans;
mod planted;
mod probes;
mod protocol;
mod quarantine;
mod readings;
mod rules;
mod screening;
mod search;
mod secrets;
mod shield;
mod stories;
mod streams;
mod teams;
mod transactions;
mod transport;
mod triage;
mod validation;
mod walls;
mod web;
mod worklist;
mod world;
