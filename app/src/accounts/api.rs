//! The typed door to people and sessions.

// #[server] makes a struct of each function's arguments and cannot document its fields.
#![allow(missing_docs)]

use leptos::prelude::*;
#[cfg(feature = "ssr")]
use leptos::server_fn::ServerFn as _;
use model::{
    Timestamp,
    accounts::{Actor, Person, Role, Session, SessionId, SetUpState},
    service::{LinkId, UserId},
};
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use crate::{
    context::{actor, client, is_plain_form, now, require, services, session_token, set_session_cookie},
    drafts::back_to_form,
    query,
};
use crate::{error::AppError, wire::Json};

/// What the page of one's own account shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountData {
    /// Who is asking.
    pub actor: Actor,
    /// Where they are logged in.
    pub sessions: Vec<Session>,
    /// When the server answered; relative times count from here.
    pub now: Timestamp,
}

/// What the page of people shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeopleData {
    /// By log-in name.
    pub people: Vec<Person>,
    /// When the server answered; relative times count from here.
    pub now: Timestamp,
}

/// A path by which somebody chooses a password; to be handed to them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    /// For whom, by log-in name.
    pub login: String,
    /// Where to, below the address of the console.
    pub path: String,
}

/// What the page of a link by which somebody chooses a password shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkData {
    /// For whom it is, by log-in name.
    pub owner: String,
    /// Somebody else who is logged in where it was opened, by log-in name.
    pub here: Option<String>,
}

/// Whether no account exists yet.
#[server(endpoint = "/accounts/set-up-needed", output = Json)]
pub async fn set_up_needed() -> Result<bool, AppError> {
    Ok(services().accounts.set_up_needed().await?)
}

/// What a set-up link is still good for.
#[server(endpoint = "/accounts/set-up-state", output = Json)]
pub async fn state_of_link(token: String) -> Result<SetUpState, AppError> {
    Ok(services().accounts.set_up_state(&token).await?)
}

/// Makes the first account and logs it in.
#[server(endpoint = "/accounts/set-up", output = Json)]
pub async fn set_up(token: String, login: String, password: String, password_again: String) -> Result<(), AppError> {
    // The page of the link once more, with the name that was typed.
    let typed: String = login.chars().take(model::accounts::LOGIN_MOST).collect();
    let page = query::link("/set-up", [("token", Some(token.clone())), ("login", Some(typed))]);
    let request = model::accounts::SetUp { token, login, password, password_again };
    match services().accounts.set_up(request, &client()).await {
        Ok(session) => set_session_cookie(Some(&session)),
        Err(error) => return Err(crate::drafts::back_with(&page, "content", SetUp::PATH, error.into())),
    }
    leptos_axum::redirect("/");
    Ok(())
}

/// Starts a session.
#[server(endpoint = "/accounts/log-in", output = Json)]
pub async fn log_in(login: String, password: String, #[server(default)] back: String) -> Result<(), AppError> {
    // The page once more, with the name that was typed. What can be none goes into no URL: it may be a password.
    let typed = Some(login.trim().to_owned()).filter(|login| model::accounts::has_shape_of_login(login));
    let from = Some(back.clone()).filter(|back| !back.is_empty());
    let page = query::link("/log-in", [("return", from), ("login", typed)]);
    let request = model::accounts::LogIn { login, password };
    match services().accounts.log_in(request, &client()).await {
        Ok(session) => set_session_cookie(Some(&session)),
        Err(error) => return Err(crate::drafts::back_with(&page, "content", LogIn::PATH, error.into())),
    }
    // Whoever was sent to the log-in goes on from there.
    leptos_axum::redirect(query::own_page(&back));
    Ok(())
}

/// Ends the session of this browser.
#[server(endpoint = "/accounts/log-out", output = Json)]
pub async fn log_out() -> Result<(), AppError> {
    if let Some(token) = session_token() {
        services().accounts.log_out(&token, &client()).await?;
    }
    set_session_cookie(None);
    leptos_axum::redirect("/log-in");
    Ok(())
}

/// One's own account and sessions.
#[server(endpoint = "/accounts/page", output = Json)]
pub async fn account_page() -> Result<AccountData, AppError> {
    let actor = actor().ok_or(model::service::ServiceError::Unauthenticated)?;
    let session = session_token().ok_or(model::service::ServiceError::Unauthenticated)?;
    let sessions = services().accounts.sessions(&session, &actor).await?;
    Ok(AccountData { actor, sessions, now: now() })
}

/// Changes one's own password and ends all other sessions.
#[server(endpoint = "/accounts/change-password", output = Json)]
pub async fn change_password(current: String, password: String, password_again: String) -> Result<(), AppError> {
    let actor = actor().ok_or(model::service::ServiceError::Unauthenticated)?;
    let session = session_token().ok_or(model::service::ServiceError::Unauthenticated)?;
    let request = model::accounts::PasswordChange { current, password, password_again };
    services().accounts.change_password(request, &session, &actor, &client()).await?;
    if is_plain_form() {
        leptos_axum::redirect("/settings?changed=1");
    }
    Ok(())
}

