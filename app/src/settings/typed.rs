//! The settings as they were typed, read field by field: all that is wrong with them is one answer.

use model::{
    Limits, ServerName,
    accounts::Actor,
    alerts::{MailChange, MailParts, MailServer, Secret, ServerParts},
    limits::Limit,
    service::{Field, ServiceError, ServiceResult, both},
    settings::{
        ProbingChange, at_once_in_bounds, every_hours_in_bounds, ranges_in_bounds, read_ranges, stale_after_in_bounds,
    },
};

use super::api::{ChangeMail, ChangeProbing};
use crate::{
    context::services,
    error::{accept, accept_limit, accept_name, accept_some},
};

/// How mail is to leave.
pub(super) async fn mail_change(form: &ChangeMail, actor: &Actor) -> ServiceResult<MailChange> {
    let addresses = both(accept_some(Field::MailSender, &form.sender), accept_some(Field::PublicUrl, &form.public_url));
    match both(mail_server(form), addresses) {
        Ok((server, (sender, public_url))) => {
            let password = (!form.password.is_empty()).then(|| Secret(form.password.clone()));
            Ok(MailChange { revision: form.revision, server, password, sender, public_url })
        }
        Err(wrong) => {
            // What the service would say of the rest of it.
            let before = services().alerts.mail_settings(actor).await?;
            let host: Option<ServerName> = form.host.trim().parse().ok();
            Err(match parts(form, host.as_ref()).check(&before) {
                Ok(()) => wrong,
                Err(more) => wrong.and(more),
            })
        }
    }
}

/// Without a host there is none, whatever else stands there.
fn mail_server(form: &ChangeMail) -> ServiceResult<Option<MailServer>> {
    if form.host.trim().is_empty() {
        return Ok(None);
    }
    let (host, port) = both(accept_name(Field::MailHost, &form.host), accept(Field::MailPort, &form.port))?;
    let username = username(form).map(str::to_owned);
    Ok(host.map(|host| MailServer { host, port, security: form.security, username }))
}

fn username(form: &ChangeMail) -> Option<&str> {
    Some(form.username.trim()).filter(|name| !name.is_empty())
}

/// What stands there, with the host if that can be read.
fn parts<'a>(form: &'a ChangeMail, host: Option<&'a ServerName>) -> MailParts<'a> {
    let server = ServerParts { host, security: form.security, username: username(form) };
    MailParts {
        server: (!form.host.trim().is_empty()).then_some(server),
        has_password: !form.password.is_empty(),
        has_sender: !form.sender.trim().is_empty(),
    }
}

/// How Hufu is to probe.
pub(super) async fn probing_change(form: &ChangeProbing, actor: &Actor) -> ServiceResult<ProbingChange> {
    // Where the command line decides the form has no such field.
    let every_hours = if services().settings.probing(actor).await?.every_is_fixed {
        Ok(None)
    } else {
        accept(Field::ProbeEvery, &form.every_hours).and_then(every_hours_in_bounds).map(Some)
    };
    let at_once = accept(Field::AtOnce, &form.at_once).and_then(at_once_in_bounds);
    let allowed = read_ranges(&form.networks)
        .map_err(|error| ServiceError::invalid(Field::Networks, error.into()))
        .and_then(|ranges| ranges_in_bounds(&ranges).map(|()| ranges));
    let limits = accept_limit(Limit::PerList, &form.per_list)
        .and_then(|per_list| Limits::new(per_list).map_err(ServiceError::from));
    let stale_after = accept(Field::StaleAfter, &form.stale_after_days).and_then(stale_after_in_bounds);
    let begin = both(limits, stale_after);
    let ((every_hours, at_once), (allowed, (limits, stale_after_days))) =
        both(both(every_hours, at_once), both(allowed, begin))?;
    Ok(ProbingChange { revision: form.revision, every_hours, at_once, allowed, limits, stale_after_days })
}
