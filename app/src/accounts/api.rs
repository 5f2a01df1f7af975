//! The typed door to people and sessions.

// #[server] makes a struct of each function's arguments and cannot document its fields.
#![allow(missing_docs)]

use leptos::prelude::*;

use crate::error::AppError;

/// Whether no account exists yet.
#[server(endpoint = "/accounts/set-up-needed")]
pub async fn set_up_needed() -> Result<bool, AppError> {
    Ok(crate::context::services().accounts.set_up_needed().await?)
}

/// Makes the first account and logs it in.
#[server(endpoint = "/accounts/set-up")]
pub async fn set_up(token: String, login: String, password: String, password_again: String) -> Result<(), AppError> {
    use crate::context::{client, services, set_session_cookie};

    let request = model::accounts::SetUp { token, login, password, password_again };
    let session = services().accounts.set_up(request, &client()).await?;
    set_session_cookie(Some(&session));
    leptos_axum::redirect("/");
    Ok(())
}

/// Starts a session.
#[server(endpoint = "/accounts/log-in")]
pub async fn log_in(login: String, password: String) -> Result<(), AppError> {
    use crate::context::{client, services, set_session_cookie};

    let request = model::accounts::LogIn { login, password };
    let session = services().accounts.log_in(request, &client()).await?;
    set_session_cookie(Some(&session));
    leptos_axum::redirect("/");
    Ok(())
}

/// Ends the session of this browser.
#[server(endpoint = "/accounts/log-out")]
pub async fn log_out() -> Result<(), AppError> {
    use crate::context::{client, services, session_token, set_session_cookie};

    if let Some(token) = session_token() {
        services().accounts.log_out(&token, &client()).await?;
    }
    set_session_cookie(None);
    leptos_axum::redirect("/log-in");
    Ok(())
}