/// Ends one of one's own sessions.
#[server(endpoint = "/accounts/end-session", output = Json)]
pub async fn end_session(id: SessionId) -> Result<(), AppError> {
    let actor = actor().ok_or(model::service::ServiceError::Unauthenticated)?;
    services().accounts.end_session(&id, &actor).await?;
    if is_plain_form() {
        leptos_axum::redirect("/settings#sessions");
    }
    Ok(())
}

/// Everybody with an account.
#[server(endpoint = "/accounts/people", output = Json)]
pub async fn people_page() -> Result<PeopleData, AppError> {
    let actor = require(model::accounts::Permission::Administer)?;
    Ok(PeopleData { people: services().accounts.people(&actor).await?, now: now() })
}

/// Makes an account for somebody.
#[server(endpoint = "/accounts/add-person", output = Json)]
pub async fn add_person(login: String, role: Role) -> Result<Invitation, AppError> {
    let actor = require(model::accounts::Permission::Administer)?;
    match services().accounts.add_person(login.clone(), role, &actor).await {
        Ok(link) => invite(login, link, &actor).await,
        Err(error) => {
            let typed = [("login", &*login), ("role", role.as_str())];
            Err(back_to_form(PEOPLE, ADD_PERSON, &typed, AddPerson::PATH, error, &actor).await)
        }
    }
}

/// A new link for somebody who has forgotten their password.
#[server(endpoint = "/accounts/access-link", output = Json)]
pub async fn access_link(id: UserId, login: String) -> Result<Invitation, AppError> {
    let actor = require(model::accounts::Permission::Administer)?;
    let link = services().accounts.access_link(id, &actor).await?;
    invite(login, link, &actor).await
}

/// The link that was made by a form without JavaScript, once.
#[server(endpoint = "/accounts/made-link", output = Json)]
pub async fn made_link(kept: LinkId) -> Result<Invitation, AppError> {
    let actor = require(model::accounts::Permission::Administer)?;
    Ok(invitation(services().accounts.take_link(kept, &actor).await?))
}

/// Changes what somebody may do, and whether they may come in, if both are what was read.
#[server(endpoint = "/accounts/change-person", output = Json)]
pub async fn change_person(
    id: UserId,
    was_role: Role,
    was_disabled: Option<bool>,
    role: Role,
    disabled: Option<bool>,
) -> Result<(), AppError> {
    use model::accounts::{Access, PersonChange};

    let actor = require(model::accounts::Permission::Administer)?;
    let was = Access { role: was_role, disabled: was_disabled.unwrap_or_default() };
    let becomes = Access { role, disabled: disabled.unwrap_or_default() };
    if let Err(error) = services().accounts.change_person(id, PersonChange { was, becomes }, &actor).await {
        let typed = [
            ("id", &*id.to_string()),
            ("was_role", was_role.as_str()),
            ("was_disabled", &was.disabled.to_string()),
            ("role", role.as_str()),
            ("disabled", &becomes.disabled.to_string()),
        ];
        return Err(back_to_form(PEOPLE, CHANGE_PERSON, &typed, ChangePerson::PATH, error, &actor).await);
    }
    if is_plain_form() {
        leptos_axum::redirect(PEOPLE);
    }
    Ok(())
}

/// For whom a link is, if it works.
#[server(endpoint = "/accounts/link-owner", output = Json)]
pub async fn link_owner(token: String) -> Result<Option<LinkData>, AppError> {
    let owner = services().accounts.link_owner(&token).await?;
    Ok(owner.map(|owner| {
        let here = actor().map(|actor| actor.login).filter(|here| *here != owner);
        LinkData { owner, here }
    }))
}

/// Sets the password of a link's owner and logs them in, and whoever was logged in here out.
#[server(endpoint = "/accounts/choose-password", output = Json)]
pub async fn choose_password(token: String, password: String, password_again: String) -> Result<(), AppError> {
    let request = model::accounts::ChoosePassword { token, password, password_again };
    let session = services().accounts.choose_password(request, &client()).await?;
    set_session_cookie(Some(&session));
    // Without its cookie nobody could end it. The password is saved even so, and the link used up; the service itself logs
    // why one could not be ended.
    if let Some(before) = session_token() {
        let _ = services().accounts.log_out(&before, &client()).await;
    }
    leptos_axum::redirect("/");
    Ok(())
}

/// The link as the page shows it. For a form sent without JavaScript it is kept until the page that
/// shows it has come: in a URL it would go into histories and logs.
#[cfg(feature = "ssr")]
async fn invite(login: String, link: model::accounts::AccessLink, actor: &Actor) -> Result<Invitation, AppError> {
    let made = model::accounts::KeptLink { login, link };
    if is_plain_form() {
        let kept = services().accounts.keep_link(made.clone(), actor).await?;
        leptos_axum::redirect(&query::link(PEOPLE, [(MADE, Some(kept.to_string()))]));
    }
    Ok(invitation(made))
}

#[cfg(feature = "ssr")]
fn invitation(made: model::accounts::KeptLink) -> Invitation {
    let path = query::link("/welcome", [("token", Some(made.link.0))]);
    Invitation { login: made.login, path }
}

/// In the query of the page of people: what holds the link that was made.
pub(super) const MADE: &str = "made";

/// The form that makes an account.
pub(super) const ADD_PERSON: &str = "add-person";

/// The forms that change one.
pub(super) const CHANGE_PERSON: &str = "people";

/// Where people are.
pub(super) const PEOPLE: &str = "/settings/people";
