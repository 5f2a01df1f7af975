//! The typed door to what is said of a finding.

// #[server] makes a struct of each function's arguments and cannot document its fields.
#![allow(missing_docs)]

use leptos::prelude::*;
use model::{Code, Platform};
use serde::{Deserialize, Serialize};

use crate::{error::AppError, wire::Json, wording::Wording};

/// What is said of a finding besides its title, in the language of the page. In the texts, backticks
/// enclose what is to be typed as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Help {
    /// What it is.
    pub what: String,
    /// Why it matters.
    pub meaning: String,
    /// What a phone says.
    pub shown: Vec<Shown>,
    /// What to look for, in the answers to the commands or elsewhere.
    pub look: String,
    /// Commands that show it.
    pub commands: Vec<String>,
    /// Whether the commands name a placeholder and no server.
    pub placeholder: bool,
    /// What to do about it.
    pub fix: String,
    /// What helps on a server; none where it is not mended there.
    pub remedies: Vec<Remedy>,
}

/// The text of an error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// Where it reads so.
    pub platforms: Vec<Platform>,
    /// A part of it, verbatim.
    pub text: String,
}

/// Something to be done on a server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remedy {
    /// Its anchor.
    pub id: String,
    /// What is done.
    pub title: String,
    /// What holds for every server.
    pub intro: String,
    /// Commands that hold for every server.
    pub snippet: Option<String>,
    /// How, on each kind of server.
    pub servers: Vec<Server>,
}

/// How something is done on one kind of server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Server {
    /// Its anchor.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// How.
    pub words: String,
    /// Configuration or commands, verbatim.
    pub snippet: Option<String>,
}

/// What is said of a finding; with commands for `host`, where that is the name of a server.
#[server(endpoint = "/help/finding", output = Json)]
pub async fn help_on_finding(code: Code, host: Option<String>, wording: Wording) -> Result<Help, AppError> {
    crate::context::require(model::accounts::Permission::View)?;
    let server: Option<model::HostPort> = host.and_then(|host| host.parse().ok());
    Ok(crate::help::content::help(code, server.as_ref(), wording.locale))
}

/// The findings that are about what is asked: words of their pages, a code, or the text of an error.
#[server(endpoint = "/help/search", output = Json)]
pub async fn findings_about(asked: String) -> Result<Vec<Code>, AppError> {
    crate::context::require(model::accounts::Permission::View)?;
    Ok(crate::help::content::about(&asked))
}
